"""Fast up, slow down (快升缓降): what a quarter's average makes of a customer's class. DOMAIN.md 2.4.

The same decisions stand as SQL in `computing`; a test proves both equal.
"""

from dataclasses import dataclass
from itertools import pairwise

NEAR = 10  # percent above the own floor, or below the next, that is near a border


@dataclass(frozen=True)
class Step:
    """One class of a ladder: its floor (inclusive, in cents) and the quarters below it before it is lost."""

    kind: str
    rank: int
    code: str
    floor_cents: int
    grace_quarters: int = 1


@dataclass(frozen=True)
class Before:
    """What a customer had before the quarter. `override` is the class that people fixed beyond its end."""

    code: str = ""
    below: int = 0
    override: str = ""


@dataclass(frozen=True)
class Outcome:
    """`below` counts the quarters running below the class, this one included."""

    verdict: str
    code: str
    below: int = 0


def level_of(average_cents: int, steps: list[Step]) -> Step:
    """The highest step whose floor is reached; the lowest for anybody below all floors."""
    reached = [step for step in steps if step.floor_cents <= average_cents]
    return max(reached or [min(steps, key=lambda step: step.rank)], key=lambda step: step.rank)


def decide(*, average_cents: int, days: int, before: Before, steps: list[Step], new_customer_days: int) -> Outcome:
    """The verdict on one customer; `steps` are those of their kind, `days` those since the first account opened."""
    by_code = {step.code: step for step in steps}
    if before.override in by_code:
        return _moved(before.code, by_code[before.override], by_code)
    if days < new_customer_days:
        return Outcome("pending", before.code, before.below)
    level = level_of(average_cents, steps)
    present = by_code.get(before.code)
    if present is None or level.rank >= present.rank:
        return _moved(before.code, level, by_code)
    below = before.below + 1
    if below > present.grace_quarters:
        return Outcome("down", level.code, below)
    return Outcome("watch", present.code, below)


def _moved(old: str, to: Step, by_code: dict[str, Step]) -> Outcome:
    """To a class without grace; a class that the ladder no longer knows counts as none."""
    if old not in by_code:
        return Outcome("first", to.code)
    old_rank = by_code[old].rank
    return Outcome("up" if to.rank > old_rank else "down" if to.rank < old_rank else "same", to.code)


def ladder_faults(steps: list[Step], known: dict[str, list[str]]) -> list[str]:
    """What is wrong with proposed thresholds, as keys: empty, unknown, twice, first, order. `known`: codes by kind."""
    faults = []
    for kind, codes in known.items():
        mine = [step for step in steps if step.kind == kind]
        if len(mine) < 2:
            faults.append("empty")
            continue
        places = [codes.index(step.code) if step.code in codes else -1 for step in mine]
        if -1 in places:
            faults.append("unknown")
        if len(set(places)) < len(places):
            faults.append("twice")
        floors = [step.floor_cents for step in sorted(mine, key=lambda step: step.rank)]
        if floors[0] != 0:
            faults.append("first")
        if any(low >= high for low, high in pairwise(floors)) or places != sorted(places):
            faults.append("order")
    return faults


def near_border(average_cents: int, floor_cents: int, next_cents: int | None) -> str:
    """ "low" within 10 % above the own floor, "high" within 10 % below the next one, "" otherwise."""
    if floor_cents > 0 and floor_cents <= average_cents <= floor_cents + floor_cents * NEAR // 100:
        return "low"
    if next_cents and next_cents - next_cents * NEAR // 100 <= average_cents < next_cents:
        return "high"
    return ""
