"""Check-in and check-out on the day, by the server's clock; what is missing is told to the head within minutes."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.duty.lobby import remind_of_logs
from complaints.duty.models import Duty, Roster
from complaints.duty.swaps import decider_for
from crm.lib.dates import SHANGHAI, local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.services import notify

EARLY = timedelta(minutes=30)  # the lobby is made ready half an hour before opening (DOMAIN.md 6.4)
GRACE = timedelta(minutes=5)
BATCH = 500


def starts_at(duty: Duty) -> datetime:
    return datetime.combine(duty.day, duty.starts, SHANGHAI)


def ends_at(duty: Duty) -> datetime:
    return datetime.combine(duty.day, duty.ends, SHANGHAI)


@transaction.atomic
def check_in(*, duty: Duty, actor, now: datetime) -> Duty:
    """At the earliest half an hour before; late is better than never, but not once the duty is over."""
    _ensure_own(duty, actor)
    if duty.roster.state != Roster.State.PUBLISHED:
        raise Refused(_("This roster is not published yet."))
    if now < starts_at(duty) - EARLY:
        told = {"time": f"{starts_at(duty) - EARLY:%Y-%m-%d %H:%M}"}
        raise Refused(_("Too early: you can check in from %(time)s.") % told)
    if now >= ends_at(duty):
        raise Refused(_("This duty is over."))
    rows = Duty.objects.of(actor).filter(pk=duty.pk, checked_in_at=None)
    if not rows.update(checked_in_at=now):
        raise TooLate(_("This duty is checked in already, or somebody else's by now."))
    duty.refresh_from_db(fields=["checked_in_at"])
    return duty


@transaction.atomic
def check_out(*, duty: Duty, actor, now: datetime) -> Duty:
    _ensure_own(duty, actor)
    if duty.checked_in_at is None:
        raise Refused(_("Check in first."))
    if local_day(now) != duty.day:
        raise Refused(_("Checking out is for the same day."))
    rows = Duty.objects.of(actor).filter(pk=duty.pk, checked_out_at=None).exclude(checked_in_at=None)
    if not rows.update(checked_out_at=now):
        raise TooLate(_("This duty is checked out already."))
    duty.refresh_from_db(fields=["checked_out_at"])
    return duty


def _ensure_own(duty: Duty, actor) -> None:
    if duty.person_id != actor.pk:
        raise NotYours(_("Only whoever has the duty checks in and out."))


def raise_missing(now: datetime) -> int:
    """Tell of every duty that began minutes ago without a check-in, once; how many were told.

    Reads only what is due (`duty_unseen`). Safe in parallel and twice: the row is claimed before the notice.
    """
    moment = (now - GRACE).astimezone(SHANGHAI)
    today = moment.date()
    rows = Duty.objects.unseen(today - timedelta(days=1), today).exclude(day=today, starts__gt=moment.time())
    found = 0
    for duty in rows.for_page().order_by("day", "starts", "pk")[:BATCH]:
        with transaction.atomic():
            claimed = Duty.objects.filter(pk=duty.pk, version=duty.version, checked_in_at=None, missed_at=None).update(
                missed_at=now
            )
            if claimed:
                _tell_of(duty, now)
                found += 1
    return found


def _tell_of(duty: Duty, now: datetime) -> None:
    """The head, the next level up for a head's own, and the person."""
    params = {"who": duty.person.name, "day": duty.day.isoformat(), "branch": duty.branch.name, "time": f"{duty.starts:%H:%M}"}  # fmt: skip
    above = decider_for(duty, duty.person)
    link = reverse("duty:lobby", args=[duty.branch.code])
    if above:
        notify(recipient=above, kind="duty-missed", params=params, link=link, now=now)
    notify(recipient=duty.person, kind="duty-yours-missed", params=params, link=reverse("duty:mine"), now=now)


def sweep(now: datetime) -> int:
    """Every minute: missing check-ins, and lobby logs unfinished an hour after closing."""
    return raise_missing(now) + remind_of_logs(now)
