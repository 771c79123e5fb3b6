"""Jobs of the ground floor: old sessions, failures and notices go, administrators hear of a missing calendar."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.jobs.periods import daily, first_day, monthly
from crm.jobs.registry import Job
from crm.jobs.services import heartbeat, yield_if_long
from crm.notifications.models import Notice
from crm.notifications.services import notify
from crm.staff.locks import forget_failures
from crm.staff.models import LoginSession, User
from crm.staff.roles import Role
from crm.workdays.models import CalendarYear

NOTICES_KEPT = timedelta(days=200)
SESSIONS_KEPT = timedelta(days=2)
CHUNK = 1000


def expire_sessions(*, period, run, now):
    """Sessions past their end, sign-in rows that no session stands behind any more, failures that count no longer."""
    sessions = Session.objects.filter(expire_date__lt=now).delete()[0]
    signed_in = LoginSession.objects.filter(last_seen_at__lt=now - SESSIONS_KEPT).delete()[0]
    heartbeat(run, counts={"sessions": sessions, "sign-ins": signed_in, "failures": forget_failures(now=now)})


def prune_notices(*, period, run, now):
    """Read notices older than 200 days, a thousand at a time; unread ones stay."""
    old = Notice.objects.filter(read_at__lt=now - NOTICES_KEPT).order_by("pk")
    done = run.done
    while keys := list(old.values_list("pk", flat=True)[:CHUNK]):
        done += Notice.objects.filter(pk__in=keys).delete()[0]
        heartbeat(run, done=done)
        yield_if_long(run)


def warn_of_missing_calendar(*, period, run, now):
    """From November on, once a month: tell every administrator that next year is unknown."""
    month = first_day(period)
    year = month.year + 1
    if month.month < 11 or CalendarYear.objects.filter(year=year).exists():
        return
    admins = User.objects.active().with_role(Role.ADMIN)
    for admin in admins:
        notify(
            recipient=admin,
            kind="calendar-missing",
            params={"year": year},
            link=reverse("admin:workdays_calendaryear_changelist"),
            now=now,
            dedupe_key=f"calendar-missing:{period}:{admin.pk}",
        )
    heartbeat(run, counts={"told": len(admins)})


JOBS = [
    Job(
        name="expire-sessions",
        title=_("Remove ended sessions"),
        periods=daily("expire-sessions", hour=3),
        run=expire_sessions,
    ),
    Job(
        name="prune-notices",
        title=_("Remove old read notices"),
        periods=daily("prune-notices", hour=3),
        run=prune_notices,
        queue="bulk",
    ),
    Job(
        name="calendar-warning",
        title=_("Warn of a missing working calendar"),
        periods=monthly("calendar-warning", hour=8),
        run=warn_of_missing_calendar,
        one_transaction=True,
    ),
]
