"""Limits of taking a case in, as plain values. Pure."""

from datetime import datetime, timedelta

from complaints.cases.codes import Kind, Level

REPRESENTATIVES = 5  # of a joint complaint (Order 2020 No. 3, Art. 12)
MAJOR_PEOPLE = 20  # so many complainants make it a major one
BACK = timedelta(days=366)  # a letter may have lain; nothing is older
REPEAT_DAYS = 90
ESCALATE_AFTER = 3  # cases of one ground within these days, this one counted
FILES = 5  # at once; a case holds CASE_FILES
CASE_FILES = 30
LENGTHS = {"facts": 4000, "demand": 1000, "product": 80, "regulator_number": 40, "reason": 500, "text": 2000}
# What the consumer law does not cover: an answer at once, no finding.
LIGHT = frozenset({Kind.INQUIRY, Kind.SUGGESTION})
RANK = {Level.ORDINARY: 0, Level.COMPLEX: 1, Level.MAJOR: 2}


def level_for(level: str, people: int) -> str:
    """`level`, or major where so many complain together."""
    return Level.MAJOR.value if people >= MAJOR_PEOPLE else level


def is_lower(old: str, new: str) -> bool:
    return RANK[Level(new)] < RANK[Level(old)]


def too_early(received_at: datetime, now: datetime) -> bool:
    return received_at < now - BACK
