"""The ledger of scheduled work: the truth behind Celery."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JobRunQuerySet(models.QuerySet):
    def open(self):
        return self.exclude(status__in=[JobRun.Status.DONE, JobRun.Status.DEAD])


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
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    retry_at = models.DateTimeField(_("retry at"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    cursor = models.JSONField(_("resume point"), default=dict, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        constraints = [models.UniqueConstraint(fields=["job", "period"], name="one_run_a_period")]
        indexes = [
            models.Index(
                fields=["retry_at"], name="jobrun_open", condition=Q(status__in=["waiting", "running", "failed"])
            ),
        ]

    def __str__(self):
        return f"{self.job} {self.period}"
