"""What the ledger and the log keep of a failure: never a message, which may carry a customer's data."""

import logging
import traceback
from datetime import timedelta

from django.urls import reverse

from crm.jobs.registry import JobError
from crm.notifications.services import notify
from crm.staff.models import User
from crm.staff.roles import Role

logger = logging.getLogger(__name__)


def back_off(attempts: int) -> timedelta:
    """30 s, then twice as long each time, up to an hour."""
    return min(timedelta(seconds=30 * 2 ** (attempts - 1)), timedelta(hours=1))


def summary(error: Exception) -> str:
    """Type and place; the message only of a JobError, which is written to be shown."""
    if isinstance(error, JobError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = "\n".join(f"  {frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__}\n{places}"


def log(run, text: str) -> None:
    logger.error("job failed job=%s period=%s attempt=%s: %s", run.job, run.period, run.attempts, text)


def log_periods(name: str, text: str) -> None:
    logger.error("periods unknown job=%s: %s", name, text)


def tell_administrators(run, now) -> None:
    """One notice each: somebody must look, nobody will try again by himself."""
    for admin in User.objects.active().with_role(Role.ADMIN):
        notify(
            recipient=admin,
            kind="job-given-up",
            params={"job": run.job, "period": run.period},
            link=reverse("admin:jobs_jobrun_change", args=[run.pk]),
            now=now,
            dedupe_key=f"job-given-up:{run.pk}:{now.isoformat()}:{admin.pk}",
        )
