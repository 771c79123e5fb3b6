"""Who decides: manager, deputy, outlet head, next level; reminders and escalation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from archives.changes.models import ChangeRequest
from archives.changes.reminding import remind
from archives.changes.selectors import inbox_count, waiting_for
from archives.changes.services import reroute_open
from archives.models import Customer
from crm.lib.refusals import NotYours, Refused
from crm.notifications.models import Notice
from crm.staff.models import Absence, User


@pytest.fixture
def away(today):
    def make(user, deputy):
        return Absence.objects.create(user=user, deputy=deputy, starts=today, ends=today + timedelta(days=3))

    return make


def unmanage(archive, manager=None):
    Customer.objects.filter(pk=archive.pk).update(manager=manager)
    archive.refresh_from_db()


def test_the_manager_answers_for_their_customer(ask, manager):
    request = ask()
    assert (request.assignee, request.route) == (manager, "manager")


def test_without_a_manager_it_is_the_outlet_head(ask, archive, head):
    unmanage(archive)
    assert (ask().assignee, ask(token="x", proposer=head, items={"job_title": "员"}).route) == (head, "upper")


def test_the_heads_own_goes_to_the_next_level(ask, archive, head, president):
    unmanage(archive, head)
    assert ask(proposer=head).assignee == president


@pytest.mark.parametrize("fault", ["disabled", "moved", "role"])
def test_a_manager_who_cannot_decide_is_passed_over(ask, manager, head, bank, fault):
    if fault == "role":
        manager.role_grants.all().delete()
    else:
        change = {"is_active": False} if fault == "disabled" else {"branch": bank["0201"]}
        User.objects.filter(pk=manager.pk).update(**change)
    assert ask().assignee == head


def test_when_nobody_can_be_found_the_proposal_is_refused(ask, cast, teller):
    User.objects.exclude(pk=teller.pk).update(is_active=False)
    with pytest.raises(Refused):
        ask()
    assert not ChangeRequest.objects.exists()


def test_a_deputy_decides_for_the_absent_manager(ask, decide, away, manager, colleague, today):
    request = ask()
    away(manager, colleague)
    assert list(waiting_for(colleague, today)) == [request]
    done = decide(request, actor=colleague)
    assert (done.decided_by, done.on_behalf_of) == (colleague, manager)
    assert done.modifications.get().on_behalf_of == manager


def test_a_deputy_who_is_the_proposer_does_not_decide(ask, decide, away, manager, colleague, head, today):
    away(manager, colleague)
    request = ask(proposer=colleague)
    assert request.assignee == head
    assert not waiting_for(colleague, today).exists()
    with pytest.raises(NotYours):
        decide(request, actor=colleague)


def test_a_deputy_without_the_right_or_from_elsewhere_decides_nothing(ask, decide, away, manager, stranger, lobby):
    request = ask()
    absence = away(manager, stranger)
    with pytest.raises(NotYours):
        decide(request, actor=stranger)
    absence.deputy = lobby
    absence.save()
    with pytest.raises(NotYours):
        decide(request, actor=lobby)


def test_a_deputy_who_lost_the_right_meanwhile_is_refused(ask, decide, away, manager, colleague):
    request = ask()
    away(manager, colleague)
    colleague.permissions  # noqa: B018  (what the page read before)
    colleague.role_grants.all().delete()
    with pytest.raises(NotYours):
        decide(request, actor=colleague)


def test_a_request_escalated_to_its_proposer_by_hand_is_not_theirs(ask, decide, colleague, today):
    request = ask(proposer=colleague)
    ChangeRequest.objects.filter(pk=request.pk).update(escalated_to=colleague)
    with pytest.raises(NotYours):
        decide(request, actor=colleague)
    assert not waiting_for(colleague, today).exists()


def test_a_deputyship_ends_with_the_absence(ask, decide, away, manager, colleague, later):
    request = ask()
    away(manager, colleague)
    with pytest.raises(NotYours):
        decide(request, actor=colleague, now=later(5))


def test_a_new_manager_sees_and_decides_at_once(ask, decide, archive, manager, colleague, today):
    request = ask()
    unmanage(archive, colleague)
    assert list(waiting_for(colleague, today)) == [request] and not waiting_for(manager, today).exists()
    with pytest.raises(NotYours):
        decide(request, actor=manager)
    assert decide(request, actor=colleague).decided_by == colleague


def test_open_requests_follow_a_disabled_manager(ask, manager, head, now):
    request = ask()
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert reroute_open(user=manager, now=now) == 1
    request.refresh_from_db()
    assert (request.assignee, request.route) == (head, "head")
    assert request.events.last().action == "reroute"
    assert Notice.objects.filter(recipient=head, kind="change-submitted").exists()
    assert reroute_open(now=now) == 0


def test_the_request_stays_with_the_archives_branch_when_the_proposer_leaves(ask, client_of, teller, bank, manager):
    request = ask()
    User.objects.filter(pk=teller.pk).update(branch=bank["0201"])
    assert request.assignee == manager
    browser = client_of(User.objects.get(pk=teller.pk))
    assert browser.get(f"/requests/{request.number}/").status_code == 200
    assert browser.get(f"/customers/{request.customer.number}/").status_code == 404


@pytest.fixture
def monday():
    return timezone.make_aware(timezone.datetime(2026, 11, 2, 9, 0))


def test_a_reminder_comes_after_two_working_days_once(ask, manager, monday):
    ask(now=monday)
    assert remind(now=monday + timedelta(days=2))["reminded"] == 0
    assert remind(now=monday + timedelta(days=3))["reminded"] == 1
    assert remind(now=monday + timedelta(days=3))["reminded"] == 0
    assert Notice.objects.filter(recipient=manager, kind="change-reminder").count() == 1


def test_weekends_are_no_working_days(ask, monday):
    friday = monday + timedelta(days=4)
    ask(now=friday)
    assert remind(now=friday + timedelta(days=4))["reminded"] == 0
    assert remind(now=friday + timedelta(days=5))["reminded"] == 1


def test_after_five_working_days_the_next_level_may_decide_too(ask, decide, manager, president, monday):
    request = ask(now=monday)
    week = monday + timedelta(days=8)
    assert remind(now=week)["escalated"] == 1
    assert remind(now=week)["escalated"] == 0
    request.refresh_from_db()
    assert request.escalated_to is not None and request.escalated_to != manager
    assert Notice.objects.filter(recipient=request.escalated_to, kind="change-escalated").count() == 1
    assert inbox_count(request.escalated_to, week.date()) == 1
    assert decide(request, actor=request.escalated_to, now=week).status == "approved"


def test_a_new_round_is_counted_afresh(ask, decide, teller, monday):
    from archives.changes.services import resubmit_change

    request = decide(ask(now=monday), "reject", why="不清楚")
    again = resubmit_change(
        request=request, actor=teller, items={"employer": "新东家"}, reason_code="wrong", reason_text="改正",
        now=monday + timedelta(days=7),
    )  # fmt: skip
    assert again.reminded_at is None
    assert remind(now=monday + timedelta(days=8)) == {"rerouted": 0, "reminded": 0, "escalated": 0}


def test_the_jobs_stand_in_the_ledger(ask, now):
    from crm.jobs.services import run_job

    assert run_job(name="change-reminders", period="2026-11-24", now=now)
    assert run_job(name="reroute-requests", period="on-demand", now=now)
