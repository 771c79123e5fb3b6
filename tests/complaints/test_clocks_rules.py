"""Limits as tables of cases: the Spring Festival with its make-up Saturdays, lunch, 17:55, National Day, unknown years."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases.codes import Kind, Level
from complaints.clocks import rules
from complaints.clocks.codes import HALF, MOST, ONE_DAY, OVER, THREE_DAYS, ClockKind
from complaints.duty.rules import Exceptional, Hours
from crm.lib.dates import SHANGHAI
from crm.workdays.rules import Day, WorkCalendar

HOLIDAYS = [date(2026, 1, 1) + timedelta(i) for i in range(3)]
HOLIDAYS += [date(2026, 2, 15) + timedelta(i) for i in range(9)]
HOLIDAYS += [date(2026, 10, 1) + timedelta(i) for i in range(7)]
MAKEUPS = [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)]
YEAR = WorkCalendar(
    exceptions={day: Day("holiday") for day in HOLIDAYS} | {day: Day("makeup") for day in MAKEUPS},
    known_years=frozenset({2026}),
)
MORNING, AFTERNOON = (time(9), time(11, 30)), (time(13), time(16))


def at(text: str) -> datetime:
    """Local time; 24:00 is the next day's first moment."""
    day, clock = text.split(" ")
    if clock == "24:00":
        return datetime.combine(date.fromisoformat(day) + timedelta(1), time(0), SHANGHAI)
    return datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=SHANGHAI)


def outlet(own: dict | None = None, days: dict | None = None) -> rules.OutletCalendar:
    hours = Hours(YEAR, own=own or {}, exceptions=days or {})
    return rules.OutletCalendar(YEAR.exceptions, YEAR.known_years, YEAR.windows, hours=hours)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "due"),
    [
        # Natural days: the day of receipt does not count, the last day ends at 24:00, holidays move nothing
        ("2026-11-23 09:06", 15, "d", "2026-12-08 24:00"),
        ("2026-11-23 00:00", 15, "d", "2026-12-08 24:00"),
        ("2026-11-23 23:59", 15, "d", "2026-12-08 24:00"),
        ("2026-02-05 10:00", 15, "d", "2026-02-20 24:00"),  # ends within the Spring Festival, unshifted
        ("2026-01-31 10:00", 30, "d", "2026-03-02 24:00"),
        ("2028-02-14 10:00", 15, "d", "2028-02-29 24:00"),
        # Working days over the Spring Festival with both make-up Saturdays
        ("2026-02-13 10:00", 1, "wd", "2026-02-14 24:00"),  # Friday: the make-up Saturday is the next working day
        ("2026-02-13 10:00", 2, "wd", "2026-02-24 24:00"),
        ("2026-02-14 10:00", 1, "wd", "2026-02-24 24:00"),  # received on the make-up Saturday itself
        ("2026-02-17 10:00", 1, "wd", "2026-02-24 24:00"),  # received on New Year's Day
        ("2026-02-26 10:00", 2, "wd", "2026-02-28 24:00"),
        ("2026-02-28 10:00", 1, "wd", "2026-03-02 24:00"),
        ("2026-02-13 10:00", 5, "wd", "2026-02-27 24:00"),
        ("2026-02-13 10:00", 6, "wd", "2026-02-28 24:00"),
        # Working hours: several windows a day
        ("2026-11-23 09:06", 2, "wh", "2026-11-23 11:06"),
        ("2026-11-23 11:00", 2, "wh", "2026-11-23 14:30"),  # over lunch
        ("2026-11-23 12:30", 2, "wh", "2026-11-23 15:30"),  # received at lunch
        ("2026-11-23 10:00", 2, "wh", "2026-11-23 12:00"),  # ends with the window, not at the next one's beginning
        ("2026-11-23 17:55", 2, "wh", "2026-11-24 10:30"),
        ("2026-02-14 17:55", 2, "wh", "2026-02-24 10:30"),  # 17:55 before the holiday
        ("2026-02-13 17:00", 2, "wh", "2026-02-14 10:00"),  # half an hour on Friday, the rest on the make-up Saturday
        ("2026-02-28 08:00", 1, "wh", "2026-02-28 09:30"),
        # Hours of the clock: no window, no holiday
        ("2026-02-14 17:55", 24, "h", "2026-02-15 17:55"),
        ("2026-12-31 23:30", 2, "h", "2027-01-01 01:30"),
        # A year without a calendar counts weekends only
        ("2026-12-31 10:00", 1, "wd", "2027-01-01 24:00"),
        ("2026-12-31 10:00", 2, "wd", "2027-01-04 24:00"),
    ],
)
def test_a_limit_ends(start, amount, unit, due):
    assert rules.due_moment(at(start), Decimal(amount), unit, YEAR) == at(due)


@pytest.mark.parametrize(
    ("start", "own", "due"),
    [
        ("2026-11-23 10:00", {d: (MORNING, AFTERNOON) for d in range(5)}, "2026-11-23 13:30"),
        ("2026-11-21 09:30", {d: (MORNING, AFTERNOON) for d in range(6)}, "2026-11-21 11:30"),  # open on Saturdays
        ("2026-11-21 09:30", {d: (MORNING, AFTERNOON) for d in range(5)}, "2026-11-23 11:00"),
        ("2026-02-28 10:00", {d: (MORNING, AFTERNOON) for d in range(5)}, "2026-02-28 13:30"),  # make-up Saturday
        ("2026-02-16 10:00", {d: (MORNING, AFTERNOON) for d in range(7)}, "2026-02-24 11:00"),  # holidays stay closed
    ],
)
def test_hours_are_the_outlets_own(start, own, due):
    assert rules.due_moment(at(start), Decimal(2), "wh", outlet(own)) == at(due)


def test_a_day_on_which_the_outlet_opens_or_stays_closed_counts():
    closed = outlet(days={date(2026, 11, 23): Exceptional(False)})
    assert rules.due_moment(at("2026-11-23 09:00"), Decimal(1), "wh", closed) == at("2026-11-24 09:30")
    opened = outlet(days={date(2026, 2, 17): Exceptional(True, (time(10), time(12)))})
    assert rules.due_moment(at("2026-02-17 09:00"), Decimal(1), "wh", opened) == at("2026-02-17 11:00")
    assert opened.add_workdays(date(2026, 2, 16), 1) == date(2026, 2, 24)  # working days stay the bank's


@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        ("2026-09-29 10:00", 10, "2026-10-13 24:00"),  # ten working days would end on 10-16, the law's day is 10-14
        ("2026-02-12 10:00", 10, "2026-02-26 24:00"),
        ("2026-11-23 10:00", 10, "2026-12-07 24:00"),  # the same day by both ways of counting
        ("2026-11-23 10:00", 5, "2026-11-30 24:00"),
    ],
)
def test_the_internal_target_is_never_later_than_the_day_before_the_statutory_one(start, amount, due):
    statutory = rules.due_moment(at(start), Decimal(15), "d", YEAR)
    own = rules.due_moment(at(start), Decimal(amount), "wd", YEAR)
    assert rules.internal_due(own, statutory) == at(due)


def test_ten_working_days_overtake_fifteen_natural_ones_at_national_day():
    start = at("2026-09-29 10:00")
    assert rules.due_moment(start, Decimal(10), "wd", YEAR) > rules.due_moment(start, Decimal(15), "d", YEAR)


def test_without_a_statutory_limit_the_internal_one_stands():
    assert rules.internal_due(at("2026-11-30 24:00"), None) == at("2026-11-30 24:00")


@pytest.mark.parametrize(
    ("start", "amount", "unit", "paused", "resumed", "due"),
    [
        ("2026-11-23 09:00", 15, "d", "2026-11-25 10:00", "2026-11-27 09:00", "2026-12-10 24:00"),
        ("2026-11-23 09:00", 15, "d", "2026-11-25 10:00", "2026-11-25 16:00", "2026-12-08 24:00"),  # within a day
        ("2026-11-23 09:00", 5, "wd", "2026-11-25 10:00", "2026-11-27 09:00", "2026-12-02 24:00"),
        ("2026-02-12 09:00", 5, "wd", "2026-02-13 09:00", "2026-02-25 09:00", "2026-03-02 24:00"),  # over the holiday
        ("2026-02-12 09:00", 5, "wd", "2026-02-15 09:00", "2026-02-23 09:00", "2026-02-26 24:00"),  # within it: nothing
        ("2026-11-23 09:00", 1, "wd", "2026-11-24 09:00", "2026-11-26 09:00", "2026-11-26 24:00"),  # on its last day
        ("2026-11-23 09:00", 4, "wh", "2026-11-23 10:00", "2026-11-24 13:00", "2026-11-24 16:30"),
        ("2026-02-14 16:30", 2, "wh", "2026-02-14 17:00", "2026-02-20 09:00", "2026-02-24 10:00"),  # over the holiday
        ("2026-02-14 09:00", 24, "h", "2026-02-14 10:00", "2026-02-24 10:00", "2026-02-25 09:00"),
    ],
)
def test_a_pause_moves_the_limit_by_what_it_took(start, amount, unit, paused, resumed, due):
    first = rules.due_moment(at(start), Decimal(amount), unit, YEAR)
    left = rules.left_of(at(paused), first, unit, YEAR)
    assert rules.resumed_due(at(resumed), left, unit, YEAR) == at(due)


MOMENTS = st.datetimes(datetime(2026, 1, 5), datetime(2026, 11, 30)).map(lambda d: d.replace(tzinfo=SHANGHAI))
UNITS = st.sampled_from([("d", 15), ("d", 1), ("wd", 1), ("wd", 10), ("wh", 2), ("wh", 13), ("h", 24)])


@given(start=MOMENTS, what=UNITS, share=st.floats(0, 1), gap=st.timedeltas(timedelta(0), timedelta(days=30)))
def test_what_was_left_at_the_pause_is_left_at_the_resuming(start, what, share, gap):
    unit, amount = what[0], Decimal(what[1])
    due = rules.due_moment(start, amount, unit, YEAR)
    paused = min(start + (due - start) * share, due - timedelta(microseconds=1))
    resumed = paused + gap
    left = rules.left_of(paused, due, unit, YEAR)
    after = rules.resumed_due(resumed, left, unit, YEAR)
    assert left >= 0 and rules.left_of(resumed, after, unit, YEAR) == left
    taken = rules.paused_for(paused, resumed, unit, YEAR)
    again = rules.due_moment(start, amount + taken, unit, YEAR)
    assert again == after or abs(again - after) <= timedelta(microseconds=2) or _same_working_moment(again, after)


def _same_working_moment(one: datetime, other: datetime) -> bool:
    """The end of a window and the beginning of the next are the same working moment."""
    one, other = sorted((one, other))
    return YEAR.working_hours_between(one, other) < 1e-6


@given(start=MOMENTS, what=UNITS, gap=st.timedeltas(timedelta(0), timedelta(days=1)))
def test_a_pause_of_no_length_moves_nothing(start, what, gap):
    unit, amount = what[0], Decimal(what[1])
    due = rules.due_moment(start, amount, unit, YEAR)
    paused = min(start + gap, due - timedelta(microseconds=1))
    assert abs(rules.resumed_due(paused, rules.left_of(paused, due, unit, YEAR), unit, YEAR) - due) <= timedelta(microseconds=2)  # fmt: skip


@pytest.mark.parametrize(
    ("start", "amount", "unit", "outside", "expected"),
    [
        ("2026-11-23 10:00", 15, "d", True, [(HALF, "2026-12-01 05:00"), (MOST, "2026-12-05 21:12"), (THREE_DAYS, "2026-12-05 24:00"), (ONE_DAY, "2026-12-07 24:00"), (OVER, "2026-12-08 24:00")]),
        ("2026-11-23 08:30", 2, "wh", False, [(HALF, "2026-11-23 09:30"), (MOST, "2026-11-23 10:06"), (OVER, "2026-11-23 10:30")]),
        ("2026-11-23 11:00", 2, "wh", False, [(HALF, "2026-11-23 12:00"), (MOST, "2026-11-23 14:06"), (OVER, "2026-11-23 14:30")]),
        # Shares of working days are shares of working time: nobody is warned within the Spring Festival
        ("2026-02-13 17:30", 2, "wd", False, [(HALF, "2026-02-14 17:30"), (MOST, "2026-02-24 14:30"), (OVER, "2026-02-24 24:00")]),
        ("2026-11-23 10:00", 24, "h", False, [(HALF, "2026-11-23 22:00"), (MOST, "2026-11-24 05:12"), (OVER, "2026-11-24 10:00")]),
    ],
)  # fmt: skip
def test_it_warns_at(start, amount, unit, outside, expected):
    due = rules.due_moment(at(start), Decimal(amount), unit, YEAR)
    found = rules.warning_moments(at(start), due, unit, YEAR, outside=outside)
    assert [(level, moment.astimezone(SHANGHAI).replace(second=0, microsecond=0)) for level, moment in found] == [(level, at(text)) for level, text in expected]  # fmt: skip


@pytest.mark.parametrize("said", [0, HALF, MOST, THREE_DAYS, ONE_DAY, OVER])
def test_no_level_is_said_again_and_none_below_a_higher_one(said):
    moments = rules.warning_moments(at("2026-11-23 10:00"), at("2026-12-08 24:00"), "d", YEAR, outside=True)
    coming = rules.next_warning(moments, said)
    assert coming is None if said == OVER else coming is not None and coming[0] > said
    levels = rules.reached(moments, said, at("2026-12-20 10:00"))
    assert levels == [level for level in (HALF, MOST, THREE_DAYS, ONE_DAY, OVER) if level > said]
    assert rules.reached(moments, said, at("2026-11-23 11:00")) == []


@pytest.mark.parametrize(
    ("due", "stopped", "unit", "expected"),
    [
        ("2026-12-08 24:00", "2026-12-08 23:59", "d", 0),
        ("2026-12-08 24:00", "2026-12-08 24:00", "d", 0),
        ("2026-12-08 24:00", "2026-12-09 00:01", "d", 1),
        ("2026-12-08 24:00", "2026-12-01 10:00", "d", -7),
        ("2026-02-14 24:00", "2026-02-24 09:00", "wd", 1),
        ("2026-11-30 24:00", "2026-11-27 09:00", "wd", -1),
        ("2026-11-23 11:06", "2026-11-23 14:00", "wh", Decimal("1.4")),
        ("2026-11-23 14:30", "2026-11-23 11:30", "wh", Decimal("-1.5")),
        ("2026-11-23 10:00", "2026-11-23 12:30", "h", Decimal("2.5")),
    ],
)
def test_actual_minus_target(due, stopped, unit, expected):
    assert rules.difference(at(due), at(stopped), unit, YEAR) == expected


def test_shares_leave_out_what_was_paused():
    start, paused = at("2026-11-23 10:00"), Decimal(10)
    due = rules.due_moment(start, Decimal(15) + paused, "d", YEAR)
    begin = rules.counted_from(start, paused, "d", YEAR)
    assert begin == at("2026-12-03 10:00")
    assert rules.share_used(begin, due, at("2026-12-03 10:00"), "d", YEAR) == 0
    assert rules.counted_from(start, Decimal(2), "wd", YEAR) == at("2026-11-25 10:00")
    assert rules.counted_from(start, Decimal(2), "wh", YEAR) == at("2026-11-23 12:00")
    assert rules.share_used(start, due, due, "d", YEAR) == 100


@pytest.mark.parametrize(
    ("kind", "level", "passed_on", "round", "expected"),
    [
        (Kind.COMPLAINT, Level.ORDINARY, False, 1, {"register", "acknowledge", "contact", "contact_red", "plan", "internal", "statutory"}),
        (Kind.COMPLAINT, Level.MAJOR, False, 1, {"register", "acknowledge", "contact", "contact_red", "plan", "internal", "statutory", "major_notice", "major_report"}),
        (Kind.COMPLAINT, Level.COMPLEX, True, 1, {"register", "acknowledge", "contact", "contact_red", "plan", "internal", "statutory", "regulator"}),
        (Kind.COMPLAINT, Level.ORDINARY, True, 2, {"contact", "contact_red", "plan", "internal", "statutory"}),
        (Kind.INQUIRY, Level.ORDINARY, False, 1, {"register", "internal"}),
        (Kind.SUGGESTION, Level.MAJOR, True, 1, {"register", "internal"}),
        (Kind.INQUIRY, Level.ORDINARY, False, 2, {"internal"}),
        (Kind.REPORT, Level.ORDINARY, True, 1, {"register", "acknowledge", "internal", "regulator"}),
        (Kind.PETITION, Level.MAJOR, False, 1, {"register", "acknowledge", "internal", "major_notice", "major_report"}),
    ],
)  # fmt: skip
def test_each_matter_has_the_clocks_that_make_sense(kind, level, passed_on, round, expected):
    assert rules.wanted(kind, level, passed_on=passed_on, round=round) == expected


def test_the_tables_name_clocks_only():
    for table in (rules.STARTS, rules.STOPS, rules.VOIDS):
        assert all(kinds <= set(ClockKind) for kinds in table.values())
