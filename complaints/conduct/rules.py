"""What the bank's points mean: window, thresholds, periods (DOMAIN.md 6.1 and 10). Pure."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from crm.lib.dates import add_months

SCALE = Decimal(12)
UNIT = Decimal("0.5")
MONTHS = 12
CALENDAR_YEAR = False  # True: points count from 1 January to 31 December instead of over rolling months
APPEAL_WD = 5  # working days after the decision
APPEAL_DECIDE_WD = 10  # working days after the appeal
REMIND_WD = 2  # an appeal is reminded of so many working days before its last day
ESCALATE_WD = 5  # an overdue consequence goes up a level after so many working days
# Points that are reached, the consequence (`Consequence.Kind`), working days to carry it out.
THRESHOLDS = ((Decimal(3), "talk", 5), (Decimal(6), "criticism", 10), (Decimal(9), "training", 20), (Decimal(12), "transfer", 30))  # fmt: skip
CONCEALMENT = "concealment"  # the item that scorecards count although a complaint brought it to light


def window_of(today: date, *, calendar_year: bool = CALENDAR_YEAR) -> tuple[date, date]:
    """First and last day whose entries count on `today`: the twelve months that end with it, or its calendar year.

    Rolling: from the day after the same date a year before. After 29 February's year comes 28 February: on
    2025-02-28 the entries of 2024-02-29 count for the last time.
    """
    if calendar_year:
        return date(today.year, 1, 1), date(today.year, 12, 31)
    return add_months(today, -MONTHS) + timedelta(days=1), today


def leaves_on(counts_on: date, *, calendar_year: bool = CALENDAR_YEAR) -> date:
    """The first day on which an entry of `counts_on` counts no more."""
    if calendar_year:
        return date(counts_on.year + 1, 1, 1)
    day = add_months(counts_on, MONTHS)
    return day if window_of(day)[0] > counts_on else day + timedelta(days=1)


def crossed(before: Decimal, after: Decimal) -> Iterator[tuple[Decimal, str, int]]:
    """Thresholds that lie above `before` and are reached by `after`."""
    return (line for line in THRESHOLDS if before < line[0] <= after)


def next_threshold(total: Decimal) -> Decimal | None:
    return next((points for points, _kind, _days in THRESHOLDS if total < points), None)


def is_whole_unit(points: Decimal) -> bool:
    return points % UNIT == 0
