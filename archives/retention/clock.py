"""A clock that cannot be hurried: purges go by the moment it vouches for, never by the wall clock alone.

Readings are taken every hour, at every approval and at every confirmation of a purge. After a jump forward the
vouched moment stands still until the clock has run steadily for a day; a clock that went back is refused.
"""

from datetime import datetime
from typing import cast

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from archives.retention.models import Clock, Deletion
from archives.retention.rules import STEADY, Watch, went_back
from crm.jobs.registry import JobError
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import Refused

ROW = 1


def reading(*, now: datetime) -> Clock:
    """Take a reading and write it down. Raise Refused when the clock went back; nothing is written then."""
    with transaction.atomic():
        clock = _locked() or _first(now)
        if went_back(clock.seen_at, now):
            raise Refused(
                _("The system's clock went back: it shows %(now)s, but %(seen)s was seen already. Have it set right.")
                % {"now": _shown(now), "seen": _shown(clock.seen_at)}
            )
        watch = _watch(clock).after(now)
        clock.seen_at, clock.steady_since, clock.trusted_at = watch.seen, watch.steady_since, watch.trusted
        clock.save()
    return clock


def vouched(*, now: datetime) -> datetime:
    """The moment that the clock vouches for at `now`, never later than `now`; writes nothing: for pages."""
    clock = Clock.objects.filter(pk=ROW).first() or _beginning(now)
    watch = _watch(clock)
    return min(watch.trusted if went_back(watch.seen, now) else watch.after(now).trusted, now)


def watch_clock(*, period: str, run, now: datetime) -> None:
    """The hourly reading; the ledger tells the administrators of a clock that went back."""
    try:
        reading(now=now)
    except Refused as refusal:
        raise JobError(refusal.message) from refusal


def accept_clock(*, now: datetime) -> Clock:
    """After a wrong clock was set right: begin anew from `now`. Purges can only become later by it."""
    with transaction.atomic():
        clock = _locked() or _first(now)
        clock.seen_at, clock.steady_since, clock.trusted_at = now, now, min(clock.trusted_at, now)
        clock.save()
    return clock


def _watch(clock: Clock) -> Watch:
    return Watch(clock.seen_at, clock.steady_since, clock.trusted_at)


def _locked() -> Clock | None:
    rows = Clock.objects.all()
    return (rows.select_for_update() if connection.features.has_select_for_update else rows).filter(pk=ROW).first()


def _first(now: datetime) -> Clock:
    Clock.objects.bulk_create([_beginning(now)], ignore_conflicts=True)
    return cast(Clock, _locked())


def _beginning(now: datetime) -> Clock:
    """Believed at once where nothing was ever deleted; else the row was lost, and the clock has to prove itself."""
    last = Deletion.objects.aggregate(last=Max("approved_at"))["last"]
    if last is None:
        return Clock(pk=ROW, seen_at=now, steady_since=now - STEADY, trusted_at=now)
    return Clock(pk=ROW, seen_at=max(last, now), steady_since=now, trusted_at=min(last, now))


def _shown(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
