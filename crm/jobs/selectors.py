"""What people see of the ledger: the banner, the health check, the list of jobs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.jobs.models import JobRun
from crm.jobs.registry import Job, jobs

DEAD_SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class JobState:
    job: Job
    due: list[str]
    last: list[JobRun]


def oldest_due_age(now: datetime) -> timedelta:
    """How long the oldest due run has waited for a worker; zero when nothing waits."""
    waiting = [run.due_since for run in JobRun.objects.due(now).only("retry_at", "lease_until", "created_at", "status")]
    return now - min(waiting) if waiting else timedelta(0)


def queue_warning(now: datetime) -> str:
    """Text for the administrators' banner while jobs are late or given up; else empty. Two small queries."""
    if JobRun.objects.overdue(now).exists():
        minutes = int(oldest_due_age(now).total_seconds() // 60)
        return _("Background jobs are late: the oldest has waited for %(minutes)s minutes. Is a worker running?") % {
            "minutes": minutes
        }
    dead = JobRun.objects.given_up(since=now - DEAD_SHOWN).count()
    if dead:
        return ngettext(
            "%(count)s job failed too often and was given up: see the job runs.",
            "%(count)s jobs failed too often and were given up: see the job runs.",
            dead,
        ) % {"count": dead}
    return ""


def job_states(now: datetime, *, last: int = 3) -> list[JobState]:
    """Every job with what is due now and its newest runs."""
    return [state_of(job, now, last=last) for job in jobs()]


def state_of(job: Job, now: datetime, *, last: int = 3) -> JobState:
    """One job: periods that wait or are due, and its newest runs."""
    runs = JobRun.objects.filter(job=job.name)
    waiting = runs.open().order_by("created_at", "pk").values_list("period", flat=True)
    due = job.periods(now)
    written = set(runs.filter(period__in=due).values_list("period", flat=True))
    missing = [period for period in due if period not in written]
    return JobState(job, [*waiting, *missing], list(runs.order_by("-created_at", "-pk")[:last]))
