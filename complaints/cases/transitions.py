"""The one way a case changes its state: claim by compare-and-set, then write the event."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from complaints.cases.access import ensure_may
from complaints.cases.models import Case, CaseEvent
from complaints.cases.rules import Action, step
from crm.lib.refusals import Refused, TooLate


def transition(
    *, case: Case, action: Action, actor, now: datetime, reason: str = "", facts: dict | None = None, **changes
) -> CaseEvent:
    """Move `case` from the state and version that the caller saw, write `changes` on it and the event.

    `actor` None is the system. Call it inside the transaction of what follows from it. Raise Refused where the table
    knows no such step, NotYours where it is somebody else's, TooLate for whoever comes second. `case` is refreshed.
    """
    found = step(case.state, action, case.kind)
    if found is None:
        raise Refused(_("The case %(number)s is at “%(state)s”: this step is not possible now.") % {"number": case.number, "state": case.get_state_display()})  # fmt: skip
    role = ensure_may(case, action, actor)
    before = case.state
    claimed = Case.objects.filter(pk=case.pk, state=before, version=case.version).update(
        state=found.to or before, version=F("version") + 1, **changes
    )
    if not claimed:
        raise too_late(case)
    case.refresh_from_db()
    return CaseEvent.objects.create(
        case=case,
        round=case.round,
        action=action,
        frm=before,
        to=case.state,
        role=role,
        actor=actor,
        reason=reason[:500],
        facts=facts or {},
        at=now,
    )


def too_late(case: Case) -> TooLate:
    last = case.events.select_related("actor").last()
    who = last.actor.name if last and last.actor else _("the system")
    fresh = Case.objects.get(pk=case.pk)
    return TooLate(
        _("%(who)s was first: the case %(number)s is at “%(state)s” now. Look at it again.")
        % {"who": who, "number": case.number, "state": fresh.get_state_display()}
    )
