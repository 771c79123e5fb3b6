"""Accounts and their postings as the core banking system states them. Amounts are integer cents."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from archives.customers.models import Customer
from crm.privacy.encryption import BlindIndexField, EncryptedTextField


class Account(models.Model):
    """A deposit account. `customer` is its owner; others who may use it are `AccountHolder` rows.

    `core_key` is the natural key in the core system under which feeds find the account again: a keyed
    hash, since the number itself is encrypted.
    """

    class Kind(models.TextChoices):
        CURRENT = "current", _("Current deposit")
        TIME = "time", _("Time deposit")

    class Status(models.TextChoices):
        OPEN = "open", _("In use")
        CLOSED = "closed", _("Closed")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts", verbose_name=_("customer"))
    source = models.CharField(_("core system"), max_length=20)
    core_key = models.CharField(max_length=32)
    number = EncryptedTextField(_("account number"), purpose="account.number")
    number_index = BlindIndexField(source="number", purpose="account")
    tail_index = BlindIndexField(source="number", purpose="account.tail", tail=4)
    tail = models.CharField(_("tail"), max_length=4, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    product = models.CharField(_("product"), max_length=60, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    rate = models.DecimalField(_("rate (% a year)"), max_digits=7, decimal_places=4, null=True, blank=True)
    matures_on = models.DateField(_("matures on"), null=True, blank=True)
    opening_cents = models.BigIntegerField(_("balance before the first posting"), default=0)
    balance_cents = models.BigIntegerField(_("balance"), default=0)
    balance_on = models.DateField(_("balance as of"), null=True, blank=True)
    stated_cents = models.BigIntegerField(_("balance stated by the core system"), null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["balance_cents", "balance_on", "stated_cents"])

    class Meta:
        ordering = ["status", "kind", "pk"]
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(fields=["source", "core_key"], name="one_account_a_core_key"),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="account_closed_after_opened"
            ),
        ]
        indexes = [
            models.Index(fields=["number_index"], name="account_number"),
            models.Index(fields=["tail_index"], name="account_tail"),
            models.Index(fields=["matures_on"], name="account_maturity", condition=Q(status="open")),
        ]

    def __str__(self):
        return f"**** {self.tail}"


class AccountHolder(models.Model):
    """Somebody beside the owner who may use the account (Berka: DISPONENT)."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        USER = "user", _("May dispose")

    account = models.ForeignKey(Account, models.CASCADE, related_name="holders")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="held_accounts")
    role = models.CharField(max_length=8, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "customer"], name="one_holding")]


class Posting(models.Model):
    """One transaction of an account. `amount_cents` is signed: in positive, out negative.

    `booked_on` is the day it counts for; `loaded_on` the day the feed brought it (later: a late posting).
    `stated_cents` is the balance the bank says stood after the row: a check, never a source.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="postings", db_index=False)
    core_key = models.CharField(max_length=40)
    booked_on = models.DateField(_("day"))
    amount_cents = models.BigIntegerField(_("amount"))
    code = models.CharField(_("kind"), max_length=20, blank=True)
    memo = models.CharField(_("memo"), max_length=100, blank=True)
    stated_cents = models.BigIntegerField(_("stated balance"), null=True, blank=True)
    reverses = models.CharField(_("reverses"), max_length=40, blank=True)
    loaded_on = models.DateField(_("loaded on"))

    class Meta:
        ordering = ["-booked_on", "-pk"]
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [models.UniqueConstraint(fields=["account", "core_key"], name="one_posting_a_core_key")]
        indexes = [models.Index(fields=["account", "booked_on", "id"], name="posting_account_day")]


class ExchangeRate(models.Model):
    """Yuan for one unit of a currency on a day; the latest at or before the day counts."""

    day = models.DateField(_("day"))
    currency = models.CharField(_("currency"), max_length=3)
    rate = models.DecimalField(_("rate"), max_digits=12, decimal_places=6)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["day", "currency"], name="one_rate_a_day")]
