"""One's own absences: who may stand in, and what becomes of the days."""

from datetime import timedelta

import pytest

from crm.staff.deputies import acting_deputy, possible_deputies, principals_of
from crm.staff.models import Absence

PAGE = "/absences/"


def form(deputy, first, last, **more):
    return {"deputy": deputy.pk, "starts": first, "ends": last, "reason": "年假", **more}


@pytest.fixture
def away(manager, colleague, today):
    return Absence.objects.create(user=manager, deputy=colleague, starts=today, ends=today + timedelta(days=2))


def test_only_deciders_with_the_branch_in_scope_may_stand_in(cast, manager, head, stranger):
    assert {u.username for u in possible_deputies(manager)} == {"colleague", "head", "president", "headoffice"}
    assert {u.username for u in possible_deputies(stranger)} == {"stranger_head", "headoffice"}
    assert {u.username for u in possible_deputies(cast["president"])} == {"headoffice"}


def test_an_absence_hands_approvals_over_from_its_first_day(client_of, manager, colleague, today):
    browser = client_of(manager)
    answer = browser.post(PAGE, form(colleague, today, today + timedelta(days=3)), follow=True)
    assert colleague.name in answer.content.decode()
    assert acting_deputy(manager, today) == colleague
    assert principals_of(colleague, today + timedelta(days=3)) == [manager]
    assert acting_deputy(manager, today + timedelta(days=4)) is None
    assert Absence.history.get().history_user == manager


@pytest.mark.parametrize("name", ["teller", "stranger", "manager", "auditor", "admin"])
def test_others_are_refused_as_deputies(client_of, cast, manager, today, name):
    answer = client_of(manager).post(PAGE, form(cast[name], today, today))
    assert answer.context["form"].errors["deputy"]
    assert not Absence.objects.exists()


def test_a_disabled_colleague_is_no_deputy(client_of, manager, colleague, today):
    type(colleague).objects.filter(pk=colleague.pk).update(is_active=False)
    assert client_of(manager).post(PAGE, form(colleague, today, today)).context["form"].errors["deputy"]


@pytest.mark.parametrize(("first", "last"), [(-1, 2), (3, 1), (2, 5), (0, 0)])
def test_days_that_passed_turn_round_or_overlap_are_refused(client_of, manager, colleague, away, today, first, last):
    days = form(colleague, today + timedelta(days=first), today + timedelta(days=last))
    assert client_of(manager).post(PAGE, days).context["form"].errors
    assert Absence.objects.count() == 1


@pytest.mark.parametrize("day", ["", "31.12.2026", "2026-02-30", "9999999-01-01", "\0"])
def test_a_day_that_is_none_is_told(client_of, manager, colleague, day):
    answer = client_of(manager).post(PAGE, form(colleague, day, day))
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"starts", "ends"}


def test_nobody_declares_for_somebody_else(client_of, manager, colleague, head, today):
    client_of(manager).post(PAGE, form(head, today, today, user=colleague.pk))
    assert Absence.objects.get().user == manager


def test_cancelling_gives_the_approvals_back(client_of, manager, away, today):
    browser = client_of(manager)
    assert browser.get(f"{PAGE}{away.pk}/cancel/").status_code == 405
    assert browser.post(f"{PAGE}{away.pk}/cancel/").url == PAGE
    assert acting_deputy(manager, today) is None


def test_cancelling_midway_keeps_the_days_that_passed(client_of, manager, away, today):
    Absence.objects.filter(pk=away.pk).update(starts=today - timedelta(days=3))
    client_of(manager).post(f"{PAGE}{away.pk}/cancel/")
    away.refresh_from_db()
    assert away.ends == today - timedelta(days=1)


def test_what_is_over_or_somebody_elses_cannot_be_cancelled(client_of, manager, colleague, away, today):
    assert client_of(colleague).post(f"{PAGE}{away.pk}/cancel/").status_code == 404
    Absence.objects.filter(pk=away.pk).update(starts=today - timedelta(days=5), ends=today - timedelta(days=1))
    assert client_of(manager).post(f"{PAGE}{away.pk}/cancel/").status_code == 404
    assert client_of(manager).post(f"{PAGE}999999999999999999999/cancel/").status_code == 404


def test_the_deputy_sees_whom_they_stand_in_for(client_of, colleague, manager, away):
    assert str(manager) in client_of(colleague).get(PAGE).content.decode()


def test_a_script_in_the_reason_stays_text(client_of, manager, colleague, today):
    browser = client_of(manager)
    browser.post(PAGE, form(colleague, today, today, reason="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in browser.get(PAGE).content.decode()
