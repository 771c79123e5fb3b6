"""People are disabled, never deleted: what they did keeps its name."""

import re

import pytest
from django.contrib import admin as site
from django.contrib.admin.models import LogEntry
from django.db.models import ProtectedError
from django.test import RequestFactory

from crm.privacy.log import record
from crm.staff.models import Branch, User
from crm.staff.roles import ROLES
from tests.house.source import modules


def test_no_role_may_delete_people_branches_or_the_administrations_own_log():
    given = frozenset().union(*(rights.permissions for rights in ROLES.values()))
    assert not {p for p in given if re.search(r"\.delete_(user|branch|logentry|historical)", p)}


@pytest.mark.parametrize("model", [User, Branch])
def test_django_admin_offers_no_deletion(admin, model):
    request = RequestFactory().get("/")
    request.user = admin
    assert not site.site._registry[model].has_delete_permission(request)
    assert "delete_selected" not in site.site._registry[model].get_actions(request)


def test_no_line_of_code_deletes_people():
    """`User.objects…delete()` and `user.delete()` stand nowhere; an end of access goes through `disable`."""
    pattern = re.compile(r"\b(user|person|employee|actor|manager)\.delete\(|\bUser\.objects[^\n]*\.delete\(")
    assert [name for name, path in modules().items() if pattern.search(path.read_text(encoding="utf-8"))] == []
    assert pattern.search("User.objects.filter(pk=1).delete()")


def test_the_database_holds_whoever_did_something(teller, bank):
    record("view", actor=teller)
    with pytest.raises(ProtectedError):
        teller.delete()
    with pytest.raises(ProtectedError):
        bank["0101"].delete()
    assert User.objects.filter(pk=teller.pk).exists()


def test_the_administrations_log_outlives_a_disabled_administrator(client_of, admin, teller, bank, cast):
    """LogEntry hangs on its user by CASCADE: harmless, as the user stays."""
    office = client_of(admin)
    form = {"employee_number": "TH1", "username": "teller", "name": "改名"}
    empty = {"role_grants-TOTAL_FORMS": 0, "role_grants-INITIAL_FORMS": 0}
    assert office.post(f"/admin/staff/user/{teller.pk}/change/", form | empty).status_code == 302
    assert LogEntry.objects.filter(user=admin).count() == 1
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert LogEntry.objects.get().user == admin
