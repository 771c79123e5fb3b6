"""Windows, thresholds and units as tables."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from complaints.conduct.rules import crossed, is_whole_unit, leaves_on, next_threshold, window_of


@pytest.mark.parametrize(
    ("today", "first"),
    [
        ("2026-11-24", "2025-11-25"),
        ("2026-01-01", "2025-01-02"),
        ("2026-12-31", "2026-01-01"),
        ("2024-02-28", "2023-03-01"),
        ("2024-02-29", "2023-03-01"),
        ("2024-03-01", "2023-03-02"),
        ("2025-02-28", "2024-02-29"),  # an entry of the leap day counts for the last time
        ("2025-03-01", "2024-03-02"),
    ],
)
def test_the_rolling_window_begins(today, first):
    assert window_of(date.fromisoformat(today)) == (date.fromisoformat(first), date.fromisoformat(today))


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [("2026-01-01", "2026-01-01", "2026-12-31"), ("2026-12-31", "2026-01-01", "2026-12-31")],
)
def test_the_calendar_year_is_an_option(today, first, last):
    window = window_of(date.fromisoformat(today), calendar_year=True)
    assert window == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("counts_on", "gone"),
    [
        ("2025-11-24", "2026-11-24"),
        ("2025-02-28", "2026-02-28"),
        ("2023-02-28", "2024-02-28"),
        ("2023-03-01", "2024-03-01"),
        ("2024-02-28", "2025-02-28"),
        ("2024-02-29", "2025-03-01"),
        ("2024-03-01", "2025-03-01"),
    ],
)
def test_an_entry_leaves_the_window(counts_on, gone):
    assert leaves_on(date.fromisoformat(counts_on)) == date.fromisoformat(gone)


def test_in_a_calendar_year_it_leaves_at_new_year():
    assert leaves_on(date(2026, 3, 1), calendar_year=True) == date(2027, 1, 1)


def test_window_and_leaving_agree_on_every_day_of_five_years():
    for n in range(5 * 366):
        entered = date(2022, 12, 1) + timedelta(days=n)
        gone = leaves_on(entered)
        assert window_of(gone - timedelta(days=1))[0] <= entered < window_of(gone)[0], entered


@pytest.mark.parametrize(
    ("before", "after", "reached"),
    [
        ("0", "2.5", []),
        ("0", "3", ["talk"]),
        ("2.5", "3", ["talk"]),
        ("3", "5.5", []),
        ("3", "6", ["criticism"]),
        ("2", "6.5", ["talk", "criticism"]),
        ("0", "12", ["talk", "criticism", "training", "transfer"]),
        ("11.5", "12", ["transfer"]),
        ("12", "14", []),
        ("8.5", "9", ["training"]),
    ],
)
def test_thresholds_are_crossed_from_below(before, after, reached):
    assert [kind for _points, kind, _days in crossed(Decimal(before), Decimal(after))] == reached


@pytest.mark.parametrize(("total", "following"), [("0", 3), ("2.5", 3), ("3", 6), ("6", 9), ("11.5", 12), ("12", None)])
def test_the_next_threshold(total, following):
    assert next_threshold(Decimal(total)) == following


@pytest.mark.parametrize(("points", "whole"), [("0.5", True), ("1", True), ("1.2", False), ("12", True), ("0", True)])
def test_the_unit_is_a_half(points, whole):
    assert is_whole_unit(Decimal(points)) is whole
