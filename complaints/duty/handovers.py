"""The handover sheet between two shifts, signed by both. Nothing deletes it: two years at least (DOMAIN.md 6.3)."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.duty.access import works_at
from complaints.duty.models import Handover
from crm.lib.blanks import clean_text
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.notifications.services import notify
from crm.staff.models import Branch, User


@transaction.atomic
def give(
    *, branch: Branch, actor, now: datetime, taker: User, shift: str = "", equipment: str = "", urgent: str = "", rest: str = ""
) -> Handover:  # fmt: skip
    """Written and signed by whoever hands over; the other person signs next."""
    if not works_at(actor, branch, local_day(now)):
        raise NotYours(_("Whoever works at the outlet hands over there."))
    if taker == actor:
        _at("taker", _("Choose the person who takes over."))
    if not taker.is_active or not works_at(taker, branch, local_day(now)):
        _at("taker", _("%(who)s does not work at this outlet.") % {"who": taker.name})
    values = {
        "shift": typed(shift, 40, field="shift"),
        "equipment": typed(equipment, 500, field="equipment", missing=_("Say how the equipment is.")),
        "urgent": _lines(urgent, 1000, "urgent"),
        "rest": _lines(rest, 2000, "rest"),
    }
    day = local_day(now)
    Branch.objects.select_for_update().get(pk=branch.pk)  # a double click waits here
    same = Handover.objects.unsigned().filter(branch=branch, day=day, giver=actor, taker=taker, shift=values["shift"])
    if same.exists():
        raise TooLate(_("This handover waits for the signature of %(who)s already.") % {"who": taker.name})
    sheet = Handover.objects.create(branch=branch, day=day, giver=actor, taker=taker, given_at=now, **values)
    params = {"who": actor.name, "branch": branch.name, "day": day.isoformat()}
    link = reverse("duty:handovers", args=[branch.code])
    notify(recipient=taker, kind="handover-waits", params=params, link=link, now=now)
    return sheet


@transaction.atomic
def take(*, handover: Handover, actor, now: datetime) -> Handover:
    if handover.taker_id != actor.pk:
        raise NotYours(_("Only the person who takes over signs here."))
    if not Handover.objects.unsigned().filter(pk=handover.pk).update(taken_at=now):
        raise TooLate(_("You have signed this handover already."))
    handover.refresh_from_db(fields=["taken_at"])
    return handover


def _lines(text: str, limit: int, field: str) -> str:
    try:
        return clean_text(text or "", limit, lines=True)
    except ValueError:
        _at(field, _("This takes at most %(n)s characters: shorten it.") % {"n": limit})
        return ""


def _at(field: str, message: str) -> None:
    raise Refused(message, fields={field: [message]})
