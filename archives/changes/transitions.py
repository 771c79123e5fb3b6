"""The one way a change request changes its state: claim by compare-and-set, then write the event."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from archives.changes.models import ChangeEvent, ChangeRequest, Status
from archives.changes.rules import Action, target
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import Refused, TooLate


def transition(
    *, request: ChangeRequest, action: Action, actor, now: datetime, reason: str = "", **changes
) -> ChangeRequest:
    """Move `request` from the status and version that the caller saw, write `changes` and the event row.

    Call it inside the transaction of what follows from it. Whoever comes second gets TooLate; an action
    that the table does not know from that status is Refused. `request` is refreshed.
    """
    to = target(request.status, action)
    if to is None:
        raise already(request) or Refused(_("This cannot be done in the request's present state."))
    before = request.status
    claimed = ChangeRequest.objects.filter(pk=request.pk, status=before, version=request.version).update(
        status=to, version=F("version") + 1, **changes
    )
    if not claimed:
        raise already(ChangeRequest.objects.get(pk=request.pk)) or TooLate(
            _("This request has changed since you opened it. Look at it again."), request=request
        )
    request.refresh_from_db()
    record_event(request=request, action=action, before=before, actor=actor, reason=reason, now=now)
    return request


def record_event(*, request, action: Action, before: str, actor, now: datetime, reason: str = "") -> ChangeEvent:
    return ChangeEvent.objects.create(
        request=request,
        round=request.round,
        from_status=before,
        to_status=request.status,
        action=action,
        actor=actor,
        reason=reason[:500],
        at=now,
    )


def already(request: ChangeRequest) -> TooLate | None:
    """What to tell whoever comes after the end of a request; None while it is open."""
    if request.is_open:
        return None
    if request.decided_by_id and request.status in (Status.APPROVED, Status.PARTLY, Status.REJECTED):
        sentence = _("Already decided by %(who)s at %(when)s: %(status)s.")
        who, at = request.decided_by.name, request.decided_at
    else:
        last = request.events.select_related("actor").last()
        sentence = _("No longer open since %(when)s: %(status)s.")
        who, at = (last.actor.name if last.actor else ""), last.at
    when = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return TooLate(sentence % {"who": who, "when": when, "status": request.get_status_display()}, request=request)
