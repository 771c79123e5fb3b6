from datetime import date

import pytest

from archives.classification.coverage import gaps_between, merged

FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)


def july(day):
    return date(2026, 7, day)


@pytest.mark.parametrize(
    ("spans", "gaps"),
    [
        ([], [(FIRST, LAST)]),
        ([(FIRST, LAST)], []),
        ([(date(2020, 1, 1), date(2030, 1, 1))], []),
        ([(FIRST, july(10)), (july(11), LAST)], []),
        ([(july(11), LAST), (FIRST, july(9))], [(july(10), july(10))]),
        ([(july(2), date(2026, 9, 29))], [(FIRST, FIRST), (LAST, LAST)]),
        ([(FIRST, LAST), (july(3), july(4))], []),
        ([(date(2026, 1, 1), date(2026, 3, 31))], [(FIRST, LAST)]),
        ([(date(2026, 10, 1), date(2026, 12, 31))], [(FIRST, LAST)]),
    ],
)
def test_days_without_deposits_are_found(spans, gaps):
    assert gaps_between(spans, FIRST, LAST) == gaps


def test_gaps_of_several_systems_are_told_as_one():
    assert merged([(july(5), july(9)), (july(1), july(4)), (july(20), july(20)), (july(7), july(8))]) == [
        (july(1), july(9)), (july(20), july(20)),
    ]  # fmt: skip
