"""Complaints from files: one load a file, its refused rows."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class CaseLoad(models.Model):
    profile = models.CharField(_("profile"), max_length=40)
    file_name = models.CharField(_("file"), max_length=120)
    sha256 = models.CharField(max_length=64)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    rows = models.PositiveIntegerField(_("rows"), default=0)
    loaded = models.PositiveIntegerField(_("loaded"), default=0)
    known = models.PositiveIntegerField(_("known already"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    header = models.TextField(blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("outlet complained about"))
    path = models.CharField(max_length=400, blank=True)  # of a file given on the command line
    source = models.FileField(upload_to="case-loads/%Y/", blank=True)  # an upload waits here for its job

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("load of complaints")
        constraints = [models.UniqueConstraint(fields=["profile", "sha256"], name="one_case_load_a_file")]

    def __str__(self):
        return self.file_name

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class RefusedCase(models.Model):
    load = models.ForeignKey(CaseLoad, models.CASCADE, related_name="refused_rows")
    line = models.PositiveIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    raw = models.TextField(blank=True)  # the line as it was read, to mend and load again

    class Meta:
        ordering = ["line"]

    def __str__(self):
        return f"{self.line} {self.reason}"
