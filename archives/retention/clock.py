"""A clock that cannot be hurried: purges go by the moment it vouches for, never by the wall clock alone.

Readings are taken every hour, at every approval and at every confirmation of a purge. After a jump forward the
vouched moment stands still until the clock has run steadily for a day; a clock that went back is refused.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from archives.changes.refusals import Refused
from archives.retention.models import Clock
from archives.retention.rules import STEADY, steady_after, trusted_after, went_back
from crm.jobs.registry import JobError
from crm.lib.dates import SHANGHAI

ROW = 1


def reading(*, now: datetime) -> Clock:
    """Take a reading and write it down. Raise Refused when the clock went back; nothing is written then.

    The first reading is believed: there was nothing before it that could be purged.
    """
    with transaction.atomic():
        Clock.objects.bulk_create(
            [Clock(pk=ROW, seen_at=now, steady_since=now - STEADY, trusted_at=now)], ignore_conflicts=True
        )
        rows = Clock.objects.all()
        clock = (rows.select_for_update() if connection.features.has_select_for_update else rows).get(pk=ROW)
        if went_back(clock.seen_at, now):
            raise Refused(
                _("The system's clock went back: it shows %(now)s, but %(seen)s was seen already. Have it set right.")
                % {"now": _shown(now), "seen": _shown(clock.seen_at)}
            )
        clock.steady_since = steady_after(seen=clock.seen_at, steady_since=clock.steady_since, now=now)
        clock.trusted_at = trusted_after(trusted=clock.trusted_at, steady_since=clock.steady_since, now=now)
        clock.seen_at = max(clock.seen_at, now)
        clock.save()
    return clock


def watch(*, period: str, run, now: datetime) -> None:
    """The hourly reading; a clock that went back is told to the administrators by the ledger."""
    try:
        reading(now=now)
    except Refused as refusal:
        raise JobError(refusal.message) from refusal


def accept_clock(*, now: datetime) -> Clock:
    """After a clock that was wrong was set right: begin anew from `now`. It can only make purges later."""
    with transaction.atomic():
        clock = Clock.objects.filter(pk=ROW).first()
        if clock is None:
            return reading(now=now)
        clock.seen_at, clock.steady_since, clock.trusted_at = now, now, min(clock.trusted_at, now)
        clock.save()
    return clock


def _shown(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
