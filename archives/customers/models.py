"""The customer archive: one row a customer with the fields everybody asks for, and its parts in tables of their own."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from archives.customers import codes
from archives.customers.querysets import CustomerQuerySet, LiveCustomers
from crm.privacy.encryption import BlindIndexField, EncryptedTextField
from crm.staff.models import Branch

TEXT: dict[str, Any] = {"blank": True, "default": ""}


def text(label, length, **options):
    return models.CharField(label, max_length=length, **(TEXT | options))


def code(label, choices, length=20):
    return models.CharField(label, max_length=length, choices=choices, **TEXT)


class Customer(models.Model):
    """A personal or corporate customer.

    `version` counts the changes that a person or a feed made; a change request names the one it was
    written against. `life` hides an archive from `objects`; only `retention` changes it. `completeness` (0-100) and `missing` (" key key ") are kept by `services.save_archive`.
    """

    number = models.CharField(_("customer number"), max_length=12, unique=True)
    kind = models.CharField(_("kind"), max_length=1, choices=codes.Kind)
    status = models.CharField(_("status"), max_length=8, choices=codes.Status, default=codes.Status.CUSTOMER)
    branch = models.ForeignKey(
        Branch, models.PROTECT, related_name="customers", verbose_name=_("branch"), db_index=False
    )
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="managed_customers",
        verbose_name=_("customer manager"),
    )
    assistant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assisted_customers",
        verbose_name=_("assisting manager"),
        db_index=False,
    )
    source = models.CharField(_("source"), max_length=8, choices=codes.Source, default=codes.Source.BRANCH)
    core_id = models.CharField(
        _("number in the core banking system"), max_length=40, null=True, blank=True, unique=True
    )
    opened_on = models.DateField(_("customer since"))
    created_at = models.DateTimeField(_("archive opened"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    open_token = models.CharField(max_length=40, null=True, blank=True, unique=True, editable=False)
    last_contact_on = models.DateField(_("last contact"), null=True, blank=True)
    life = models.CharField(_("state"), max_length=6, choices=codes.Life, default=codes.Life.ACTIVE, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    completeness = models.PositiveSmallIntegerField(_("completeness"), default=0)
    missing = models.CharField(_("missing fields"), max_length=1000, **TEXT)

    # Names: `pinyin` sorts, `pinyin_keys` and `search_key` are searched (crm.lib.pinyin).
    name = models.CharField(_("name"), max_length=120, blank=True)
    former_name = text(_("former name"), 120)
    pinyin = models.CharField(max_length=200, editable=False, **TEXT)
    pinyin_keys = models.TextField(editable=False, **TEXT)
    search_key = models.TextField(editable=False, **TEXT)

    # Identity
    id_kind = code(_("document kind"), codes.Document)
    id_number = EncryptedTextField(_("document number"), purpose="customer.id_number")
    id_valid_from = models.DateField(_("document valid from"), null=True, blank=True)
    id_valid_until = models.DateField(_("document valid until"), null=True, blank=True)
    id_permanent = models.BooleanField(_("document valid for good"), default=False)
    id_index = BlindIndexField(source="id_number", purpose="id")
    id_tail_index = BlindIndexField(source="id_number", purpose="id.tail", tail=4)
    nationality = code(_("nationality"), codes.Nationality)

    # Contact
    mobile = EncryptedTextField(_("mobile phone"), purpose="customer.mobile")
    mobile_index = BlindIndexField(source="mobile", purpose="phone")
    mobile_tail_index = BlindIndexField(source="mobile", purpose="phone.tail", tail=4)
    phone = EncryptedTextField(_("landline"), purpose="customer.phone")
    email = EncryptedTextField(_("e-mail"), purpose="customer.email")
    region = text(_("division code"), 6)
    address = text(_("address"), 200)
    remark = text(_("remark"), 500)

    # Persons
    sex = code(_("sex"), codes.Sex, 1)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    occupation = code(_("occupation"), codes.Occupation, 1)
    marital = code(_("marital status"), codes.Marital, 2)
    education = code(_("education"), codes.Education, 2)
    employer = text(_("employer"), 120)
    job_title = text(_("position"), 60)
    work_address = text(_("workplace address"), 200)
    annual_income = models.DecimalField(
        _("annual income (yuan)"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    emergency_name = text(_("emergency contact"), 60)
    emergency_phone = EncryptedTextField(_("emergency phone"), purpose="customer.emergency_phone")
    tax_residency = code(_("tax residency"), codes.TaxResidency)
    risk_level = code(_("risk tolerance"), codes.RiskLevel, 2)
    risk_assessed_on = models.DateField(_("risk assessed on"), null=True, blank=True)
    special_group = code(_("special group"), codes.SpecialGroup, 8)
    guardian_name = text(_("guardian"), 60)
    guardian_phone = EncryptedTextField(_("guardian's phone"), purpose="customer.guardian_phone")
    payroll = models.BooleanField(_("payroll customer"), default=False)

    # Companies (`industry` of both kinds)
    industry = code(_("industry"), codes.Industry, 1)
    uscc = models.CharField(_("unified social credit code"), max_length=18, null=True, blank=True, default=None)
    business_scope = text(_("business scope"), 1000)
    established_on = models.DateField(_("established on"), null=True, blank=True)
    registered_capital = models.DecimalField(
        _("registered capital (yuan)"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    registration_status = code(_("registration status"), codes.RegistrationStatus)
    enterprise_size = code(_("enterprise size"), codes.EnterpriseSize, 1)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    annual_revenue = models.DecimalField(
        _("annual revenue (yuan)"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    basic_account_bank = text(_("bank of the basic account"), 120)
    basic_account_permit = text(_("basic account permit"), 40)
    group_name = text(_("group"), 120)
    is_listed = models.BooleanField(_("listed"), default=False)

    history = HistoricalRecords(
        excluded_fields=["pinyin_keys", "search_key", "open_token"],
        history_change_reason_field=models.CharField(max_length=300, null=True, blank=True),
        no_db_index=["branch", "manager", "assistant", "created_by", "number", "core_id"],
    )
    objects = LiveCustomers()
    everyone = CustomerQuerySet.as_manager()  # hidden ones too: for uniqueness, feeds and the archive's own life

    class Meta:
        base_manager_name = "everyone"
        ordering = ["pinyin", "pk"]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(
                fields=["id_kind", "id_index"], condition=Q(id_index__isnull=False), name="one_archive_a_document"
            ),
            models.UniqueConstraint(fields=["uscc"], condition=Q(uscc__isnull=False), name="one_archive_a_credit_code"),
            models.CheckConstraint(condition=Q(completeness__lte=100), name="completeness_is_percent"),
        ]
        indexes = [
            models.Index(fields=["branch", "pinyin", "id"], name="customer_branch_pinyin"),
            models.Index(fields=["pinyin", "id"], name="customer_pinyin"),
            models.Index(fields=["branch", "opened_on", "id"], name="customer_branch_opened"),
            models.Index(fields=["opened_on", "id"], name="customer_opened"),
            models.Index(fields=["branch", "completeness", "id"], name="customer_branch_complete"),
            models.Index(fields=["completeness", "id"], name="customer_complete"),
            models.Index(fields=["mobile_index"], name="customer_mobile"),
            models.Index(fields=["mobile_tail_index"], name="customer_mobile_tail"),
            models.Index(fields=["id_index"], name="customer_id"),
            models.Index(fields=["id_tail_index"], name="customer_id_tail"),
            models.Index(fields=["id"], name="customer_hidden", condition=~Q(life="active")),
            models.Index(fields=["id_valid_until"], name="customer_id_valid", condition=Q(id_permanent=False)),
        ]

    def __str__(self):
        return self.number

    @property
    def is_personal(self) -> bool:
        return self.kind == codes.Kind.PERSONAL

    @property
    def title(self) -> str:
        """The name, or the number where the feed brought anonymous people."""
        return self.name or self.number

    @property
    def missing_keys(self) -> list[str]:
        return self.missing.split()


# What lists of work leave unread when they join a customer: "customer__id_number", …
ENCRYPTED = [f"customer__{f.name}" for f in Customer._meta.fields if isinstance(f, EncryptedTextField)]


class CustomerFigures(models.Model):
    """Balances by customer in a narrow table: written by each load, joined by lists. Amounts in cents."""

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="figures")
    balance_cents = models.BigIntegerField(_("balance"), default=0)
    average_cents = models.BigIntegerField(_("average of the quarter so far"), default=0)
    as_of = models.DateField(_("as of"), null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["balance_cents", "customer"], name="figures_balance")]


class NumberFloor(models.Model):
    """The highest sequence among purged archives' numbers, by kind: a number is never given twice."""

    kind = models.CharField(max_length=1, choices=codes.Kind, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self):
        return self.kind
