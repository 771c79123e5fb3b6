"""A tree that changes mid-case: every open case stays answerable."""

from datetime import timedelta

import pytest

from complaints.cases.access import delegate_of, roles_of
from complaints.cases.codes import Role, State
from complaints.handling.delegating import ask_delegation, decide_delegation
from complaints.handling.rerouting import JOB, reroute_open_cases, run_reroute
from complaints.models import Case
from crm.beat import BEAT_SCHEDULE
from crm.jobs.models import JobRun
from crm.lib.dates import local_day
from crm.staff.models import Absence
from crm.staff.services import place_branch
from tests.cast import make_user
from tests.complaints.handling import fresh
from tests.complaints.test_handling_assigning import notices

HANDLED = [State.ASSIGNED, State.CONTACTED, State.INVESTIGATING, State.FOUND, State.PLANNED, State.REPLIED]


def leave(person):
    person.is_active = False
    person.save()


def events(case):
    return list(case.events.filter(action="reassign").order_by("pk"))


@pytest.mark.parametrize("state", HANDLED)
def test_a_president_who_leaves_is_replaced_by_the_new_one(at, president, bank, now, state):
    case = at(state)
    leave(president)
    new = make_user(username="new", role="president", branch=bank["0100"])
    assert reroute_open_cases(now=now)[0] == 1
    case = fresh(case)
    assert (case.investigator, case.state) == (new, state) and Role.INVESTIGATOR in roles_of(case, new)
    (event,) = events(case)
    assert (event.role, event.actor, event.facts["why"]) == ("system", None, "left")
    assert notices("case-to-investigate", case) == {"new"}
    assert reroute_open_cases(now=now) == (0, None)


def test_a_branch_that_moves_takes_its_cases_along(at, outlet, bank, head, now):
    south = make_user(username="south", role="president", branch=bank["0200"])
    case = at(State.INVESTIGATING)
    outlet.parent = bank["0200"]
    place_branch(branch=outlet)
    reroute_open_cases(now=now)
    case = fresh(case)
    assert (case.investigator, case.contact) == (south, head)
    assert events(case)[0].facts["why"] == "moved"


def test_a_president_who_changes_the_sub_branch_gives_it_up(at, president, headoffice, bank, now):
    case = at(State.INVESTIGATING)
    president.branch = bank["0200"]
    president.save()
    reroute_open_cases(now=now)
    assert fresh(case).investigator == headoffice


def test_a_head_without_the_post_does_not_contact_any_more(at, head, president, now):
    case = at(State.ASSIGNED)
    head.role_grants.all().delete()
    reroute_open_cases(now=now)
    assert fresh(case).contact == president


def test_whom_the_office_named_stays_where_the_tree_would_name_another(at, service, colleague, now):
    from complaints.handling.assigning import reassign_case

    case = reassign_case(case=at(State.CONTACTED), actor=service, reason="专业", investigator="colleague", now=now)
    assert reroute_open_cases(now=now)[0] == 0
    leave(colleague)
    assert reroute_open_cases(now=now)[0] == 1
    assert fresh(case).investigator.username == "president"


@pytest.mark.parametrize(("days", "moves"), [(1, False), (9, True)])
def test_an_absence_beyond_the_limit_moves_it_and_a_short_one_does_not(
    at, head, headoffice, president, now, days, moves
):
    case = at(State.ASSIGNED)
    Case.objects.filter(pk=case.pk).update(nearest_at=now + timedelta(days=5))
    case.clocks.update(due_at=now + timedelta(days=5))
    today = local_day(now)
    Absence.objects.create(user=head, deputy=president, starts=today, ends=today + timedelta(days=days))
    reroute_open_cases(now=now)
    assert (fresh(case).contact == president) == moves


def test_where_nobody_is_left_the_office_is_told_once_a_day(at, cast, now):
    case = at(State.INVESTIGATING)
    for name in ("head", "president", "headoffice"):
        leave(cast[name])
    for _n in range(2):
        assert reroute_open_cases(now=now)[0] == 0
    from crm.notifications.models import Notice

    assert Notice.objects.filter(kind="case-stuck", params__number=case.number).count() == 1
    assert fresh(case).state == State.INVESTIGATING


def test_a_delegate_who_leaves_gives_it_back(at, president, manager, service, now):
    case = at(State.CONTACTED)
    row = ask_delegation(case=case, actor=president, to="manager", reason="外出", now=now)
    decide_delegation(case=case, delegation=row, actor=service, granted=True, now=now)
    leave(manager)
    assert delegate_of(case) is None and Role.INVESTIGATOR in roles_of(fresh(case), president)
    reroute_open_cases(now=now)
    row.refresh_from_db()
    assert row.ended_at == now and fresh(case).investigator == president


def test_ended_and_unassigned_cases_are_left_alone(at, president, now):
    closed, waiting = at(State.CLOSED), at(State.ACCEPTED)
    leave(president)
    assert reroute_open_cases(now=now)[0] == 0
    assert fresh(closed).investigator == president and fresh(waiting).investigator is None


def test_the_job_works_in_chunks_and_every_hour(at, president, bank, now, monkeypatch):
    from complaints.handling import rerouting

    monkeypatch.setattr(rerouting, "CHUNK", 2)
    monkeypatch.setattr(rerouting, "heartbeat", lambda run, **values: vars(run).update(values))
    monkeypatch.setattr(rerouting, "yield_if_long", lambda run: None)
    cases = [at(State.ASSIGNED) for _n in range(5)]
    leave(president)
    new = make_user(username="new", role="president", branch=bank["0100"])
    run = JobRun.objects.create(job=JOB, period="2026-11-24T10", created_at=now)
    run_reroute(period=run.period, run=run, now=now)
    assert {fresh(case).investigator for case in cases} == {new} and run.done == 5
    assert BEAT_SCHEDULE[JOB]["args"] == [JOB]
