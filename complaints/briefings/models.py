"""晨会 / 班后会: meetings of an outlet's day, documents that they convey, and who signed as read."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.briefings.querysets import BriefingQuerySet, DocumentQuerySet
from complaints.cases.models import Case
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class Document(models.Model):
    """What every employee must have read, in versions: a new version is read anew. `scope` and below are meant."""

    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=120)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    text = models.TextField(_("summary"), max_length=8000, blank=True)
    file = models.FileField(upload_to="documents/%Y/", blank=True)
    file_name = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    scope = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("for"))
    issued_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("issued by"))
    issued_at = models.DateTimeField(_("issued"))
    due_on = models.DateField(_("signed by"))
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-pk"]
        verbose_name = _("document")
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="one_document_version")]

    def __str__(self):
        return f"{self.title} v{self.version}"


class Briefing(models.Model):
    """One meeting of an outlet. Signed off it is frozen; corrections follow as supplements."""

    class Kind(models.TextChoices):
        MORNING = "morning", _("Morning meeting")
        EVENING = "evening", _("After-shift meeting")

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="briefings")
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    version = models.PositiveIntegerField(default=1)
    starts = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("until"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=60, blank=True)
    host = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("host"))
    recorder = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorder")
    )
    topics = models.TextField(_("topics"), max_length=4000, blank=True)
    result = models.TextField(_("result"), max_length=2000, blank=True)
    opened_at = models.DateTimeField()
    signed_off_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    signed_off_at = models.DateTimeField(_("signed off"), null=True, blank=True)

    objects = BriefingQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "kind"]
        verbose_name = _("briefing")
        constraints = [models.UniqueConstraint(fields=["branch", "day", "kind"], name="one_briefing")]

    def __str__(self):
        return f"{self.branch_id} {self.day} {self.kind}"


class BriefingAttendance(models.Model):
    briefing = models.ForeignKey(Briefing, models.CASCADE, related_name="attendances")
    person = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("person"))
    is_present = models.BooleanField(_("present"), default=True)
    reason = models.CharField(_("reason of absence"), max_length=100, blank=True)
    made_up_at = models.DateTimeField(_("read later"), null=True, blank=True)

    class Meta:
        ordering = ["person__employee_number"]
        constraints = [models.UniqueConstraint(fields=["briefing", "person"], name="one_briefing_attendance")]

    def __str__(self):
        return str(self.person_id)


class BriefingCase(models.Model):
    """A case that the briefing spoke of: by number, without the customer."""

    briefing = models.ForeignKey(Briefing, models.CASCADE, related_name="cases")
    case = models.ForeignKey(Case, models.PROTECT, related_name="briefings")
    lesson = models.CharField(_("what we learn"), max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["briefing", "case"], name="one_briefing_case")]

    def __str__(self):
        return str(self.case_id)


class Conveyance(models.Model):
    """A document that a briefing conveyed."""

    briefing = models.ForeignKey(Briefing, models.CASCADE, related_name="conveyances")
    document = models.ForeignKey(Document, models.PROTECT, related_name="conveyances")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["briefing", "document"], name="one_conveyance")]

    def __str__(self):
        return f"{self.briefing_id} {self.document_id}"


class BriefingPhoto(models.Model):
    briefing = models.ForeignKey(Briefing, models.CASCADE, related_name="photos")
    file = models.FileField(upload_to="briefings/%Y/%m/")
    name = models.CharField(max_length=100)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    def __str__(self):
        return self.name


class BriefingSupplement(models.Model):
    """What was added after the sign-off. Append-only."""

    briefing = models.ForeignKey(Briefing, models.CASCADE, related_name="supplements")
    text = models.CharField(_("supplement"), max_length=1000)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return str(self.briefing_id)


class ReadReceipt(models.Model):
    """签阅: one person signed one document as read; at a briefing or later."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="receipts")
    person = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("person"))
    briefing = models.ForeignKey(Briefing, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(_("signed"))
    is_late = models.BooleanField(_("after its day"), default=False)

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(fields=["document", "person"], name="one_receipt"),
            models.CheckConstraint(condition=Q(signed_at__isnull=False), name="receipt_has_its_time"),
        ]

    def __str__(self):
        return f"{self.document_id} {self.person_id}"
