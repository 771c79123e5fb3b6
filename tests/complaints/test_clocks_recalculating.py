"""Nothing moves silently: a changed calendar or target shows what it would move, then moves it with a reason."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from complaints.cases.codes import State
from complaints.clocks.extending import ask_extension, decide_extension
from complaints.clocks.models import Clock, ClockShift, Target
from complaints.clocks.pausing import ask_pause, decide_pause
from complaints.clocks.recalculating import fingerprint, preview, recalculate
from complaints.clocks.targets import TargetBook, set_target
from complaints.models import CaseEvent, Respondent
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.workdays.models import CalendarDay, CalendarYear
from tests.complaints.clocks_world import MONDAY, case_on, clock_of
from tests.complaints.test_clocks_rules import at

DAY = timedelta(days=1)
YEAR_END = at("2026-12-30 10:00")


@pytest.fixture
def case(cast, outlet):
    return case_on(cast, outlet, to=State.INVESTIGATING)


def holiday(*days: date) -> None:
    for day in days:
        CalendarDay.objects.create(day=day, kind="holiday", name="临时放假")


def apply(actor, why, now=MONDAY + DAY, reason="日历更正", seen=None):
    rows = preview(actor=actor, why=why, now=now)
    return recalculate(actor=actor, why=why, reason=reason, seen=seen or fingerprint(rows), now=now)


def set_internal(actor, amount, unit="wd", now=MONDAY, **changes):
    values = {"kind": "internal", "level": "", "class_code": "", "unit": unit, "amount": Decimal(amount), "valid_from": date(2026, 11, 23), "reason": "提速"}  # fmt: skip
    return set_target(actor=actor, now=now, **(values | changes))


def test_a_changed_calendar_moves_nothing_until_somebody_says_so(case, service):
    holiday(date(2026, 11, 26))
    assert clock_of(case, "internal").due_at == at("2026-11-30 24:00")
    rows = preview(actor=service, why="calendar", now=MONDAY)
    moves = {row.clock.kind: (row.before, row.after) for row in rows}
    assert moves == {"internal": (at("2026-11-30 24:00"), at("2026-12-01 24:00"))}
    assert (clock_of(case, "internal").due_at, ClockShift.objects.count()) == (at("2026-11-30 24:00"), 0)
    assert apply(service, "calendar") == 1
    internal = clock_of(case, "internal")
    assert (internal.due_at, internal.first_due_at) == (at("2026-12-01 24:00"), at("2026-11-30 24:00"))
    shift = internal.shifts.get()
    assert (shift.why, shift.reason, shift.actor, shift.before) == (
        "calendar",
        "日历更正",
        service,
        at("2026-11-30 24:00"),
    )
    event = CaseEvent.objects.get(case=case, action="recalculate")
    assert (event.reason, event.facts) == ("日历更正", {"why": "calendar", "clocks": 1})
    assert preview(actor=service, why="calendar", now=MONDAY) == []


def test_a_year_that_is_loaded_makes_its_limits_certain(cast, outlet, service):
    case = case_on(cast, outlet, received=YEAR_END)
    assert (clock_of(case, "internal").is_certain, clock_of(case, "internal").due_at) == (False, at("2027-01-06 24:00"))
    CalendarYear.objects.create(year=2027, source="国务院通知")
    holiday(date(2027, 1, 1))
    assert apply(service, "calendar", now=YEAR_END) == 1
    internal = clock_of(case, "internal")
    assert (internal.is_certain, internal.due_at) == (True, at("2027-01-07 24:00"))


def test_a_limit_that_only_becomes_certain_is_no_shift(cast, outlet, service):
    case = case_on(cast, outlet, received=YEAR_END)
    CalendarYear.objects.create(year=2027, source="国务院通知")
    assert apply(service, "calendar", now=YEAR_END) >= 1
    assert clock_of(case, "internal").is_certain and not ClockShift.objects.exists()


def test_a_new_target_is_for_new_cases_until_recalculated(case, cast, outlet, service):
    set_internal(service, 3)
    assert clock_of(case_on(cast, outlet), "internal").due_at == at("2026-11-26 24:00")
    assert clock_of(case, "internal").due_at == at("2026-11-30 24:00")
    rows = preview(actor=service, why="target", now=MONDAY)
    assert [(row.clock.case, row.after, row.days) for row in rows] == [(case, at("2026-11-26 24:00"), -4)]
    assert apply(service, "target") == 1
    internal = clock_of(case, "internal")
    assert (internal.amount, internal.target.version, internal.shifts.get().why) == (3, 2, "target")


def test_extended_paused_and_stopped_limits_stay(cast, outlet, president, service, bank):
    extended = case_on(cast, outlet, to=State.INVESTIGATING)
    asked = ask_extension(case=extended, reason="取证", actor=president, now=MONDAY)
    decide_extension(extension=asked, case=extended, grant=True, means="sms", told_at=MONDAY, actor=service, now=MONDAY)
    paused = case_on(cast, outlet, to=State.INVESTIGATING)
    pause = ask_pause(case=paused, reason="testing", note="送检", actor=president, now=MONDAY)
    decide_pause(pause=pause, case=paused, grant=True, means="sms", told_at=MONDAY, actor=service, now=MONDAY)
    case_on(cast, outlet, to=State.CLOSED)
    set_internal(service, 3)
    assert preview(actor=service, why="target", now=MONDAY) == []
    holiday(date(2026, 11, 24), date(2026, 11, 26))
    moves = [(row.clock.case, row.clock.kind) for row in preview(actor=service, why="calendar", now=MONDAY)]
    assert moves == [(extended, "plan")]


def test_the_statutory_limit_still_caps_the_internal_one(cast, outlet, service):
    case = case_on(cast, outlet, level="complex")
    set_internal(service, 20, level="complex")
    apply(service, "target")
    assert clock_of(case, "internal").due_at == at("2026-12-07 24:00")


def test_refusals(case, service, headoffice, head):
    holiday(date(2026, 11, 26))
    with pytest.raises(NotYours):
        apply(head, "calendar")
    with pytest.raises(NotYours):
        apply(headoffice, "calendar")
    with pytest.raises(Refused):
        apply(service, "calendar", reason="  ")
    with pytest.raises(Refused):
        apply(service, "pause")
    with pytest.raises(TooLate):
        apply(service, "calendar", seen="x")
    assert not ClockShift.objects.exists()


def test_another_preview_is_not_applied(case, service):
    holiday(date(2026, 11, 26))
    seen = fingerprint(preview(actor=service, why="calendar", now=MONDAY))
    holiday(date(2026, 11, 27))
    with pytest.raises(TooLate):
        apply(service, "calendar", seen=seen)


def test_whoever_is_barred_moves_nothing_of_theirs(case, service):
    holiday(date(2026, 11, 26))
    Respondent.objects.create(case=case, employee=service, named_at=MONDAY)
    assert preview(actor=service, why="calendar", now=MONDAY) == []


def test_targets_are_versions_from_a_day_on(service):
    later = date(2026, 12, 1)
    target = set_internal(service, 4, valid_from=later)
    assert (target.version, target.set_by) == (2, service)
    book = TargetBook.read()
    assert book.find("internal", level="ordinary", class_code="", day=later - DAY).amount == 5
    assert book.find("internal", level="ordinary", class_code="", day=later).amount == 4
    assert book.find("internal", level="complex", class_code="", day=later).amount == 10  # its own goes first
    assert {t.version for t in book.current(later) if t.kind == "internal" and not t.level} == {2}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("2.5")}, "amount"),
        ({"amount": Decimal(900)}, "amount"),
        ({"valid_from": date(2026, 11, 22)}, "valid_from"),
        ({"reason": ""}, "reason"),
        ({"kind": "statutory", "unit": "d", "amount": Decimal(16)}, "amount"),
        ({"kind": "statutory", "unit": "wd", "amount": Decimal(10)}, "unit"),
        ({"kind": "review", "unit": "d", "amount": Decimal(31)}, "amount"),
    ],
)
def test_what_no_target_may_be(service, changes, field):
    n = Target.objects.count()
    with pytest.raises(Refused) as refused:
        set_internal(service, changes.pop("amount", 5), **changes)
    assert field in refused.value.fields and Target.objects.count() == n


def test_only_the_office_sets_targets(headoffice, head):
    for who in (headoffice, head):
        with pytest.raises(NotYours):
            set_internal(who, 3)


def test_a_bank_without_a_target_runs_no_such_clock(cast, outlet):
    Clock.objects.all().delete()
    Target.objects.filter(kind="plan").delete()
    assert not Clock.objects.filter(case=case_on(cast, outlet), kind="plan").exists()
