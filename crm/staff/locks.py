"""What closes the door: five failures for a person (axes counts them), a hundred an hour for an address."""

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery, Sum

from crm.staff.backends import find_user
from crm.staff.models import User
from crm.staff.signals import employment_changed

ADDRESS_WINDOW = timedelta(hours=1)
KEPT = timedelta(days=2)


def address_is_closed(ip: str | None, now: datetime) -> bool:
    """Whether so many failures came from `ip` that nobody signs in from there; high, as a branch shares one."""
    if ip is None:
        return False
    failures = AccessFailureLog.objects.filter(ip_address=ip, attempt_time__gt=now - ADDRESS_WINDOW)
    return failures.count() >= settings.ADDRESS_FAILURE_LIMIT


def counted_failures(*, now: datetime) -> Subquery:
    """To annotate failed sign-ins: what counts for the person of the line, from wherever it came."""
    counts = AccessAttempt.objects.filter(
        username=OuterRef("username"), attempt_time__gte=now - settings.AXES_COOLOFF_TIME
    )
    return Subquery(counts.order_by().values("username").annotate(n=Sum("failures_since_start")).values("n"))


@transaction.atomic
def unlock(*, username: str, actor: User, now: datetime) -> None:
    """Forget every failure counted for `username`, from wherever it came."""
    AccessAttempt.objects.filter(username=username).delete()
    user = find_user(username)
    if user is not None:
        employment_changed.send(User, user=user, actor=actor, what="sign-in unlocked", now=now)


def forget_failures(*, now: datetime) -> int:
    """Drop counted failures that count no longer; the access log keeps their trace."""
    return AccessFailureLog.objects.filter(attempt_time__lt=now - KEPT).delete()[0]
