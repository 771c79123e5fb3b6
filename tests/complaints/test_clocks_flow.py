"""Which step starts and stops which clock, what each took, and what a case's order comes from."""

from datetime import date, timedelta

import pytest

from complaints.cases.codes import Kind, Level, Source, State
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.clocks.major import report_major
from complaints.clocks.models import Clock, ClockShift, Target
from complaints.clocks.services import start_clocks
from complaints.duty.models import OpeningHours
from complaints.models import Case
from crm.lib.refusals import NotYours, TooLate
from tests.complaints.clocks_world import MONDAY, case_on, clock_of, ends, open_kinds
from tests.complaints.test_clocks_rules import at
from tests.complaints.world import make_case

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def case(cast, outlet):
    return case_on(cast, outlet)


def take(case, action, actor, now, **changes):
    return act(case=case, action=action, actor=actor, now=now, **changes)


def test_registering_starts_every_clock_of_a_complaint(case):
    assert open_kinds(case) == {"acknowledge", "contact", "contact_red", "plan", "internal", "statutory"}
    assert ends(case) == {"register": "met"}
    due = {kind: clock_of(case, kind).due_at for kind in open_kinds(case)}
    assert due == {
        "acknowledge": at("2026-11-24 24:00"),
        "contact": at("2026-11-23 11:06"),
        "contact_red": at("2026-11-24 09:06"),
        "plan": at("2026-11-24 24:00"),
        "internal": at("2026-11-30 24:00"),
        "statutory": at("2026-12-08 24:00"),
    }


def test_the_nearest_limit_orders_the_case(case, head):
    assert case.nearest_at == at("2026-11-23 11:06")
    case = Case.objects.get(pk=case.pk)
    assert case.nearest_at == at("2026-11-23 11:06")


def test_starting_twice_starts_nothing_twice(case):
    n = Clock.objects.count()
    assert start_clocks(case=case, now=MONDAY) == []
    assert Clock.objects.count() == n


def test_registered_late_is_late(cast, outlet):
    case = make_case(
        respondent=outlet, actor=cast["teller"], now=MONDAY, registered_at=MONDAY + 3 * HOUR, received_at=MONDAY
    )
    clock = clock_of(case, "register")
    assert (clock.end, float(clock.actual), float(clock.difference)) == ("missed", 2.9, 1.9)  # from 09:06 to lunch


@pytest.mark.parametrize(
    ("level", "due"), [("ordinary", "2026-10-12 24:00"), ("complex", "2026-10-13 24:00"), ("major", "2026-10-13 24:00")]
)
def test_the_internal_target_goes_by_level_and_never_past_the_law(cast, outlet, level, due):
    """Received before National Day: ten working days would end after fifteen natural ones."""
    case = case_on(cast, outlet, received=at("2026-09-29 10:00"), level=level)
    assert clock_of(case, "statutory").due_at == at("2026-10-14 24:00")
    internal = clock_of(case, "internal")
    assert internal.due_at == internal.first_due_at == at(due)


def test_a_target_for_the_customers_class_goes_before_one_for_the_level(cast, outlet):
    Target.objects.create(kind="contact", class_code="diamond", unit="wh", amount=1, valid_from=date(2026, 1, 1), set_at=MONDAY)  # fmt: skip
    case = case_on(cast, outlet, class_code="diamond")
    assert clock_of(case, "contact").due_at == at("2026-11-23 10:06")
    assert clock_of(case_on(cast, outlet, class_code="gold"), "contact").due_at == at("2026-11-23 11:06")


def test_working_hours_are_the_outlets(cast, outlet):
    for weekday in range(5):
        OpeningHours.objects.create(branch=outlet, weekday=weekday, opens="10:00", closes="11:30")
        OpeningHours.objects.create(branch=outlet, weekday=weekday, opens="13:00", closes="16:00")
    assert clock_of(case_on(cast, outlet), "contact").due_at == at("2026-11-23 13:30")


def test_a_year_without_a_calendar_is_not_certain(cast, outlet):
    case = case_on(cast, outlet, received=at("2026-12-29 10:00"))
    assert not clock_of(case, "internal").is_certain
    assert clock_of(case, "internal").due_at == at("2027-01-05 24:00")  # weekends only
    assert clock_of(case, "statutory").is_certain  # natural days need no calendar
    assert clock_of(case, "contact").is_certain


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.INQUIRY, {"internal"}),
        (Kind.SUGGESTION, {"internal"}),
        (Kind.REPORT, {"acknowledge", "internal"}),
        (Kind.PETITION, {"acknowledge", "internal"}),
    ],
)
def test_other_matters_run_what_makes_sense(cast, outlet, kind, expected):
    assert open_kinds(case_on(cast, outlet, kind=kind)) == expected


def test_a_case_passed_on_answers_the_regulator_too(cast, outlet):
    case = case_on(cast, outlet, source=Source.NFRA, regulator_due_on=date(2026, 12, 1))
    clock = clock_of(case, "regulator")
    assert (clock.due_at, clock.target) == (at("2026-12-01 24:00"), None)
    assert clock_of(case_on(cast, outlet, source=Source.PBOC), "regulator").due_at == at("2026-12-08 24:00")


@pytest.mark.parametrize(("action", "kind"), [(Action.ACKNOWLEDGE, "acknowledge"), (Action.ACCEPT, "acknowledge")])
def test_a_step_stops_its_clock(case, service, action, kind):
    take(case, action, service, MONDAY + HOUR)
    clock = clock_of(case, kind)
    assert (clock.end, clock.actual, clock.difference, clock.next_warning_at) == ("met", 0, -1, None)


def test_first_contact_is_when_it_was_not_when_it_was_written_down(cast, outlet):
    case = case_on(cast, outlet, to=State.ASSIGNED)
    take(case, Action.CONTACT, cast["head"], MONDAY + 5 * HOUR, contacted_at=MONDAY + HOUR)
    clock = clock_of(case, "contact")
    assert (clock.end, clock.actual, clock.difference) == ("met", 1, -1)
    assert clock_of(case, "contact_red").end == "met"
    assert case.nearest_at == at("2026-11-24 24:00")


def test_an_attempt_that_does_not_count_stops_nothing(cast, outlet):
    case = case_on(cast, outlet, to=State.ASSIGNED)
    take(case, Action.CONTACT, cast["head"], MONDAY + HOUR)
    assert {"contact", "contact_red"} <= open_kinds(case)


def test_closing_stops_what_is_left_and_starts_the_call_back(cast, outlet):
    case = case_on(cast, outlet, to=State.CLOSED, when=at("2026-12-08 23:59"))
    assert open_kinds(case) == {"call_back"}
    assert (ends(case)["statutory"], ends(case)["internal"], case.closed_in_time) == ("met", "missed", True)
    statutory = clock_of(case, "statutory")
    assert (statutory.actual, statutory.difference) == (15, 0)
    internal = clock_of(case, "internal")
    assert (internal.actual, internal.difference) == (11, 6)
    assert case.nearest_at == clock_of(case, "call_back").due_at == at("2026-12-11 24:00")


def test_a_second_too_late_is_late(cast, outlet):
    case = case_on(cast, outlet, to=State.CLOSED, when=at("2026-12-08 24:00") + timedelta(seconds=1))
    assert (ends(case)["statutory"], case.closed_in_time) == ("missed", False)
    assert clock_of(case, "statutory").difference == 1


@pytest.mark.parametrize("action", [Action.WITHDRAW, Action.TRANSFER, Action.REFUSE])
def test_what_ends_without_an_answer_counts_neither_way(cast, outlet, action):
    case = case_on(cast, outlet, to=State.ACCEPTED)
    take(case, action, cast["service"], MONDAY + 20 * DAY)
    assert open_kinds(case) == set()
    assert set(ends(case).values()) == {"void", "met"}  # registered and acknowledged before
    assert (case.nearest_at, case.closed_in_time) == (None, None)


def test_a_merged_case_has_no_clocks(cast, outlet, case):
    other = case_on(cast, outlet)
    take(case, Action.MERGE, cast["service"], MONDAY + DAY, merged_into=other)
    assert open_kinds(case) == set() and ends(case)["statutory"] == "void"


def test_an_inquiry_settled_at_once(cast, outlet):
    case = case_on(cast, outlet, kind=Kind.INQUIRY)
    take(case, Action.SETTLE, cast["teller"], MONDAY + HOUR, closed_at=MONDAY + HOUR)
    assert (open_kinds(case), ends(case)["internal"], case.closed_in_time) == (set(), "met", True)


def test_call_back_and_review_stop_their_clocks(cast, outlet):
    case = case_on(cast, outlet, to=State.CLOSED, when=MONDAY + HOUR)
    take(case, Action.CALL_BACK, cast["headoffice"], MONDAY + 2 * DAY)
    assert ends(case)["call_back"] == "met"
    take(case, Action.ASK_REVIEW, cast["service"], MONDAY + 3 * DAY, reviewing_since=MONDAY + 3 * DAY)
    assert clock_of(case, "review").due_at == at("2026-12-26 24:00")
    take(case, Action.DECIDE_REVIEW, cast["headoffice"], MONDAY + 40 * DAY)
    assert ends(case)["review"] == "missed" and clock_of(case, "review").difference == 7


def test_reopening_starts_a_round_with_its_own_clocks(cast, outlet):
    case = case_on(cast, outlet, to=State.CLOSED, when=MONDAY + HOUR)
    first = {clock.kind: clock.end for clock in Clock.objects.filter(case=case, round=1).exclude(kind="call_back")}
    fresh = {"round": 2, "contacted_at": None, "closed_at": None, "closed_in_time": None, "replied_at": None}
    take(case, Action.REOPEN, cast["service"], at("2026-12-01 10:00"), **fresh)
    assert {c.kind for c in Clock.objects.filter(case=case, round=2)} == {"contact", "contact_red", "plan", "internal", "statutory"}  # fmt: skip
    assert clock_of(case, "statutory", 2).due_at == at("2026-12-16 24:00")
    assert clock_of(case, "call_back", 1).end == "void"
    kept = {clock.kind: clock.end for clock in Clock.objects.filter(case=case, round=1).exclude(kind="call_back")}
    assert kept == first and set(first.values()) == {"met"}
    assert case.nearest_at == at("2026-12-01 12:00")


def test_new_facts_begin_the_period_again(cast, outlet):
    case = case_on(cast, outlet, to=State.INVESTIGATING)
    take(case, Action.NEW_FACTS, cast["head"], at("2026-12-03 10:00"))
    statutory, internal = clock_of(case, "statutory"), clock_of(case, "internal")
    assert (statutory.due_at, statutory.first_due_at, statutory.lap) == (
        at("2026-12-18 24:00"),
        at("2026-12-08 24:00"),
        2,
    )
    assert internal.due_at == at("2026-12-10 24:00")
    shift = ClockShift.objects.get(clock=statutory)
    assert (shift.why, shift.before, shift.after, shift.actor) == ("facts", at("2026-12-08 24:00"), at("2026-12-18 24:00"), cast["head"])  # fmt: skip


def test_another_level_has_another_internal_target(cast, outlet):
    case = case_on(cast, outlet)
    take(case, Action.RETYPE, cast["service"], MONDAY + HOUR, level=Level.COMPLEX)
    internal = clock_of(case, "internal")
    assert (internal.due_at, internal.amount) == (at("2026-12-07 24:00"), 10)
    assert internal.shifts.get().why == "level"
    take(case, Action.RETYPE, cast["service"], MONDAY + 2 * HOUR, level=Level.MAJOR)
    assert {"major_notice", "major_report"} <= open_kinds(case)
    assert clock_of(case, "major_notice").due_at == MONDAY + 4 * HOUR
    take(case, Action.RETYPE, cast["service"], MONDAY + 3 * HOUR, level=Level.ORDINARY)
    assert clock_of(case, "major_notice").end == "void"


def test_an_inquiry_that_is_a_complaint_gets_its_clocks_from_its_receipt(cast, outlet):
    case = case_on(cast, outlet, kind=Kind.INQUIRY)
    take(case, Action.RETYPE, cast["service"], MONDAY + DAY, kind=Kind.COMPLAINT)
    assert open_kinds(case) == {"acknowledge", "contact", "contact_red", "plan", "internal", "statutory"}
    assert clock_of(case, "statutory").due_at == at("2026-12-08 24:00")
    take(case, Action.RETYPE, cast["service"], MONDAY + DAY, kind=Kind.SUGGESTION)
    assert open_kinds(case) == {"internal"} and ends(case)["statutory"] == "void"


def test_retyping_starts_nothing_that_was_done(cast, outlet):
    case = case_on(cast, outlet, kind=Kind.REPORT, to=State.PLANNED)
    take(case, Action.RETYPE, cast["service"], MONDAY + HOUR, kind=Kind.COMPLAINT)
    assert open_kinds(case) == {"internal", "statutory"}


def test_a_regulators_day_moves_its_clock(cast, outlet):
    case = case_on(cast, outlet)
    take(case, Action.TRANSFER_IN, cast["service"], at("2026-11-25 10:00"), regulator_due_on=date(2026, 12, 2))
    assert clock_of(case, "regulator").due_at == at("2026-12-02 24:00")
    take(case, Action.TRANSFER_IN, cast["service"], at("2026-11-26 10:00"), regulator_due_on=date(2026, 11, 30))
    assert clock_of(case, "regulator").due_at == at("2026-11-30 24:00")
    take(case, Action.ANSWER_BODY, cast["service"], at("2026-11-27 10:00"))
    assert ends(case)["regulator"] == "met"


def test_the_reports_of_a_major_case_are_noted_once_by_its_people(cast, outlet):
    case = case_on(cast, outlet, level=Level.MAJOR)
    with pytest.raises(NotYours):
        report_major(case=case, kind="major_notice", actor=cast["colleague"], now=MONDAY + HOUR)
    report_major(case=case, kind="major_notice", actor=cast["service"], now=MONDAY + HOUR)
    assert ends(case)["major_notice"] == "met"
    with pytest.raises(TooLate):
        report_major(case=case, kind="major_notice", actor=cast["service"], now=MONDAY + HOUR)
    assert case.events.filter(action="supplement", facts={"clock": "major_notice"}).count() == 1
