"""The one way a deletion changes its state: claim by compare-and-set, or learn who was first."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from archives.retention.models import Deletion, Tombstone
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import TooLate


def claim(*, deletion: Deletion, **changes) -> Deletion:
    """Move `deletion` on from the state and version that the caller saw; call inside the transaction of what follows.

    Whoever comes second gets TooLate with who was first.
    """
    claimed = Deletion.objects.filter(pk=deletion.pk, state=deletion.state, version=deletion.version).update(
        version=F("version") + 1, **changes
    )
    if not claimed:
        raise too_late(deletion)
    return Deletion.objects.select_related("customer", "item", "request", "branch").get(pk=deletion.pk)


def too_late(deletion: Deletion) -> TooLate:
    fresh = Deletion.objects.select_related("restored_by", "confirmed_by").filter(pk=deletion.pk).first()
    if fresh is None:
        return _purged(deletion)
    if fresh.state == Deletion.State.RESTORED:
        return _told(_("Already restored by %(who)s at %(when)s."), fresh.restored_by, fresh.restored_at)
    if fresh.state == Deletion.State.SEALED and deletion.state != fresh.state:
        return _told(_("Already sealed by %(who)s at %(when)s."), fresh.confirmed_by, fresh.confirmed_at)
    return TooLate(_("This has changed since you opened it. Look at it again."))


def _purged(deletion: Deletion) -> TooLate:
    stone = Tombstone.objects.select_related("confirmer").filter(number=deletion.number).first()
    if stone is None:
        return TooLate(_("This has changed since you opened it. Look at it again."))
    return _told(_("Already purged by %(who)s at %(when)s."), stone.confirmer, stone.purged_at)


def _told(sentence: str, who, at: datetime | None) -> TooLate:
    when = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else ""
    return TooLate(sentence % {"who": who.name if who else "", "when": when})
