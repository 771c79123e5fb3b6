"""The rule as SQL decides as the rule in Python, over every combination that matters."""

from datetime import date, timedelta
from itertools import product

import pytest

from archives.classification.computing import Question, rows_of
from archives.classification.foreign import befores, outcome_of
from archives.classification.schemes import scheme_for, steps_of
from archives.models import Customer, Override, Run
from tests.archives import make_corporate, make_personal
from tests.classification.engine import QUARTER, WAN, deposit, give_class

pytestmark = pytest.mark.django_db

AVERAGES = [-1, 0, 4.99, 5, 19.999999, 20, 50, 200, 599, 600, 10_000]
CLASSES = ["", "ordinary", "gold", "platinum", "private"]
BELOW = [0, 1, 2]
DAYS = [29, 30, 92]
FIXED = ["", "gold"]


@pytest.fixture
def grid(bank, cast, now):
    """A customer for every combination; deposits of an invented bank, opened by opening alone."""
    earlier = Run.objects.create(quarter="2026Q2")
    for average, code, days in product(AVERAGES, CLASSES, DAYS):
        below = BELOW[(len(code) + days) % 3]
        fixed = FIXED[(AVERAGES.index(average) + CLASSES.index(code) + DAYS.index(days)) % 2]
        customer = make_personal(branch=bank["0101"], now=now)
        opened = QUARTER.last - timedelta(days=days - 1)
        deposit(customer, average * 92 / days, opened_on=opened)
        if code:
            give_class(customer, code, below=below)
        if fixed:
            Override.objects.create(
                customer=customer, run=earlier, code=fixed, reason="x", proposed_by=cast["head"],
                approver=cast["president"], until=date(2026, 9, 30), at=now,
            )  # fmt: skip
    for average in (0, 49, 50, 500, 2_999, 3_000, 10_000):
        deposit(make_corporate(branch=bank["0102"], now=now), average)


@pytest.mark.parametrize("new_days", [0, 30])
def test_sql_and_python_decide_alike(grid, new_days):
    question = Question(QUARTER, tuple(steps_of(scheme_for(QUARTER))), new_days)
    rows = rows_of(question, 0, 10**9)
    assert len(rows) == Customer.objects.count()
    facts = {row["customer_id"]: (row["kind"], row["days"]) for row in rows}
    before = befores(question, list(facts), facts)
    differing, verdicts = [], set()
    for row in rows:
        outcome = outcome_of(question, before[row["customer_id"]], row["kind"], row["average_cents"], row["days"])
        verdicts.add(outcome.verdict)
        if (row["verdict"], row["new_code"], row["below"]) != (outcome.verdict, outcome.code, outcome.below):
            differing.append((row, before[row["customer_id"]], outcome))
    assert differing == []
    assert verdicts == {"first", "up", "same", "watch", "down"} | ({"pending"} if new_days else set())


def test_averages_are_those_of_the_quarter_to_the_cent(grid):
    from archives.accounts.averages import averages_between, quarter_averages

    question = Question(QUARTER, tuple(steps_of(scheme_for(QUARTER))))
    rows = {row["customer_id"]: row for row in rows_of(question, 0, 10**9)}
    for wanted in quarter_averages(QUARTER):
        row = rows[wanted.customer_id]
        assert (row["average_cents"], row["closing_cents"]) == (wanted.average_cents, wanted.closing_cents)
    for wanted in averages_between(date(2026, 9, 1), QUARTER.last):
        assert rows[wanted.customer_id]["month_cents"] == wanted.average_cents
    assert any(row["average_cents"] < 0 for row in rows.values())
    assert any(row["average_cents"] == 600 * WAN for row in rows.values())
