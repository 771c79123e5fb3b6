"""More time than the law gives at first: to 30 days by the office, to 60 by the upper level or head office.

Asked for with a reason, decided by another person, told to the customer (Order 2020 No. 3). The internal limit goes
along: it is the day before the statutory one then.
"""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints.cases.access import ensure_may
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks import rules, running
from complaints.clocks.acting import act
from complaints.clocks.asking import ensure_other, ensure_undecided, reason_of, statutory_of, told_customer
from complaints.clocks.codes import ClockKind, Unit
from complaints.clocks.models import Clock, ClockShift, Extension
from complaints.clocks.running import Desk
from complaints.clocks.telling import deciders_of, tell
from crm.lib.refusals import Refused, TooLate

K = ClockKind
STEP_ACTIONS = {1: Action.EXTEND, 2: Action.EXTEND_AGAIN}


def next_step(case: Case) -> int | None:
    """1 or 2; None when both were granted."""
    granted = Extension.objects.of_round(case).granted().count()
    return granted + 1 if granted < len(STEP_ACTIONS) else None


@transaction.atomic
def ask_extension(*, case: Case, reason: str, actor, now: datetime) -> Extension:
    """Ask for the next step. Refused once the limit has passed, while paused, or when there is none left."""
    ensure_may(case, Action.ASK_EXTENSION, actor)
    reason = reason_of(reason)
    step = next_step(case)
    if step is None:
        raise Refused(_("The law allows no third extension."))
    _ensure_runs(case, now)
    if Extension.objects.of_round(case).undecided().exists():
        raise Refused(_("An extension is asked for already: it waits for its decision."))
    act(case=case, action=Action.ASK_EXTENSION, actor=actor, now=now, reason=reason, facts={"step": step})
    try:
        with transaction.atomic():
            extension = Extension.objects.create(
                case=case, round=case.round, step=step, reason=reason, asked_by=actor, asked_at=now
            )
    except IntegrityError as error:
        raise TooLate(_("An extension is asked for already: it waits for its decision.")) from error
    tell(case=case, people=deciders_of(case, step, actor), kind="extension-asked", by=actor, now=now)
    return extension


@transaction.atomic
def decide_extension(
    *, extension: Extension, case: Case, grant: bool, comment: str = "", means: str = "", told_at: datetime | None = None, actor, now: datetime
) -> Extension:  # fmt: skip
    """Grant (the customer has been told, how and when is kept) or refuse with a reason."""
    action = STEP_ACTIONS[extension.step]
    ensure_may(case, action, actor)
    ensure_undecided(extension, case)
    ensure_other(extension, actor)
    values: dict = {"decided_by": actor, "decided_at": now, "granted": grant}
    if grant:
        _ensure_runs(case, now)
        values |= told_customer(means, told_at, extension.asked_at, now) | {"comment": comment[:300]}
    else:
        values["comment"] = reason_of(comment, field="comment")
    act(case=case, action=action, actor=actor, now=now, facts={"step": extension.step, "granted": grant})
    if not Extension.objects.undecided().filter(pk=extension.pk).update(**values):
        raise TooLate(_("Somebody decided on this already."))
    if grant:
        _move(case, extension, actor, now)
    kind = "extension-granted" if grant else "extension-refused"
    tell(case=case, people=[extension.asked_by, case.investigator, case.officer], kind=kind, by=actor, now=now)
    extension.refresh_from_db()
    return extension


def _ensure_runs(case: Case, now: datetime) -> Clock:
    clock = statutory_of(case, now)
    if clock.paused_at:
        raise Refused(_("The case is paused: let its limits run on first."))
    return clock


def _move(case: Case, extension: Extension, actor, now: datetime) -> list[ClockShift]:
    desk, days = Desk.of([case]), Decimal(rules.EXTENDED[extension.step])
    why = {"why": ClockShift.Why.EXTENSION, "actor": actor, "reason": extension.reason}
    clocks = Clock.objects.of(case).running().filter(round=case.round, kind__in=[K.STATUTORY, K.INTERNAL])
    found = {clock.kind: clock for clock in clocks.order_by("pk")}
    statutory = found[K.STATUTORY]
    shifts = []
    for clock in sorted(found.values(), key=lambda c: c.pk):
        clock.unit, clock.started_at = Unit.NATURAL_DAYS, statutory.started_at
        clock.paused_amount = statutory.paused_amount
        clock.amount = days if clock.kind == K.STATUTORY else days - 1
        due = running.own_due(clock, desk.calendar(case, clock.kind))
        shifts += running.move(clock=clock, due=due, at=now, desk=desk, case=case, **why)
    running.keep_nearest(case)
    return shifts
