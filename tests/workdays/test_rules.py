"""Limits in working days and hours, over holidays, make-up Saturdays and years nobody knows yet."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.workdays.rules import SHANGHAI, Day, WorkCalendar

PUBLISHED = Path(__file__).resolve().parents[3] / "shared/data/calendar/cn_workdays_2004_2026.csv"
# National Day 2026: 1 to 7 October off, Saturday 10 October and Sunday 20 September worked.
AUTUMN = WorkCalendar(
    {date(2026, 10, d): Day("holiday", "国庆节") for d in range(1, 8)}
    | {date(2026, 9, 20): Day("makeup", "国庆节"), date(2026, 10, 10): Day("makeup", "国庆节")},
    frozenset({2026}),
)
PLAIN = WorkCalendar()
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
MOMENTS = st.datetimes(datetime(2026, 8, 1), datetime(2026, 12, 31), timezones=st.just(SHANGHAI))


def at(month, day, hour, minute=0, *, year=2026):
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def published():
    with PUBLISHED.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def from_rows(rows):
    exceptions = {}
    for row in rows:
        day, works = date.fromisoformat(row["date"]), row["workday"] == "1"
        if works != (day.weekday() < 5):
            exceptions[day] = Day("makeup" if works else "holiday", row["holiday"])
    return WorkCalendar(exceptions, frozenset(range(2004, 2027)))


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the shared data folder is not beside the repository")
def test_it_counts_as_the_published_calendar_does():
    rows = published()
    calendar = from_rows(rows)
    works = [date.fromisoformat(row["date"]) for row in rows if row["workday"] == "1"]
    assert calendar.workdays_between(date(2025, 12, 31), date(2026, 12, 31)) == 248
    assert calendar.workdays_between(date(2003, 12, 31), date(2026, 12, 31)) == len(works)
    for i in range(0, len(works) - 30, 97):
        assert calendar.add_workdays(works[i], 30) == works[i + 30]
        assert calendar.add_workdays(works[i + 30], -30) == works[i]


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the shared data folder is not beside the repository")
def test_a_limit_that_crosses_into_a_year_nobody_knows_is_counted_and_told():
    calendar = from_rows(published())
    due = calendar.add_workdays(date(2026, 12, 30), 5)
    assert due == date(2027, 1, 6)
    assert calendar.unknown_years(date(2026, 12, 30), due) == [2027]
    assert calendar.unknown_years(due, date(2026, 12, 30)) == [2027]
    assert calendar.unknown_years(date(2026, 1, 1), date(2026, 12, 31)) == []


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        (date(2026, 9, 29), 1, date(2026, 9, 30)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 10, 3), 1, date(2026, 10, 8)),
        (date(2026, 10, 12), -1, date(2026, 10, 10)),
        (date(2026, 10, 8), -1, date(2026, 9, 30)),
        (date(2026, 9, 21), -1, date(2026, 9, 20)),
        (date(2026, 10, 3), 0, date(2026, 10, 3)),
    ],
)
def test_the_day_of_start_is_not_counted(start, count, due):
    assert AUTUMN.add_workdays(start, count) == due


def test_the_next_workday_may_be_today():
    assert AUTUMN.next_workday(date(2026, 9, 30)) == date(2026, 9, 30)
    assert AUTUMN.next_workday(date(2026, 10, 1)) == date(2026, 10, 8)


@pytest.mark.parametrize(
    ("moment", "hours", "due"),
    [
        (at(11, 24, 9), 2, at(11, 24, 11)),
        (at(11, 24, 11), 2, at(11, 24, 14, 30)),
        (at(11, 24, 8, 30), 3.5, at(11, 24, 12)),
        (at(11, 24, 12, 15), 1, at(11, 24, 14, 30)),
        (at(11, 24, 17), 1, at(11, 25, 9)),
        (at(11, 27, 17), 1, at(11, 30, 9)),
        (at(9, 30, 17), 1, at(10, 8, 9)),
        (at(10, 9, 17), 1, at(10, 10, 9)),
        (at(10, 10, 17), 1, at(10, 12, 9)),
        (at(9, 19, 3), 0, at(9, 20, 8, 30)),
        (at(12, 31, 17), 1, at(1, 1, 9, year=2027)),
    ],
)
def test_hours_run_only_while_the_bank_works(moment, hours, due):
    assert AUTUMN.add_working_hours(moment, hours) == due
    assert AUTUMN.working_hours_between(moment, due) == hours


def test_hours_are_decided_in_shanghai_whatever_the_zone_of_the_moment():
    assert AUTUMN.add_working_hours(datetime(2026, 9, 30, 9, 0, tzinfo=UTC), 1) == at(10, 8, 9)
    assert AUTUMN.working_hours_between(datetime(2026, 11, 24, 0, 0, tzinfo=UTC), at(11, 24, 9)) == 0.5


def test_no_time_passes_backwards():
    assert AUTUMN.working_hours_between(at(11, 24, 12), at(11, 24, 9)) == 0
    with pytest.raises(ValueError, match="negative"):
        AUTUMN.add_working_hours(at(11, 24, 9), -1)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        AUTUMN.add_working_hours(datetime(2026, 11, 24, 9), 1)


def test_a_calendar_without_hours_ends_in_an_error_not_in_a_loop():
    with pytest.raises(OverflowError):
        WorkCalendar(windows=()).add_working_hours(at(11, 24, 9), 1)


@given(DAYS, st.integers(1, 60))
def test_a_limit_falls_on_a_workday_and_counts_back(start, count):
    due = AUTUMN.add_workdays(start, count)
    assert AUTUMN.is_workday(due)
    assert AUTUMN.workdays_between(start, due) == count
    assert AUTUMN.workdays_between(due, start) == -count
    assert AUTUMN.add_workdays(due, -count) < due


@given(DAYS, st.integers(1, 60))
def test_one_day_more_is_never_sooner(start, count):
    assert AUTUMN.add_workdays(start, count) < AUTUMN.add_workdays(start, count + 1)
    assert AUTUMN.add_workdays(start, count) <= AUTUMN.add_workdays(start + timedelta(days=1), count)


@given(MOMENTS, st.integers(0, 4000), st.integers(0, 4000))
def test_hours_add_up(moment, minutes, more):
    first = AUTUMN.add_working_hours(moment, minutes / 60)
    assert first >= moment
    assert AUTUMN.working_hours_between(moment, first) == pytest.approx(minutes / 60)
    together = AUTUMN.add_working_hours(moment, (minutes + more) / 60)
    apart = AUTUMN.add_working_hours(first, more / 60)
    assert AUTUMN.working_hours_between(moment, together) == pytest.approx(AUTUMN.working_hours_between(moment, apart))


def test_without_data_the_weekends_are_free():
    assert [PLAIN.is_workday(date(2027, 2, d)) for d in range(1, 8)] == [True] * 5 + [False] * 2
    assert PLAIN.unknown_years(date(2026, 12, 1), date(2028, 1, 1)) == [2026, 2027, 2028]
