"""People, branches, roles and sessions, looked after in Django admin."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from crm.privacy.models import AccessEvent
from crm.staff.models import Absence, Branch, LoginSession, RoleGrant, User
from crm.staff.roles import Role

PEOPLE = "/admin/staff/user/"
PAGES = [
    "/admin/",
    PEOPLE,
    f"{PEOPLE}add/",
    "/admin/staff/branch/",
    "/admin/staff/branch/add/",
    "/admin/staff/absence/",
    "/admin/staff/absence/add/",
    "/admin/staff/loginsession/",
    "/admin/axes/accessattempt/",
    "/admin/jobs/jobrun/",
    "/admin/workdays/calendarday/",
]
NO_ROLES = {"role_grants-TOTAL_FORMS": 0, "role_grants-INITIAL_FORMS": 0}


@pytest.fixture
def office(client_of, admin):
    return client_of(admin)


def act(browser, action, *people, **more):
    form = {"action": action, "_selected_action": [p.pk for p in people], **more}
    return browser.post(PEOPLE, form)


def said(response):
    return " ".join(str(m) for m in get_messages(response.wsgi_request))


@pytest.mark.parametrize("page", PAGES)
def test_the_administrator_opens_every_page_and_others_none(office, client_of, headoffice, page):
    answer = office.get(page)
    assert answer.status_code == 200
    assert not re.search(
        r"\sstyle=|\son\w+=\"|<script(?![^>]*\b(src|type=\"application/json))", answer.content.decode()
    )
    assert client_of(headoffice).get(page, follow=True).status_code == 403


def test_no_customer_data_stands_in_the_administration(office):
    from django.contrib import admin as site

    ours = {m._meta.app_label for m in site.site._registry}
    assert ours <= {"staff", "workdays", "jobs", "axes", "auth", "complaints"}
    kept = {m._meta.model_name for m in site.site._registry if m._meta.app_label == "complaints"}
    assert kept <= {"category", "lettertemplate", "openinghours", "openingexception"}
    assert office.get("/admin/auth/group/").status_code == 403  # Django's groups grant nothing here


@pytest.mark.parametrize("model", ["user", "branch"])
def test_nothing_that_stays_can_be_deleted(office, teller, model):
    pk = {"user": teller.pk, "branch": teller.branch_id}[model]
    assert office.post(f"/admin/staff/{model}/{pk}/delete/", {"post": "yes"}).status_code == 403
    office.post(f"/admin/staff/{model}/", {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
    assert User.objects.filter(pk=teller.pk).exists()


def test_a_new_employee_gets_an_initial_password_shown_once(office, outlet):
    form = {"employee_number": "TH9001", "username": "newcomer", "name": "新人", "branch": outlet.pk}
    roles = {"role_grants-TOTAL_FORMS": 1, "role_grants-INITIAL_FORMS": 0, "role_grants-0-role": "teller"}
    page = office.post(f"{PEOPLE}add/", form | roles, follow=True).content.decode()
    newcomer = User.objects.get(username="newcomer")
    password = re.search(r"([A-Za-z0-9_-]{12}Aa1!)", page)[1]
    assert newcomer.check_password(password)
    assert newcomer.must_change_password
    assert "Aa1!" not in office.get(PEOPLE).content.decode()
    grant = newcomer.role_grants.get()
    assert (grant.role, grant.granted_by.username) == ("teller", "admin")
    assert AccessEvent.objects.filter(action="role", object_id=newcomer.pk, actor__username="admin").exists()


def test_two_people_never_answer_to_one_word(office, teller, outlet):
    form = {"employee_number": "teller", "username": teller.employee_number.lower(), "name": "x", "branch": outlet.pk}
    errors = office.post(f"{PEOPLE}add/", form | NO_ROLES).context["adminform"].form.errors
    assert set(errors) == {"employee_number", "username"}


def test_a_transfer_moves_the_scope_and_ends_the_sessions(office, client_of, teller, bank):
    browser = client_of(teller)
    page = act(office, "transfer", teller)
    assert page.status_code == 200
    assert teller.name in page.content.decode()
    assert act(office, "transfer", teller, branch=bank["0201"].pk).status_code == 302
    teller.refresh_from_db()
    assert teller.branch == bank["0201"]
    assert browser.get("/absences/").status_code == 302
    latest = teller.history.first()
    assert (latest.history_user.username, latest.history_change_reason) == ("admin", "to 0201")


def test_disabling_and_enabling(office, client_of, teller, admin):
    browser = client_of(teller)
    act(office, "disable", teller, admin)
    teller.refresh_from_db()
    admin.refresh_from_db()
    assert (teller.is_active, admin.is_active) == (False, True)
    assert browser.get("/absences/").status_code == 302
    act(office, "enable", teller)
    teller.refresh_from_db()
    assert teller.is_active


def test_branch_and_access_do_not_change_by_the_form(office, teller, bank):
    form = {"employee_number": "TH1", "username": "teller", "name": "改名", "branch": bank["0201"].pk, "is_active": ""}
    assert office.post(f"{PEOPLE}{teller.pk}/change/", form | NO_ROLES).status_code == 302
    teller.refresh_from_db()
    assert (teller.name, teller.branch, teller.is_active) == ("改名", bank["0101"], True)


def test_a_new_initial_password_ends_the_old_one(office, client_of, teller):
    browser = client_of(teller)
    act(office, "new_initial_password", teller)
    password = re.search(r"([A-Za-z0-9_-]{12}Aa1!)", office.get(PEOPLE).content.decode())[1]
    assert browser.get("/absences/").status_code == 302
    assert Client().post("/sign-in/", {"username": "teller", "password": password}).status_code == 302


def test_nobody_changes_their_own_roles(office, admin):
    forged = {
        "employee_number": admin.employee_number,
        "username": "admin",
        "name": "石磊",
        "role_grants-TOTAL_FORMS": 2,
        "role_grants-INITIAL_FORMS": 1,
        "role_grants-0-id": admin.role_grants.get().pk,
        "role_grants-0-user": admin.pk,
        "role_grants-1-role": "headoffice",
        "role_grants-1-user": admin.pk,
    }
    office.post(f"{PEOPLE}{admin.pk}/change/", forged)
    assert [g.role for g in RoleGrant.objects.filter(user=admin)] == ["admin"]


def test_a_role_is_given_and_taken_with_a_trace(office, teller, client_of):
    grant = teller.role_grants.get()
    form = {
        "employee_number": teller.employee_number,
        "username": "teller",
        "name": teller.name,
        "role_grants-TOTAL_FORMS": 2,
        "role_grants-INITIAL_FORMS": 1,
        "role_grants-0-id": grant.pk,
        "role_grants-0-user": teller.pk,
        "role_grants-0-DELETE": "on",
        "role_grants-1-role": "auditor",
        "role_grants-1-user": teller.pk,
    }
    browser = client_of(teller)
    assert browser.get("/access-log/").status_code == 403
    assert office.post(f"{PEOPLE}{teller.pk}/change/", form).status_code == 302
    assert [g.role for g in teller.role_grants.all()] == ["auditor"]
    assert browser.get("/access-log/").status_code == 200
    traces = AccessEvent.objects.filter(action="role", object_id=teller.pk).values_list("fields", flat=True)
    assert sorted(traces) == ["role auditor granted", "role teller revoked"]
    assert {h.history_type for h in RoleGrant.history.filter(user=teller)} == {"+", "-"}


def test_a_branch_moves_with_all_below_it(office, bank):
    east = bank["0100"]
    form = {"code": "0100", "name": "城东", "kind": "sub_branch", "parent": bank["0200"].pk, "is_active": "on"}
    assert office.post(f"/admin/staff/branch/{east.pk}/change/", form).status_code == 302
    assert Branch.objects.get(code="0101").path == "/0000/0200/0100/0101/"
    assert east.history.first().history_user.username == "admin"


@pytest.mark.parametrize("change", [{"parent": "0101"}, {"code": "01/00"}, {"parent": ""}])
def test_a_branch_that_cannot_stand_is_refused(office, bank, change):
    form = {"code": "0100", "name": "城东", "kind": "sub_branch", "parent": "0000"} | change
    form["parent"] = bank[form["parent"]].pk if form["parent"] else ""
    answer = office.post(f"/admin/staff/branch/{bank['0100'].pk}/change/", form)
    assert answer.context["errors"]
    assert Branch.objects.get(code="0101").path == "/0000/0100/0101/"


def test_an_absence_needs_a_deputy_who_may_decide(office, manager, teller, colleague, today):
    form = {"user": manager.pk, "deputy": teller.pk, "starts": today, "ends": today + timedelta(days=3)}
    assert office.post("/admin/staff/absence/add/", form).context["errors"]
    assert office.post("/admin/staff/absence/add/", form | {"deputy": colleague.pk}).status_code == 302
    assert Absence.objects.get().deputy == colleague
    assert office.post("/admin/staff/absence/add/", form | {"deputy": colleague.pk}).context["errors"]


def test_a_session_is_ended_and_its_key_never_shown(office, client_of, teller):
    browser = client_of(teller)
    session = LoginSession.objects.get(user=teller)
    for page in ("/admin/staff/loginsession/", f"/admin/staff/loginsession/{session.pk}/change/"):
        assert session.session_key not in office.get(page).content.decode()
    office.post("/admin/staff/loginsession/", {"action": "end", "_selected_action": [session.pk]})
    assert browser.get("/absences/").status_code == 302


def test_history_is_read_and_never_put_back(office, teller, bank):
    act(office, "transfer", teller, branch=bank["0201"].pk)
    assert "to 0201" in office.get(f"{PEOPLE}{teller.pk}/history/").content.decode()
    first = teller.history.last()
    page = f"{PEOPLE}{teller.pk}/history/{first.pk}/"
    answer = office.get(page)
    assert answer.status_code == 200
    assert 'name="_save"' not in answer.content.decode()
    assert office.post(page, {"username": "teller", "name": "zurück"}).status_code == 403


@pytest.mark.parametrize(
    "page", [PEOPLE, "/admin/staff/branch/", "/admin/staff/absence/", "/admin/staff/loginsession/"]
)
def test_lists_are_searched_and_take_any_text(office, cast, page):
    for text in ("郑", "' OR 1", "<script>", "%00"):
        assert office.get(f"{page}?q={text}").status_code == 200


def test_people_are_found_by_autocomplete(office, cast):
    query = {"app_label": "staff", "model_name": "absence", "field_name": "deputy", "term": "郑"}
    assert [r["text"] for r in office.get("/admin/autocomplete/", query).json()["results"]] == [str(cast["head"])]


def test_the_password_hash_is_on_no_page(office, teller):
    for page in (f"{PEOPLE}{teller.pk}/change/", f"{PEOPLE}{teller.pk}/history/"):
        assert teller.password not in office.get(page).content.decode()


def test_the_list_of_people_costs_the_same_for_many(office, outlet, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.cast import make_user

    def cost():
        with CaptureQueriesContext(connection) as seen:
            office.get(PEOPLE)
        return len(seen)

    few = cost()
    for n in range(30):
        make_user(username=f"extra{n}", role=Role.TELLER, branch=outlet, password="x")
    assert cost() == few
