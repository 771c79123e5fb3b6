"""Limits that move because the matter itself changed: new facts, another level."""

from datetime import datetime
from decimal import Decimal

from complaints.cases.models import Case
from complaints.clocks import rules, running
from complaints.clocks.codes import ClockKind, Unit
from complaints.clocks.models import Clock, ClockShift, Extension
from complaints.clocks.running import Desk
from crm.lib.dates import local_day

K = ClockKind
Why = ClockShift.Why


def restart(*, case: Case, desk: Desk, actor, now: datetime) -> list[ClockShift]:
    """New facts and reasons: the period begins again on the day they arrive (Order 2020 No. 3).

    A clock that is paused stays paused, with the whole period left.
    """
    rows = Clock.objects.of(case).open().filter(round=case.round, kind__in=rules.RESTARTABLE)
    clocks = {clock.kind: clock for clock in rows}
    shifts: list[ClockShift] = []
    statutory: datetime | None = None
    for kind in (K.STATUTORY, K.INTERNAL, K.PLAN):
        clock = clocks.get(kind)
        if clock is None:
            continue
        calendar = desk.calendar(case, kind)
        clock.started_at, clock.paused_amount = now, Decimal(0)
        clock.lap, clock.said_level = clock.lap + 1, 0
        due = running.own_due(clock, calendar)
        if kind == K.STATUTORY:
            statutory = due
        if kind == K.INTERNAL:
            due = rules.internal_due(due, statutory)
        if clock.paused_at:
            clock.paused_at, clock.left = now, rules.left_of(now, due, clock.unit, calendar)
        shifts += running.move(clock=clock, due=due, at=now, desk=desk, case=case, why=Why.NEW_FACTS, actor=actor)
    return shifts


def relevel(*, case: Case, desk: Desk, actor, now: datetime) -> list[ClockShift]:
    """Another level has another internal target; an extension that was granted stands."""
    if Extension.objects.of_round(case).granted().exists():
        return []
    clocks = {clock.kind: clock for clock in _running(case)}
    clock = clocks.get(K.INTERNAL)
    target = desk.target(case, K.INTERNAL, clock.started_at) if clock else None
    if clock is None or target is None or clock.target is None or target.level == clock.target.level:
        return []
    clock.unit, clock.amount = target.unit, target.amount
    Clock.objects.filter(pk=clock.pk).update(target=target)
    statutory = clocks.get(K.STATUTORY)
    due = rules.internal_due(running.own_due(clock, desk.calendar(case, K.INTERNAL)), statutory.due_at if statutory else None)  # fmt: skip
    return running.move(clock=clock, due=due, at=now, desk=desk, case=case, why=Why.LEVEL, actor=actor)


def meet_regulator(*, case: Case, desk: Desk, actor, now: datetime) -> list[ClockShift]:
    """The day that the body which passed the case on waits for, where its clock ran to another one."""
    clock = Clock.objects.of(case).running().filter(round=case.round, kind=K.REGULATOR).first()
    if clock is None or case.regulator_due_on is None:
        return []
    clock.unit, clock.paused_amount = Unit.NATURAL_DAYS, Decimal(0)
    clock.amount = Decimal(max((case.regulator_due_on - local_day(clock.started_at)).days, 1))
    due = running.own_due(clock, desk.calendar(case, K.REGULATOR))
    return running.move(clock=clock, due=due, at=now, desk=desk, case=case, why=Why.REGULATOR, actor=actor)


def _running(case: Case):
    rows = Clock.objects.of(case).running().filter(round=case.round, kind__in=rules.RESTARTABLE)
    return rows.select_related("target").order_by("pk")
