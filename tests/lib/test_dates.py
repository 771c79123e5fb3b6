"""Quarters, months and ages of the bank's own days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib.dates import Quarter, add_months, age, birthday_in, local_day

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@given(DAYS)
def test_a_day_lies_in_its_quarter_and_quarters_follow_without_a_gap(day):
    quarter = Quarter.of(day)
    assert quarter.first <= day <= quarter.last
    assert quarter.next.first == quarter.last + timedelta(days=1)
    assert quarter.next.previous == quarter == Quarter.parse(str(quarter))
    assert quarter.previous < quarter < quarter.next


def test_a_quarter_has_its_calendar_days():
    assert [Quarter.parse(f"1993Q{n}").days for n in (1, 2, 3, 4)] == [90, 91, 92, 92]
    assert Quarter(2024, 1).days == 91


@pytest.mark.parametrize("text", ["", "1993", "1993Q5", "1993Q0", "93Q1", "0000Q1", "9999Q4", "１９９３Q1", "1993-Q1"])
def test_what_is_no_quarter_is_refused_as_one(text):
    with pytest.raises(ValueError, match="not a quarter"):
        Quarter.parse(text)


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2024, 2, 29), -12, date(2023, 2, 28)),
        (date(2026, 8, 31), 0, date(2026, 8, 31)),
    ],
)
def test_months_are_added_and_clamped(day, months, result):
    assert add_months(day, months) == result


@pytest.mark.parametrize(
    ("birth", "today", "years"),
    [
        (date(2000, 11, 24), date(2026, 11, 23), 25),
        (date(2000, 11, 24), date(2026, 11, 24), 26),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
        (date(2004, 2, 29), date(2024, 2, 29), 20),
    ],
)
def test_an_age_is_full_years(birth, today, years):
    assert age(birth, today) == years


def test_a_birthday_of_29_february_is_kept_on_the_28th():
    assert birthday_in(2026, date(2004, 2, 29)) == date(2026, 2, 28)
    assert birthday_in(2028, date(2004, 2, 29)) == date(2028, 2, 29)


def test_the_day_is_that_of_shanghai():
    assert local_day(datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert local_day(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)
