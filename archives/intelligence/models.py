"""Industry intelligence (行业情报): trends, competitors' moves, policy. Any employee adds it; it goes out of date."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from archives.customers.codes import Life
from archives.customers.models import Customer
from archives.intelligence.querysets import IntelligenceQuerySet, LiveIntelligence
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class Intelligence(models.Model):
    """One item. `industries` holds section letters of GB/T 4754 between blanks: " C F ". It has no manager."""

    class Kind(models.TextChoices):
        TREND = "trend", _("Industry trend")
        COMPETITOR = "competitor", _("Competitor news")
        POLICY = "policy", _("Policy")

    number = models.CharField(_("number"), max_length=24, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("content"), max_length=5000)
    source = models.CharField(_("source"), max_length=120)
    source_date = models.DateField(_("source date"))
    valid_until = models.DateField(_("valid until"))
    industries = models.CharField(_("industries"), max_length=60, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("added by"))
    created_at = models.DateTimeField(_("added"))
    confirmed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    prompted_at = models.DateTimeField(null=True, blank=True)
    token = models.CharField(max_length=40, null=True, blank=True, unique=True)
    life = models.CharField(_("state"), max_length=6, choices=Life, default=Life.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords(
        excluded_fields=["token", "prompted_at"],
        history_change_reason_field=models.CharField(max_length=300, null=True, blank=True),
    )

    objects = LiveIntelligence()
    everyone = IntelligenceQuerySet.as_manager()

    class Meta:
        base_manager_name = "everyone"
        ordering = ["-source_date", "-pk"]
        verbose_name = _("industry intelligence")
        verbose_name_plural = _("industry intelligence")
        indexes = [models.Index(fields=["-source_date", "-id"], name="intelligence_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("source_date")),
                name="intelligence_valid_after_source",
                violation_error_message=_("The validity ends before the source's date."),
            )
        ]

    def __str__(self):
        return self.number

    manager = None  # nobody manages an item: its requests go to the outlet head


class IntelligenceCustomer(models.Model):
    """A customer whom the item concerns."""

    item = models.ForeignKey(Intelligence, models.CASCADE, related_name="customer_links")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="intelligence_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "customer"], name="one_intelligence_link")]


class IntelligenceFile(models.Model):
    """An attachment; stored under a random name outside the web root."""

    item = models.ForeignKey(Intelligence, models.CASCADE, related_name="files")
    name = models.CharField(_("file name"), max_length=120)
    file = models.FileField(upload_to="intelligence/%Y/%m/")
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name
