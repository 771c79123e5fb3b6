"""Meetings and analyses: the monthly archive meeting, the quarterly customer-analysis meeting, half-years and years."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from archives.customers.models import Customer
from archives.intelligence.models import Intelligence
from archives.reviews.querysets import MeetingQuerySet
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class Meeting(models.Model):
    """One meeting of a branch for a month (2026-10) or a quarter (2026Q3). Closed: minutes and list are frozen.

    Changes claim it by compare-and-set on (state, version). `frozen` holds the agenda's figures as they stood.
    """

    class Kind(models.TextChoices):
        MONTHLY = "monthly", _("Archive supplement-and-update meeting")
        QUARTERLY = "quarterly", _("Customer analysis meeting")

    class State(models.TextChoices):
        OPEN = "open", _("Under way")
        CLOSED = "closed", _("Closed")

    number = models.CharField(_("number"), max_length=24, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    period = models.CharField(_("period"), max_length=7)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(_("opened"))
    data_on = models.DateField(_("data of"))  # the figures' day
    due_on = models.DateField(_("due on"))
    held_at = models.DateTimeField(_("held at"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=80, blank=True)
    host = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("host"))
    recorder = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorder")
    )
    minutes = models.TextField(_("minutes"), max_length=8000, blank=True)
    frozen = models.JSONField(default=dict)
    closed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    document = models.FileField(upload_to="meetings/%Y/", blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-period", "branch__path"]
        verbose_name = _("meeting")
        constraints = [models.UniqueConstraint(fields=["kind", "branch", "period"], name="one_meeting_a_period")]

    def __str__(self):
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Attendance(models.Model):
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    person = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("person"))
    is_present = models.BooleanField(_("present"), default=True)
    reason = models.CharField(_("reason of absence"), max_length=100, blank=True)

    class Meta:
        ordering = ["person__employee_number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "person"], name="one_attendance")]

    def __str__(self):
        return str(self.person_id)


class AgendaItem(models.Model):
    """One thing that the meeting decides. `facts` are its figures as of `data_on`: codes, days, amounts; no personal data."""

    class Section(models.TextChoices):
        GAPS = "gaps", _("Missing data")
        WORK = "work", _("Supplements and edits of the month")
        OLD_REQUESTS = "requests", _("Requests that wait too long")
        DELETIONS = "deletions", _("Deletions pending")
        DOCUMENTS = "documents", _("Expiring documents")
        INTELLIGENCE = "intelligence", _("Stale intelligence")
        KEY = "key", _("Candidates for key attention")
        EARLIER = "earlier", _("Key attention of last month")
        CLASSES = "classes", _("Class changes")

    class Decision(models.TextChoices):
        OPEN = "", _("Not decided")
        NOTED = "noted", _("Noted")
        TASK = "task", _("To be done")
        KEY = "key", _("Key attention")
        DROP = "drop", _("Not now")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items")
    section = models.CharField(_("section"), max_length=12, choices=Section)
    key = models.CharField(max_length=60)  # what it is about, unique in the meeting: "customer:12", "person:7", …
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True, related_name="agenda_items")
    number = models.CharField(_("number"), max_length=24, blank=True)  # of the customer, request or item
    item = models.ForeignKey(Intelligence, models.SET_NULL, null=True, blank=True, related_name="agenda_items")
    person = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    facts = models.JSONField(default=dict)
    decision = models.CharField(_("decision"), max_length=8, choices=Decision, blank=True, default="")
    note = models.CharField(_("note"), max_length=300, blank=True)
    owner = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    done_on = models.DateField(_("done"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "section", "key"], name="one_agenda_item")]

    def __str__(self):
        return self.key


class KeyCustomer(models.Model):
    """月度重点关注客户: a customer fixed for a month's key attention, with the values of that day. Frozen with the meeting.

    Only `result` is written later, by the next meeting. After a purge the number is left.
    """

    class Reason(models.TextChoices):
        """DOMAIN.md 9.14"""

        MOVEMENT = "movement", _("Large move of deposits")
        BORDER = "border", _("Near a class border")
        COMPLAINT = "complaint", _("Complaint open")
        MATURITY = "maturity", _("Deposits maturing")
        GAPS = "gaps", _("Serious gaps in the archive")
        NEW = "new", _("New and valuable")
        LEAVING = "leaving", _("Signs of leaving")
        OTHER = "other", _("Other")

    class Result(models.TextChoices):
        OPEN = "", _("Not assessed")
        DONE = "done", _("Done")
        PARTLY = "partly", _("Partly done")
        NOT_DONE = "not_done", _("Not done")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="key_customers")
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True, related_name="key_entries")
    number = models.CharField(_("customer number"), max_length=12)
    reasons = models.JSONField(default=list)
    owner = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("owner"))
    action = models.CharField(_("planned action"), max_length=300)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    values = models.JSONField(default=dict)  # balance, average, class, completeness, evidence of the day
    months = models.PositiveSmallIntegerField(_("months running"), default=1)
    result = models.CharField(_("result"), max_length=8, choices=Result, blank=True, default="")
    result_note = models.CharField(_("what was done"), max_length=300, blank=True)
    result_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    result_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("key-attention customer")
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="one_key_entry")]

    def __str__(self):
        return self.number


class Supplement(models.Model):
    """A correction after the closing: added, the frozen minutes stay as they are."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="supplements")
    text = models.TextField(_("supplement"), max_length=2000)
    author = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("author"))
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return str(self.at)


class Citation(models.Model):
    """An intelligence item that somebody cited in a meeting: a wrong item shows which decisions leaned on it."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="citations")
    item = models.ForeignKey(Intelligence, models.SET_NULL, null=True, related_name="citations")
    number = models.CharField(max_length=24)
    cited_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("cited by"))
    note = models.CharField(_("for what"), max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number", "cited_by"], name="one_citation")]

    def __str__(self):
        return self.number


class Analysis(models.Model):
    """A half-year (2026H1) or year (2026) of a branch and everything below it; its figures are sums over its rows.

    Signed off: rows, figures and conclusions are frozen.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Under way")
        SIGNED = "signed", _("Signed off")

    number = models.CharField(_("number"), max_length=24, unique=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    period = models.CharField(_("period"), max_length=6)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(_("opened"))
    due_on = models.DateField(_("due on"))
    computed_at = models.DateTimeField(_("figures of"), null=True, blank=True)
    conclusions = models.TextField(_("conclusions"), max_length=8000, blank=True)
    signed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(_("signed off"), null=True, blank=True)
    document = models.FileField(upload_to="analyses/%Y/", blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-period", "branch__path"]
        verbose_name = _("analysis")
        constraints = [models.UniqueConstraint(fields=["branch", "period"], name="one_analysis_a_period")]

    def __str__(self):
        return self.number


class AnalysisRow(models.Model):
    """One customer in one analysis, now (`is_base` false) or in the same period last year: what every figure counts."""

    analysis = models.ForeignKey(Analysis, models.CASCADE, related_name="rows", db_index=False)
    is_base = models.BooleanField(default=False)
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="analysis_rows")
    number = models.CharField(max_length=12)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    manager = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=1)
    start_code = models.CharField(max_length=12, blank=True)
    end_code = models.CharField(max_length=12, blank=True)
    balance_cents = models.BigIntegerField(default=0)
    average_cents = models.BigIntegerField(default=0)
    is_new = models.BooleanField(default=False)  # became a customer in the period
    is_retained = models.BooleanField(default=False)  # had deposits at the start and has at the end
    had_start = models.BooleanField(default=False)
    gaps = models.PositiveSmallIntegerField(default=0)
    key_months = models.PositiveSmallIntegerField(default=0)
    key_done = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["analysis", "is_base", "number"], condition=~Q(number=""), name="one_analysis_row"
            )
        ]
        indexes = [models.Index(fields=["analysis", "is_base", "end_code"], name="analysis_class")]

    def __str__(self):
        return self.number
