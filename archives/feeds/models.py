"""Deposit files: what was loaded, how far, what was refused, whether balances agree."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from archives.accounts.models import Account
from crm.privacy.encryption import EncryptedTextField


class FeedLoad(models.Model):
    """One delivery of a profile's files for the days they cover. Resumable: each file knows its last line."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        PARTLY = "partly", _("Done, rows refused")
        FAILED = "failed", _("Failed")

    profile = models.CharField(_("profile"), max_length=40)
    source = models.CharField(_("core system"), max_length=20)
    folder = models.CharField(_("folder"), max_length=300)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    covers_from = models.DateField(_("covers from"), null=True, blank=True)
    covers_until = models.DateField(_("covers until"), null=True, blank=True)
    default_branch = models.CharField(_("branch for unmapped districts"), max_length=12, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    counts = models.JSONField(_("counts"), default=dict)
    accounts_checked = models.PositiveIntegerField(_("accounts checked"), default=0)
    accounts_differing = models.PositiveIntegerField(_("accounts differing"), default=0)
    stated_cents = models.BigIntegerField(_("stated in total"), default=0)
    computed_cents = models.BigIntegerField(_("computed in total"), default=0)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("deposit file load")
        indexes = [models.Index(fields=["-created_at", "-id"], name="feed_load_newest")]

    def __str__(self):
        return f"{self.profile} {self.pk}"


class FeedFile(models.Model):
    load = models.ForeignKey(FeedLoad, models.CASCADE, related_name="files")
    profile = models.CharField(max_length=40)
    role = models.CharField(max_length=12)
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(default=0)
    line = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    is_done = models.BooleanField(default=False)
    is_repeat = models.BooleanField(default=False)
    header = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "sha256"], condition=models.Q(is_repeat=False), name="one_load_a_file"
            )
        ]

    def __str__(self):
        return self.name


class RefusedRow(models.Model):
    """A row that was not loaded: where it stands, which column, why; its text encrypted, to mend and load again."""

    file = models.ForeignKey(FeedFile, models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300)
    raw = EncryptedTextField(purpose="feed.raw")

    class Meta:
        ordering = ["file", "line"]
        indexes = [models.Index(fields=["file", "line"], name="refused_line")]
        constraints = [models.UniqueConstraint(fields=["file", "line"], name="one_refusal_a_line")]

    def __str__(self):
        return f"{self.line}"


class StagedHolder(models.Model):
    """Who holds an account, from a file of its own, until the account's row comes."""

    source = models.CharField(max_length=20)
    account_key = models.CharField(max_length=40)
    customer_key = models.CharField(max_length=40)
    is_owner = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "account_key", "customer_key"], name="one_staged_holding")
        ]

    def __str__(self):
        return f"{self.account_key}"


class Difference(models.Model):
    """An account whose stated balance is not the computed one."""

    load = models.ForeignKey(FeedLoad, models.CASCADE, related_name="differences")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    day = models.DateField()
    stated_cents = models.BigIntegerField()
    computed_cents = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.account} {self.day}"

    @property
    def gap_cents(self) -> int:
        return self.computed_cents - self.stated_cents
