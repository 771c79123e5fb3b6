"""The ledger of scheduled work: the truth behind Celery."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.jobs.wording import results_of


class JobRunQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=[JobRun.Status.WAITING, JobRun.Status.RUNNING, JobRun.Status.FAILED])

    def due(self, now):
        """Nobody works on it and it may start: waiting, its back-off over, or its worker's lease run out."""
        resting = Q(status__in=[JobRun.Status.WAITING, JobRun.Status.FAILED])
        return self.filter(
            (resting & (Q(retry_at=None) | Q(retry_at__lte=now)))
            | Q(status=JobRun.Status.RUNNING, lease_until__lte=now)
        )

    def oldest_first(self):
        return self.order_by("created_at", "pk")

    def planned(self, job, *, until):
        """Runs of `job` that its calendar asked for, not a person; `until` leaves out what a wrong clock planned."""
        return self.filter(job=job, asked=False, period__lte=until)

    def held_by(self, run):
        """The row, as long as `run` still holds its lease."""
        return self.filter(pk=run.pk, status=JobRun.Status.RUNNING, lease_token=run.lease_token)

    def given_up(self, *, since):
        return self.filter(status=JobRun.Status.DEAD, finished_at__gte=since)

    def overdue(self, now):
        """Due for more than five minutes: workers are missing, stuck or far behind."""
        late = now - timedelta(minutes=5)
        return self.due(late).filter(created_at__lte=late)


class JobRun(models.Model):
    """One period of one job, unique: missed ticks, two beats or a lost queue change nothing."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed, will be tried again")
        DEAD = "dead", _("Given up")

    job = models.CharField(_("job"), max_length=60)
    period = models.CharField(_("period"), max_length=60)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    asked = models.BooleanField(_("asked for by a person"), default=False)
    asked_by = models.CharField(_("run again by"), max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    retry_at = models.DateTimeField(_("retry at"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    cursor = models.JSONField(_("resume point"), default=dict, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    # Of the process that works on it: the moment handed in, and the monotonic clock at that moment.
    turn_now: datetime
    turn_began: float

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        default_permissions = ("view",)
        permissions = [("run_job", "May run a job again")]
        constraints = [models.UniqueConstraint(fields=["job", "period"], name="one_run_a_period")]
        indexes = [
            models.Index(
                fields=["retry_at"], name="jobrun_open", condition=Q(status__in=["waiting", "running", "failed"])
            ),
        ]

    def __str__(self):
        return f"{self.job} {self.period}"

    @property
    def results(self) -> list[tuple[str, int]]:
        return results_of(self.counts)

    @property
    def due_since(self):
        """Since when the run waits for a worker (meaningful while it is due)."""
        if self.status == self.Status.RUNNING:
            return self.lease_until
        return self.retry_at or self.created_at
