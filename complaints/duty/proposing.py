"""A month's roster proposed: who has a post keeps it, weekends and holidays go round. Pure, and the same every time.

On working days the head sits and the lobby manager stands; where they are away, a substitute with the fewest days. On
weekends and on holidays everybody of a post's pool counts alike: whoever had fewest of that kind of day comes next, so
that among people who are there equally the counts differ by one at most. What is placed already stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from complaints.duty.rules import (
    DUTY,
    HEAD,
    LOBBY,
    ON_REST_DAYS,
    REQUIRED,
    WORKDAY,
    Away,
    Shift,
    Window,
    gaps_of,
    is_away,
)

HOLDS, STANDS_IN, TURN = "holds", "stands_in", "turn"  # why somebody was proposed


@dataclass(frozen=True)
class Candidate:
    """`order` breaks ties (employee number). `holds`: posts by role; `helps`: posts as a substitute."""

    person: int
    order: str
    holds: frozenset[str] = frozenset()
    helps: frozenset[str] = frozenset()


@dataclass(frozen=True)
class OpenDay:
    day: date
    kind: str
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Proposed:
    day: date
    post: str
    starts: time
    ends: time
    person: int
    stands_in_for: int | None
    why: str
    before: int  # days of this kind that the person had before


@dataclass
class Counts:
    """Days that each person has had, by kind of day."""

    by_kind: dict[tuple[int, str], int] = field(default_factory=dict)

    def of(self, person: int, kind: str) -> int:
        return self.by_kind.get((person, kind), 0)

    def total(self, person: int) -> int:
        return sum(n for (who, _kind), n in self.by_kind.items() if who == person)

    def add(self, person: int, kind: str) -> None:
        self.by_kind[person, kind] = self.of(person, kind) + 1


@dataclass
class _Plan:
    people: Sequence[Candidate]
    away: Away
    counts: Counts
    principals: Mapping[str, int]
    made: list[Proposed] = field(default_factory=list)


def propose(
    *,
    days: Iterable[OpenDay],
    people: Sequence[Candidate],
    away: Away,
    placed: Sequence[Shift] = (),
    before: Mapping[tuple[int, str], int] | None = None,
    principals: Mapping[str, int] | None = None,
) -> list[Proposed]:
    """Duties that fill what `placed` leaves open on `days`.

    `before`: days by (person, kind) of earlier months. `principals`: by post, for whom a substitute stands in.
    """
    days = sorted((day for day in days if day.windows), key=lambda d: d.day)
    plan = _Plan(people, away, Counts(dict(before or {})), principals or {})
    for open_day in days:
        for person in sorted({shift.person for shift in placed if shift.day == open_day.day}):
            plan.counts.add(person, open_day.kind)
    for open_day in days:
        _fill(plan, open_day, [shift for shift in placed if shift.day == open_day.day])
    return plan.made


def _fill(plan: _Plan, open_day: OpenDay, placed: list[Shift]) -> None:
    busy = {shift.person for shift in placed}
    for post in REQUIRED if open_day.kind == WORKDAY else ON_REST_DAYS:
        for starts, ends in _wanted(open_day, post, placed):
            candidate = _next(plan, open_day, post, busy)
            if candidate is None:
                continue
            busy.add(candidate.person)
            before = plan.counts.of(candidate.person, open_day.kind)
            plan.counts.add(candidate.person, open_day.kind)
            why = _why(candidate, post, open_day)
            principal = None if post in candidate.holds or post == DUTY else _principal(plan, post, candidate)
            plan.made.append(Proposed(open_day.day, post, starts, ends, candidate.person, principal, why, before))


def _wanted(open_day: OpenDay, post: str, placed: list[Shift]) -> list[Window]:
    """One shift over the whole day where nobody has the post; else the hours that are left."""
    mine = [shift for shift in placed if shift.post == post]
    if not any(shift.counts for shift in mine):
        return [(open_day.windows[0][0], open_day.windows[-1][1])]
    if post not in REQUIRED:
        return []
    return [(gap.starts, gap.ends) for gap in gaps_of(open_day.day, open_day.windows, mine) if gap.post == post]


def _next(plan: _Plan, open_day: OpenDay, post: str, busy: set[int]) -> Candidate | None:
    there = [one for one in plan.people if one.person not in busy and not is_away(one.person, open_day.day, plan.away)]
    pool = [one for one in there if post == DUTY or post in one.holds | one.helps]
    if open_day.kind == WORKDAY:
        pool = [one for one in pool if post in one.holds] or pool
    if not pool and post in REQUIRED:
        pool = there  # better anybody than a closed door: whoever plans sees who it is
    counts, kind = plan.counts, open_day.kind
    return min(pool, key=lambda one: (counts.of(one.person, kind), counts.total(one.person), one.order), default=None)


def _why(candidate: Candidate, post: str, open_day: OpenDay) -> str:
    if open_day.kind != WORKDAY:
        return TURN
    return HOLDS if post in candidate.holds else STANDS_IN


def _principal(plan: _Plan, post: str, candidate: Candidate) -> int | None:
    principal = plan.principals.get(post)
    return principal if principal != candidate.person else None


def pools(*, person: int, order: str, is_head: bool, is_lobby: bool, is_manager: bool) -> Candidate:
    """Heads sit, customer managers for them; lobby managers stand, tellers for them."""
    holds = {post for post, has in ((HEAD, is_head), (LOBBY, is_lobby)) if has}
    helps = set() if holds else {HEAD if is_manager else LOBBY}
    return Candidate(person, order, frozenset(holds), frozenset(helps))
