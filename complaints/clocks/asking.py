"""What asking for a pause or an extension, and deciding on it, have in common."""

from datetime import datetime

from django.utils.translation import gettext as _

from complaints.cases.codes import Means
from complaints.cases.models import Case
from complaints.clocks.codes import ClockKind
from complaints.clocks.models import Clock, Extension, Pause
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.staff.models import User

REASON = 300


def ensure_other(asked: Pause | Extension, actor: User) -> None:
    if asked.asked_by_id == actor.pk:
        raise NotYours(_("Somebody else decides on what you asked for."))


def ensure_undecided(asked: Pause | Extension, case: Case) -> None:
    """The row is of this case and round and nobody decided on it yet."""
    if asked.case_id != case.pk or asked.round != case.round:
        raise Refused(_("This belongs to another case or an earlier round."))
    if asked.granted is not None:
        who = asked.decided_by.name if asked.decided_by else _("the system")
        raise TooLate(_("%(who)s decided on this already.") % {"who": who})


def told_customer(means: str, told_at: datetime | None, asked_at: datetime, now: datetime) -> dict:
    """How and when the customer was told, checked: it comes before what is granted begins."""
    if means not in Means:
        raise Refused(_("Say how the customer was told."), fields={"means": [_("Say how the customer was told.")]})
    if told_at is None:
        raise Refused(_("Say when the customer was told."), fields={"told_at": [_("Say when the customer was told.")]})
    if told_at > now or told_at < asked_at:
        text = _("The customer is told after it was asked for and before it begins.")
        raise Refused(text, fields={"told_at": [text]})
    return {"told_by_means": means, "told_at": told_at}


def reason_of(text: str, field: str = "reason") -> str:
    return typed(text, REASON, field=field, missing=_("Give a reason."))


def statutory_of(case: Case, now: datetime) -> Clock:
    """The statutory clock of the round, running or paused; Refused where it has passed or was never there."""
    clock = Clock.objects.of(case).open().filter(round=case.round, kind=ClockKind.STATUTORY).first()
    if clock is None:
        raise Refused(_("No statutory limit runs in this case."))
    if clock.paused_at is None and clock.due_at < now:
        raise Refused(_("The statutory limit has passed: it can be neither extended nor paused any more."))
    return clock
