"""Who deserves the month's key attention, and why: decisions from plain values. DOMAIN.md 7.3, 9.14.

A reason is a dict with its `code` and the figures that carry it: days, cents, percents, codes; nothing of the person.
"""

from dataclasses import dataclass
from typing import Any

from archives.classification.rules import Step, level_of, near_border

WAN = 10_000 * 100  # 万元 in cents
SPAN = 90  # days of the average that the balance is held against
MOVE_PERCENT, MOVE = 30, {"P": 5 * WAN, "C": 50 * WAN}
MATURING, MATURITY_DAYS = 20 * WAN, 30
GAPS_BELOW = 60
NEW_DAYS, NEW = 90, {"P": 20 * WAN, "C": 200 * WAN}
LEAVING_PERCENT, LEFT_PERCENT, QUIET_DAYS = 50, 80, 90
LEAVING_BASE = 5 * WAN  # below it a fall is noise

WEIGHT = {"complaint": 6, "leaving": 5, "movement": 4, "maturity": 3, "new": 2, "border": 2, "gaps": 1}

Reason = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """One customer as of a day. `days` since they became one; `quiet` days since a posting on a current account.

    `complaints` counts the open ones, the oldest open for `complaint_days`; `maturing` cents fall due, the first in
    `matures_in` days. None: there is none.
    """

    kind: str
    days: int
    completeness: int
    balance: int = 0
    average: int = 0
    complaints: int = 0
    complaint_days: int = 0
    maturing: int = 0
    matures_in: int | None = None
    quiet: int | None = None
    code: str = ""  # the class now


def reasons_for(picture: Picture, steps: list[Step]) -> list[Reason]:
    """Every reason to watch this customer, the heaviest first; `steps` are the class ladder of their kind."""
    found = [
        _complaint(picture),
        _leaving(picture),
        _movement(picture),
        _maturity(picture),
        _new(picture),
        _border(picture, steps),
        _gaps(picture),
    ]
    return [reason for reason in found if reason]


def consequence(picture: Picture, reasons: list[Reason]) -> tuple[int, int]:
    """What decides the order of candidates: the weight of the reasons, then the money."""
    return sum(WEIGHT.get(reason["code"], 0) for reason in reasons), max(picture.balance, picture.average)


def _complaint(picture: Picture) -> Reason | None:
    if not picture.complaints:
        return None
    return {"code": "complaint", "count": picture.complaints, "days": picture.complaint_days}


def _leaving(picture: Picture) -> Reason | None:
    """A fall by half (by four fifths: gone), or silence of 90 days on a current account that held money."""
    if picture.average < LEAVING_BASE:
        return None
    fallen = max(0, picture.average - picture.balance)
    if fallen * 100 >= picture.average * LEAVING_PERCENT:
        percent = fallen * 100 // picture.average
        return {"code": "leaving", "percent": percent, "level": "red" if percent >= LEFT_PERCENT else "orange"}
    if picture.quiet is not None and picture.quiet >= QUIET_DAYS:
        return {"code": "leaving", "quiet": picture.quiet, "level": "quiet"}
    return None


def _movement(picture: Picture) -> Reason | None:
    moved = picture.balance - picture.average
    far = abs(moved) * 100 >= abs(picture.average) * MOVE_PERCENT
    if not far or abs(moved) < MOVE[picture.kind]:
        return None
    percent = abs(moved) * 100 // picture.average if picture.average > 0 else None
    return {"code": "movement", "cents": moved, "percent": percent}


def _maturity(picture: Picture) -> Reason | None:
    if picture.maturing < MATURING:
        return None
    return {"code": "maturity", "cents": picture.maturing, "days": picture.matures_in}


def _new(picture: Picture) -> Reason | None:
    if picture.days > NEW_DAYS or picture.average < NEW[picture.kind]:
        return None
    return {"code": "new", "days": picture.days, "cents": picture.average}


def _border(picture: Picture, steps: list[Step]) -> Reason | None:
    """Just above the floor of the class that the average gives, or just below the next one."""
    if not steps:
        return None
    level = level_of(picture.average, steps)
    above = next((step for step in steps if step.rank == level.rank + 1), None)
    side = near_border(picture.average, level.floor_cents, above.floor_cents if above else None)
    if not side:
        return None
    step = above if side == "high" and above else level
    return {"code": "border", "side": side, "level": step.code, "cents": abs(picture.average - step.floor_cents)}


def _gaps(picture: Picture) -> Reason | None:
    if picture.completeness >= GAPS_BELOW:
        return None
    return {"code": "gaps", "percent": picture.completeness}
