"""A case, who is in it, its files and its history of states."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from archives.customers.models import Customer
from complaints.cases.codes import OPEN, Face, Finding, Flag, Group, Kind, Level, Part, Role, Source, State, Urgency
from complaints.cases.querysets import CaseQuerySet
from crm.privacy.encryption import BlindIndexField, EncryptedTextField
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL
# Contact, finding, answer, and an apology where the bank was at fault; on every path, whoever writes, and still when it
# is filed. Cases of other systems that were closed there are loaded as they are.
MAY_CLOSE = (
    ~Q(state__in=["closed", "called_back"]) & ~Q(state="archived", closed_at__isnull=False)
    | Q(kind__in=["inquiry", "suggestion"])
    | Q(load_key__isnull=False)
    | Q(contacted_at__isnull=False, replied_at__isnull=False)
    & ~Q(finding="")
    & (Q(finding="no") | Q(apologised_at__isnull=False))
)


class Category(models.Model):
    """One entry of a face of JR/T 0169-2018; `code` is loaded by the bank from the standard, never invented."""

    face = models.CharField(_("face"), max_length=1, choices=Face)
    key = models.SlugField(_("key"), max_length=40)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    code = models.CharField(_("code of the standard"), max_length=20, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_service = models.BooleanField(_("about service"), default=False)  # of causes: such a case is the office's own
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["face", "order", "pk"]
        verbose_name = _("complaint category")
        verbose_name_plural = _("complaint categories")
        constraints = [models.UniqueConstraint(fields=["face", "key"], name="one_category_key")]

    def __str__(self):
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


class Case(models.Model):
    """One matter that somebody brought to the bank. Changes of state go through `transitions.transition` alone.

    `round` counts from 1; a reopened case has the next, and what belongs to a round names it. `nearest_at` is the
    nearest limit of all its running clocks (kept by `clocks`); it orders every list.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.COMPLAINT)
    state = models.CharField(_("state"), max_length=14, choices=State, default=State.REGISTERED)
    version = models.PositiveIntegerField(default=1)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    token = models.CharField(max_length=40, null=True, blank=True, unique=True)  # of the form: one case each
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.ORDINARY)
    urgency = models.CharField(_("urgency"), max_length=1, choices=Urgency, default=Urgency.III)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    received_at = models.DateTimeField(_("received"))  # the clocks run from here
    registered_at = models.DateTimeField(_("registered"))
    registered_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("registered by")
    )
    first_receiver = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("first receiver")
    )
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("received at"))
    respondent = models.ForeignKey(
        Branch, models.PROTECT, related_name="cases", verbose_name=_("outlet complained about")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("customer")
    )
    customer_number = models.CharField(max_length=24, blank=True)  # stays when a purge takes the customer
    class_code = models.CharField(_("class"), max_length=20, blank=True)  # the customer's class when it was registered
    is_anonymous = models.BooleanField(_("anonymous"), default=False)
    people = models.PositiveIntegerField(_("number of complainants"), default=1)
    channel = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("channel of the business")
    )
    business = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("business category")
    )
    cause = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cause")
    )
    product = models.CharField(_("product or service"), max_length=80, blank=True)
    amount_cents = models.BigIntegerField(_("amount"), null=True, blank=True)
    group = models.CharField(_("special group"), max_length=10, choices=Group, blank=True)
    facts = models.TextField(_("what happened"), max_length=4000)
    demand = models.TextField(_("what is asked for"), max_length=1000, blank=True)
    # Who works on it
    officer = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service officer")
    )
    investigator = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("investigator")
    )
    contact = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contacts the customer")
    )
    department = models.CharField(_("department in charge"), max_length=60, blank=True)
    # How it stands
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("escalated"), null=True, blank=True)
    reviewing_since = models.DateTimeField(_("under review since"), null=True, blank=True)
    dispute = models.CharField(_("outside settlement"), max_length=12, blank=True, choices=[("mediation", _("Mediation")), ("arbitration", _("Arbitration")), ("lawsuit", _("Lawsuit"))])  # fmt: skip
    nearest_at = models.DateTimeField(_("nearest limit"), null=True, blank=True)
    # Of the present round; a reopened case begins without them.
    contacted_at = models.DateTimeField(_("first contact"), null=True, blank=True)
    finding = models.CharField(_("finding"), max_length=8, choices=Finding, blank=True)
    apologised_at = models.DateTimeField(_("apologised"), null=True, blank=True)
    replied_at = models.DateTimeField(_("answered"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_in_time = models.BooleanField(_("closed in time"), null=True, blank=True)  # by its statutory clock
    satisfaction = models.CharField(_("satisfaction"), max_length=8, blank=True)  # of the last call-back
    is_repeat = models.BooleanField(_("repeated"), default=False)
    repeat_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="repeats", verbose_name=_("repeats")
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    regulator_number = models.CharField(_("number of the regulator"), max_length=40, blank=True)
    regulator_due_on = models.DateField(_("answer to the regulator due on"), null=True, blank=True)
    lobby_event = models.OneToOneField(
        "complaints.LobbyEvent", models.PROTECT, null=True, blank=True, related_name="case"
    )
    outcome = models.CharField(_("result at the other system"), max_length=60, blank=True)  # of an import
    load_key = models.CharField(max_length=60, null=True, blank=True, unique=True)  # of an import: never loaded twice

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(condition=Q(people__gte=1), name="case_has_people"),
            models.CheckConstraint(
                condition=~Q(state__in=["closed", "called_back"]) | Q(closed_at__isnull=False),
                name="closed_case_has_its_time",
            ),
            models.CheckConstraint(condition=MAY_CLOSE, name="closed_case_has_what_the_law_asks"),
            models.CheckConstraint(
                condition=~Q(state="merged") | Q(merged_into__isnull=False), name="merged_case_names_the_other"
            ),
        ]
        indexes = [
            models.Index(fields=["nearest_at", "id"], name="case_nearest", condition=Q(closed_at=None)),
            models.Index(fields=["respondent", "received_at"], name="case_respondent"),
            models.Index(fields=["customer", "-received_at"], name="case_customer"),
            models.Index(fields=["state", "received_at"], name="case_state"),
            models.Index(fields=["received_at"], name="case_received"),
        ]  # fmt: skip

    def __str__(self):
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def about_service(self) -> bool:
        """The service office keeps what concerns service; other kinds it forwards. Without a cause: its own."""
        return self.cause is None or self.cause.is_service


class CaseFlag(models.Model):
    case = models.ForeignKey(Case, models.CASCADE, related_name="flags")
    flag = models.CharField(_("sensitivity"), max_length=12, choices=Flag)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "flag"], name="one_case_flag")]

    def __str__(self):
        return str(Flag(self.flag).label)


class Party(models.Model):
    """Somebody who complains, or speaks for them. What the archive holds is not asked again: then only `customer`."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="parties")
    part = models.CharField(_("part"), max_length=14, choices=Part, default=Part.COMPLAINANT)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=120, blank=True)
    sex = models.CharField(_("sex"), max_length=1, blank=True)
    phone = EncryptedTextField(_("phone"), purpose="party.phone")
    phone_index = BlindIndexField(source="phone", purpose="phone")
    email = EncryptedTextField(_("e-mail"), purpose="party.email")
    id_number = EncryptedTextField(_("document number"), purpose="party.id_number")
    address = models.CharField(_("address"), max_length=200, blank=True)
    authority = models.CharField(_("authorisation or proof of succession"), max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("party")
        indexes = [models.Index(fields=["phone_index"], name="party_phone")]

    def __str__(self):
        return f"{self.case_id} {self.part}"


class Respondent(models.Model):
    """An employee complained about, or one with an interest: they get no part in the case (回避)."""

    class Why(models.TextChoices):
        ACCUSED = "accused", _("Complained about")
        INTEREST = "interest", _("Has an interest")

    case = models.ForeignKey(Case, models.CASCADE, related_name="respondents")
    employee = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("employee"))
    why = models.CharField(_("why"), max_length=10, choices=Why, default=Why.ACCUSED)
    note = models.CharField(_("note"), max_length=200, blank=True)
    named_at = models.DateTimeField(_("named"))
    named_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["case", "employee"], name="one_respondent")]

    def __str__(self):
        return f"{self.case_id} {self.employee_id}"


class Recusal(models.Model):
    """Somebody who would have handled the case and was replaced by the next level up. Append-only."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="recusals")
    role = models.CharField(_("role"), max_length=12, choices=Role)
    person = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("replaced"))
    replaced_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.case_id} {self.role}"


class CaseFile(models.Model):
    """Evidence, authorisations, letters; under a random name outside the web root."""

    class Kind(models.TextChoices):
        EVIDENCE = "evidence", _("Evidence of the customer")
        AUTHORITY = "authority", _("Authorisation")
        INVESTIGATION = "investigation", _("Found in the investigation")
        LETTER = "letter", _("Letter")
        OTHER = "other", _("Other")

    case = models.ForeignKey(Case, models.CASCADE, related_name="files")
    round = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind, default=Kind.EVIDENCE)
    file = models.FileField(upload_to="cases/%Y/%m/")
    name = models.CharField(_("name"), max_length=100)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name


class CaseEvent(models.Model):
    """One step of a case, for good. `facts` holds codes, days and numbers, no personal data."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="events")
    round = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=16)
    frm = models.CharField(max_length=14, choices=State, blank=True)
    to = models.CharField(max_length=14, choices=State)
    role = models.CharField(max_length=12, choices=Role, blank=True)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["case", "at"], name="case_event")]

    def __str__(self):
        return f"{self.case_id} {self.action}"
