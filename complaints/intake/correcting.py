"""The time of receipt, corrected: set by the server, moved only by the office, with its reason and on the record."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.access import roles_of
from complaints.cases.codes import Role
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks import rules, running
from complaints.clocks.acting import act
from complaints.clocks.codes import ClockKind
from complaints.clocks.models import Clock, ClockShift
from complaints.clocks.running import Desk
from complaints.intake.amending import ensure_step
from complaints.intake.registering import at, received
from complaints.intake.rules import LENGTHS
from crm.lib.refusals import NotYours
from crm.lib.wording import typed


@transaction.atomic
def correct_received(*, case: Case, received_at: datetime | None, reason: str, actor, now: datetime) -> Case:
    """Limits that ran from the old moment run from the new one; what has ended keeps its result."""
    ensure_step(case, Action.SUPPLEMENT, actor)
    if Role.OFFICE not in roles_of(case, actor):
        raise NotYours(_("Only the service office corrects when a case was received."))
    if received_at is None:
        raise at("received_at", _("Say when."))
    moment = received(received_at, now)
    if moment > case.registered_at:
        raise at("received_at", _("It was registered before that."))
    reason = typed(reason, LENGTHS["reason"], field="reason", missing=_("Say why: the reason stays with the record."))
    before = case.received_at
    if moment == before:
        raise at("received_at", _("Nothing would change: every value is already so."))
    facts = {"received": [before.isoformat(), moment.isoformat()]}
    act(case=case, action=Action.SUPPLEMENT, actor=actor, now=now, reason=reason, facts=facts, received_at=moment)
    _move_clocks(case, before, reason, actor, now)
    return case


def _move_clocks(case: Case, before: datetime, reason: str, actor, now: datetime) -> None:
    desk = Desk.of([case])
    rows = Clock.objects.of(case).open().filter(round=case.round, started_at=before).order_by("pk")
    clocks = {clock.kind: clock for clock in rows}
    statutory: datetime | None = None
    for kind in sorted(clocks, key=lambda kind: (kind != ClockKind.STATUTORY, kind)):
        clock = clocks[kind]
        clock.started_at = case.received_at
        due = running.own_due(clock, desk.calendar(case, kind))
        if kind == ClockKind.STATUTORY:
            statutory = due
        if kind == ClockKind.REGULATOR and case.regulator_due_on:
            due = clock.due_at  # a day that the regulator set stands
        if kind == ClockKind.INTERNAL:
            due = rules.internal_due(due, statutory)
        if clock.paused_at:
            clock.left = rules.left_of(clock.paused_at, due, clock.unit, desk.calendar(case, kind))
        running.move(clock=clock, due=due, at=now, desk=desk, case=case, why=ClockShift.Why.RECEIVED, actor=actor, reason=reason)  # fmt: skip
    running.keep_nearest(case)
