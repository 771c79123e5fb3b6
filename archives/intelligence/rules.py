"""When an intelligence item is out of date (DOMAIN.md 3.6), from plain dates."""

from datetime import date, timedelta
from enum import StrEnum

from crm.lib.dates import add_months

STALE_MONTHS = 12
EXPIRING_DAYS = 30  # the list calls it expiring
PROMPT_DAYS = 14  # whoever answers for it is prompted
LONGEST_YEARS = 5  # more is a slip of the pen


class Validity(StrEnum):
    VALID = "valid"
    EXPIRING = "expiring"
    STALE = "stale"


def fresh_through(*, valid_until: date, renewed_on: date) -> date:
    """The last day on which it may be relied on: its validity's, or twelve months after it was added or confirmed."""
    last = add_months(renewed_on, STALE_MONTHS)
    if add_months(last + timedelta(days=1), -STALE_MONTHS) <= renewed_on:
        last += timedelta(days=1)  # renewed on 28 February before a leap year
    return min(valid_until, last)


def validity_of(last: date, today: date) -> Validity:
    if last < today:
        return Validity.STALE
    return Validity.EXPIRING if (last - today).days <= EXPIRING_DAYS else Validity.VALID


def used_percent(*, first: date, last: date, today: date) -> int:
    """How much of the time from `first` to `last` is over, 0 to 100."""
    whole = (last - first).days
    return 100 if whole <= 0 else max(0, min(100, (today - first).days * 100 // whole))


def split_numbers(text: str) -> list[str]:
    """Customer numbers as people type or paste them: between blanks or commas, or in groups of 4, 4 and 2 digits."""
    for mark in ",，、;；":
        text = text.replace(mark, "\n")
    found: list[str] = []
    for line in text.splitlines():
        words = line.split()
        while words:
            size = 3 if [len(word) for word in words[:3]] == [4, 4, 2] else 1
            found.append("".join(words[:size]))
            words = words[size:]
    return list(dict.fromkeys(found))
