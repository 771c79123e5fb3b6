"""A changed calendar or target moves no open case by itself: somebody looks at what would move, says why, and it is kept.

Limits that stand still are left out: they count by the new calendar when they run on. So are limits that an extension
or a regulator set, where targets changed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.cases.transitions import transition
from complaints.clocks import rules, running
from complaints.clocks.asking import reason_of
from complaints.clocks.codes import WORKED, ClockKind
from complaints.clocks.models import Clock, ClockShift, Target
from complaints.clocks.running import Desk
from complaints.clocks.targets import RIGHT
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate

K = ClockKind
Why = ClockShift.Why
REASONS = (Why.CALENDAR, Why.TARGET)


@dataclass(frozen=True)
class Row:
    """One clock that would move, or become certain."""

    clock: Clock
    before: datetime
    after: datetime
    target: Target | None  # the one it would be set to, where targets changed
    is_certain: bool

    @property
    def days(self) -> int:
        return (rules.last_day(self.after) - rules.last_day(self.before)).days


def preview(*, actor, why: str, now: datetime) -> list[Row]:
    """Running limits of open cases in `actor`'s sight that the calendar or targets of today would put elsewhere."""
    visible = Case.objects.visible_to(actor).open()
    clocks = list(
        Clock.objects.running()
        .filter(case__in=visible.values("pk"))
        .select_related("case__respondent", "target")
        .order_by("case", "pk")
    )
    desk = Desk.of({clock.case_id: clock.case for clock in clocks}.values())
    rows: list[Row] = []
    for _case, of_case in groupby(clocks, key=lambda clock: clock.case_id):
        rows += _of_case(list(of_case), why, desk, now)
    return sorted(rows, key=lambda row: (row.after, row.clock.pk))


def fingerprint(rows: list[Row]) -> str:
    """Names exactly this preview: applying another one is refused."""
    text = ";".join(f"{row.clock.pk}:{row.before.isoformat()}:{row.after.isoformat()}:{row.is_certain}" for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@transaction.atomic
def recalculate(*, actor, why: str, reason: str, seen: str, now: datetime) -> int:
    """Move what the preview `seen` showed; how many clocks. Every move is kept, every case has its event."""
    if not actor.has_perm(RIGHT):
        raise NotYours(_("Limits are recalculated by the service office."))
    if why not in REASONS:
        raise Refused(_("Say whether the calendar or the targets changed."))
    reason = reason_of(reason)
    rows = preview(actor=actor, why=why, now=now)
    if fingerprint(rows) != seen:
        raise TooLate(_("Something moved since this preview was made: look at it again."))
    desk = Desk.of({row.clock.case_id: row.clock.case for row in rows}.values())
    by_case = sorted(rows, key=lambda row: (row.clock.case_id, row.clock.pk))
    for _case, group in groupby(by_case, key=lambda row: row.clock.case_id):
        of_case = list(group)
        case = of_case[0].clock.case
        facts = {"why": why, "clocks": len(of_case)}
        transition(case=case, action=Action.RECALCULATE, actor=actor, now=now, reason=reason, facts=facts)
        for row in of_case:
            _apply(row, case, desk, now, {"why": why, "actor": actor, "reason": reason})
        running.keep_nearest(case)
    return len(rows)


def _apply(row: Row, case: Case, desk: Desk, now: datetime, why: dict) -> None:
    clock = row.clock
    if row.target:
        clock.unit, clock.amount = row.target.unit, row.target.amount
        Clock.objects.filter(pk=clock.pk).update(target=row.target)
    running.move(clock=clock, due=row.after, at=now, desk=desk, case=case, **why)


def _of_case(clocks: list[Clock], why: str, desk: Desk, now: datetime) -> list[Row]:
    """Of one case, the statutory limit first: the internal one ends before it."""
    found, statutory = [], None
    extended = any(
        clock.kind == K.STATUTORY and clock.target and clock.amount > clock.target.amount for clock in clocks
    )
    for clock in sorted(clocks, key=lambda c: (c.kind != K.STATUTORY, c.pk)):
        kept = why != Why.TARGET or (extended and clock.kind in rules.PAUSABLE)
        target = None if kept else _other_target(clock, desk, now)
        row = _row(clock, target, desk, statutory)
        if clock.kind == K.STATUTORY:
            statutory = row.after
        if row.after != row.before or row.is_certain != clock.is_certain:
            found.append(row)
    return found


def _row(clock: Clock, target: Target | None, desk: Desk, statutory: datetime | None) -> Row:
    calendar = desk.calendar(clock.case, clock.kind)
    unit, amount = (target.unit, target.amount) if target else (clock.unit, clock.amount)
    paused = clock.paused_amount if unit == clock.unit else 0
    due = rules.due_moment(clock.started_at, amount + paused, unit, calendar)
    if clock.kind == K.INTERNAL:
        due = rules.internal_due(due, statutory)
    years = calendar.unknown_years(local_day(clock.started_at), rules.last_day(due))
    return Row(clock, clock.due_at, due, target, not (years and unit in WORKED))


def _other_target(clock: Clock, desk: Desk, now: datetime) -> Target | None:
    """The target of today where it says something else than the clock's own; none for a regulator's day."""
    if clock.target is None:
        return None
    found = desk.target(clock.case, clock.kind, now)
    if found is None or (found.unit, found.amount) == (clock.unit, clock.amount):
        return None
    return found
