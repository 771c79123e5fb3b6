"""What people say of archives that look dead: a sign they noted, or why a candidate is alive."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from archives.customers.models import Customer
from archives.retention.finding import look_again
from archives.retention.models import DeadCandidate, DeadSign
from crm.lib.dates import local_day
from crm.lib.refusals import Refused, TooLate
from crm.lib.wording import typed


def note_sign(*, customer: Customer, kind: str, day: date, note: str = "", actor, now: datetime) -> DeadSign:
    """One sign a day and kind; the archive's own candidates follow at once."""
    today = local_day(now)
    if day > today:
        raise Refused(_("The day lies in the future."), fields={"day": [_("The day lies in the future.")]})
    try:
        with transaction.atomic():
            sign = DeadSign.objects.create(
                customer=customer, kind=kind, day=day, note=typed(note, 200, field="note"), noted_by=actor
            )
            look_again(customer=customer, today=today)
    except IntegrityError as error:
        there = DeadSign.objects.select_related("noted_by").get(customer=customer, kind=kind, day=day)
        raise TooLate(_("%(who)s has noted this for the day already.") % {"who": there.noted_by.name}) from error
    return sign


def dismiss_candidate(*, candidate: DeadCandidate, reason: str, actor, now: datetime) -> None:
    """Say why the archive is alive; it stays off the list until the evidence changes."""
    text = typed(reason, 200, field="reason", missing=_("Say why the archive is alive."))
    seen = DeadCandidate.objects.filter(pk=candidate.pk, dismissed_by=None, found_on=candidate.found_on)
    if not seen.update(dismissed_by=actor, dismissed_on=local_day(now), dismiss_reason=text):
        raise _too_late(candidate)


def _too_late(candidate: DeadCandidate) -> TooLate:
    fresh = DeadCandidate.objects.select_related("dismissed_by").filter(pk=candidate.pk).first()
    if fresh is None or fresh.dismissed_by is None:
        return TooLate(_("This candidate has changed since you opened the list. Look at it again."))
    said = {"who": fresh.dismissed_by.name, "why": fresh.dismiss_reason}
    return TooLate(_("%(who)s has dismissed this candidate already: %(why)s") % said)
