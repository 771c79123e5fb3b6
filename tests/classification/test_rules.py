"""Fast up, slow down: the rule as a table of cases."""

import pytest

from archives.classification.labels import LADDERS
from archives.classification.rules import Before, Outcome, Step, decide, ladder_faults, level_of, near_border
from archives.classification.schemes import steps_from

LADDER = [
    Step("P", 0, "ordinary", 0),
    Step("P", 1, "active", 500),
    Step("P", 2, "gold", 2000),
    Step("P", 3, "private", 6000, 2),
]
KNOWN = {kind: list(ladder) for kind, ladder in LADDERS.items()}


@pytest.mark.parametrize(
    ("average", "code"),
    [(-1, "ordinary"), (0, "ordinary"), (499, "ordinary"), (500, "active"), (1999, "active"), (10**15, "private")],
)
def test_the_lower_bound_belongs_to_the_class(average, code):
    assert level_of(average, LADDER).code == code


@pytest.mark.parametrize(
    ("average", "days", "before", "outcome"),
    [
        (600, 92, Before(), Outcome("first", "active")),
        (600, 29, Before(), Outcome("pending", "")),
        (600, 30, Before(), Outcome("first", "active")),
        (600, 29, Before("gold", 1), Outcome("pending", "gold", 1)),
        (7000, 92, Before("ordinary"), Outcome("up", "private")),
        (2500, 92, Before("gold", 1), Outcome("same", "gold")),
        (600, 92, Before("gold", 0), Outcome("watch", "gold", 1)),
        (600, 92, Before("gold", 1), Outcome("down", "active", 2)),
        (10, 92, Before("private", 1), Outcome("watch", "private", 2)),
        (10, 92, Before("private", 2), Outcome("down", "ordinary", 3)),
        (10, 92, Before("gold", 5, "gold"), Outcome("same", "gold")),
        (10, 2, Before("gold", 0, "private"), Outcome("up", "private")),
        (10, 92, Before("private", 0, "gold"), Outcome("down", "gold")),
        (10, 92, Before("", 0, "gold"), Outcome("first", "gold")),
        (600, 92, Before("diamond", 0), Outcome("first", "active")),  # the ladder no longer knows it
        (600, 92, Before("gold", 0, "diamond"), Outcome("watch", "gold", 1)),
    ],
)
def test_a_quarter_decides(average, days, before, outcome):
    found = decide(average_cents=average, days=days, before=before, steps=LADDER, new_customer_days=30)
    assert found == outcome


def test_without_the_rule_for_new_customers_a_day_is_enough():
    found = decide(average_cents=600, days=1, before=Before(), steps=LADDER, new_customer_days=0)
    assert found == Outcome("first", "active")


@pytest.mark.parametrize(
    ("average", "floor", "following", "side"),
    [
        (2000, 2000, 5000, "low"),
        (2200, 2000, 5000, "low"),
        (2201, 2000, 5000, ""),
        (4499, 2000, 5000, ""),
        (4500, 2000, 5000, "high"),
        (5000, 2000, 5000, ""),
        (0, 0, 500, ""),
        (450, 0, 500, "high"),
        (9999, 6000, None, ""),
    ],
)
def test_within_ten_percent_is_near_a_border(average, floor, following, side):
    assert near_border(average, floor, following) == side


def rows(**floors):
    kinds = {code: kind for kind, ladder in LADDERS.items() for code in ladder}
    return [{"kind": kinds.get(code, "P"), "code": code, "floor_cents": floor} for code, floor in floors.items()]


@pytest.mark.parametrize(
    ("floors", "faults"),
    [
        ({"ordinary": 0, "gold": 5, "base": 0, "key": 5}, []),
        ({"ordinary": 0, "gold": 5}, ["empty"]),
        ({"ordinary": 1, "gold": 5, "base": 0, "key": 5}, ["first"]),
        ({"gold": 0, "ordinary": 5, "base": 0, "key": 5}, ["order"]),
        ({"ordinary": 0, "gold": 0, "base": 0, "key": 5}, ["order"]),
        ({"ordinary": 0, "brass": 5, "base": 0, "key": 5}, ["unknown", "order"]),
    ],
)
def test_thresholds_with_faults_are_told(floors, faults):
    assert ladder_faults(steps_from(rows(**floors)), KNOWN) == faults
