"""Deletions for tests, made through the services; a clock that vouches for any moment."""

from datetime import datetime, time, timedelta

from archives.changes.matters import decide_matter
from archives.models import Clock, Deletion
from archives.retention.clock import ROW
from archives.retention.services import propose_deletion
from crm.lib.dates import SHANGHAI


def vouch(now: datetime) -> None:
    """The clock has run steadily for a long time and vouches for `now`."""
    Clock.objects.update_or_create(
        pk=ROW, defaults={"seen_at": now, "trusted_at": now, "steady_since": now - timedelta(days=30)}
    )


def delete(*, customer=None, item=None, proposer, approver, now, category="dead", **options) -> Deletion:
    """Propose and approve the deletion of `customer` or `item`."""
    request = propose_deletion(
        customer=customer,
        item=item,
        proposer=proposer,
        category=category,
        reason_text=options.pop("reason_text", "多次联系不上，已核实"),
        now=now,
        **options,
    )
    decide_matter(request=request, actor=approver, accept=True, now=now)
    return Deletion.objects.get(request=request)


def due(deletion: Deletion) -> datetime:
    """The first moment at which `deletion` may be purged; the clock vouches for it."""
    moment = datetime.combine(deletion.keep_until + timedelta(days=1), time(0, 0, 1), SHANGHAI)
    vouch(moment)
    return moment


def text(response) -> str:
    return response.content.decode()
