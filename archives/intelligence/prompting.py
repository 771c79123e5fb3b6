"""Items that go out of date: whoever answers for one is asked whether it is still right. Once for each staleness."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from archives.intelligence.models import Intelligence
from archives.intelligence.rules import PROMPT_DAYS
from archives.intelligence.selectors import freshness_of
from crm.jobs.models import JobRun
from crm.jobs.services import heartbeat
from crm.lib.dates import local_day
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up, outlet_head

READ = "archives.view_intelligence"


def prompt_stale(*, now: datetime) -> dict[str, int]:
    """Notices about items that are stale or will be within fourteen days; those proposed for deletion are left alone.

    Safe to run twice, and at once: `prompted_at` is claimed in the transaction of the notice.
    """
    today = local_day(now)
    soon = today + timedelta(days=PROMPT_DAYS + 1)
    due = Intelligence.objects.stale(soon).filter(prompted_at=None).exclude(change_requests__status="pending")
    counts = {"prompted": 0, "nobody": 0}
    for item in due.select_related("branch", "created_by").defer("text").order_by("pk"):
        recipient = _answering(item)
        if recipient is None:
            counts["nobody"] += 1
        else:
            counts["prompted"] += _prompt(item, recipient, now)
    return counts


def _answering(item: Intelligence):
    """The author; where they left or read no intelligence any more, the head of its branch or the level above."""
    author = item.created_by
    if author.is_active and author.has_perm(READ):
        return author
    return outlet_head(item.branch) or next_level_up(item.branch)


def _prompt(item: Intelligence, recipient, now: datetime) -> int:
    with transaction.atomic():
        claimed = Intelligence.objects.filter(pk=item.pk, version=item.version, prompted_at=None)
        if not claimed.update(prompted_at=now):
            return 0
        last = freshness_of(item, local_day(now)).last
        notify(
            recipient=recipient,
            kind="intelligence-stale",
            params={"number": item.number, "day": last.isoformat()},
            link=reverse("intelligence:detail", args=[item.number]),
            now=now,
        )
    return 1


def run(*, period: str, run: JobRun, now: datetime) -> None:
    heartbeat(run, counts=prompt_stale(now=now))
