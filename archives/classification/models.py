"""Customer classes by deposits (客户分层): thresholds by date, each quarter's run, proposals, confirmed changes."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from archives.customers.codes import Kind
from archives.customers.models import Customer
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class Scheme(models.Model):
    """One version of the thresholds, valid from a day on; proposed by head office, adopted by a second person.

    The version for a quarter is the adopted one with the latest `valid_from` not after the quarter's last day.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a decision")
        ADOPTED = "adopted", _("Adopted")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    version = models.PositiveIntegerField(_("version"), unique=True)
    valid_from = models.DateField(_("valid from"))
    new_customer_days = models.PositiveSmallIntegerField(_("days of balances needed"), default=30)
    held_percent = models.PositiveSmallIntegerField(_("share of moves that stops a run (%)"), default=30)
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    lock = models.PositiveIntegerField(default=1)  # compare-and-set beside `state`
    proposed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = models.CharField(_("opinion"), max_length=300, blank=True)

    class Meta:
        ordering = ["-version"]
        verbose_name = _("threshold version")
        constraints = [
            models.UniqueConstraint(fields=["valid_from"], condition=Q(state="adopted"), name="one_scheme_a_day"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(proposed_by=None) | ~Q(decided_by=F("proposed_by")),
                name="scheme_by_two_people",
            ),
        ]

    def __str__(self):
        return str(self.version)


class Level(models.Model):
    """One class of a scheme. Lower bound inclusive, in cents of quarterly daily average deposits; rank 0 is lowest."""

    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="levels")
    kind = models.CharField(_("kind"), max_length=1, choices=Kind)
    rank = models.PositiveSmallIntegerField(_("rank"))
    code = models.CharField(_("code"), max_length=12)
    floor_cents = models.BigIntegerField(_("from (average deposit)"))
    grace_quarters = models.PositiveSmallIntegerField(_("grace (quarters)"), default=1)

    class Meta:
        ordering = ["scheme", "kind", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "kind", "rank"], name="one_level_a_rank"),
            models.UniqueConstraint(fields=["scheme", "kind", "code"], name="one_level_a_code"),
            models.UniqueConstraint(fields=["scheme", "kind", "floor_cents"], name="one_level_a_floor"),
        ]

    def __str__(self):
        return self.code


class Run(models.Model):
    """One quarter's reclassification. Rerunning changes nothing; what came late is marked, never recomputed silently."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for deposit data")
        COMPUTING = "computing", _("Computing")
        HELD = "held", _("Held: too many moves")
        PROPOSED = "proposed", _("Waiting for the customer-analysis meetings")
        CONFIRMED = "confirmed", _("Confirmed")

    quarter = models.CharField(_("quarter"), max_length=6, unique=True)  # 2026Q3
    scheme = models.ForeignKey(Scheme, models.PROTECT, null=True, related_name="runs", verbose_name=_("thresholds"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    version = models.PositiveIntegerField(default=1)
    missing_days = models.JSONField(default=list)  # [[first, last], …] of days without deposits
    cursor = models.BigIntegerField(default=0)  # customers up to this id are proposed
    counts = models.JSONField(default=dict)  # verdict: customers
    moved_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    computed_at = models.DateTimeField(_("computed"), null=True, blank=True)
    released_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-quarter"]
        verbose_name = _("reclassification")

    def __str__(self):
        return self.quarter


class Verdict(models.TextChoices):
    FIRST = "first", _("First class")
    UP = "up", _("Upgrade")
    WATCH = "watch", _("Level kept, watched")
    DOWN = "down", _("Downgrade")
    SAME = "same", _("Unchanged")
    PENDING = "pending", _("To be assessed")


class Proposal(models.Model):
    """What a run proposes for one customer, with its evidence. Narrow on purpose: one row a customer and quarter.

    `branch` and `manager` are those of the day of the run. `days` counts the quarter's days since the customer's first account was opened.
    `below` counts the quarters running below the class, this one included. `override_code` wins over `new_code`.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="proposals", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="class_proposals")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    manager = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=1, choices=Kind)
    old_code = models.CharField(max_length=12, blank=True)
    new_code = models.CharField(max_length=12, blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict)
    average_cents = models.BigIntegerField(_("quarterly daily average"))
    closing_cents = models.BigIntegerField(_("balance at the quarter's end"))
    month_cents = models.BigIntegerField(_("daily average of the last month"))
    days = models.PositiveSmallIntegerField()
    below = models.PositiveSmallIntegerField(default=0)
    override_code = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "customer"], name="one_proposal_a_customer")]
        indexes = [models.Index(fields=["run", "branch", "verdict"], name="proposal_branch_verdict")]

    def __str__(self):
        return f"{self.run_id} {self.customer_id}"


class Unit(models.Model):
    """A sub-branch's (or direct outlet's) part of a run: confirmed once, by its customer-analysis meeting.

    Overrides and the confirmation claim it by compare-and-set on (state, version). `branches` are the keys of
    those whose customers it confirms, as the tree stood when the run was computed.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the meeting")
        CONFIRMED = "confirmed", _("Confirmed")

    run = models.ForeignKey(Run, models.CASCADE, related_name="units")
    branches = models.JSONField(default=list)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    version = models.PositiveIntegerField(default=1)
    meeting_number = models.CharField(_("meeting"), max_length=24, blank=True)
    confirmed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    effective_on = models.DateField(_("effective from"), null=True, blank=True)

    class Meta:
        ordering = ["run", "branch__path"]
        constraints = [models.UniqueConstraint(fields=["run", "branch"], name="one_unit_a_branch")]

    def __str__(self):
        return f"{self.run_id} {self.branch_id}"


class CustomerClass(models.Model):
    """The class a customer has now, in a narrow table: written by confirmations alone."""

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="customer_class")
    code = models.CharField(_("class"), max_length=12)
    rank = models.PositiveSmallIntegerField()
    since = models.DateField(_("since"))
    average_cents = models.BigIntegerField(default=0)
    below = models.PositiveSmallIntegerField(default=0)
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["code", "customer"], name="class_code")]

    def __str__(self):
        return self.code


class ClassChange(models.Model):
    """The history of classes: every confirmed change with its evidence. Added, never changed."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="class_changes", db_index=False)
    old_code = models.CharField(max_length=12, blank=True)
    new_code = models.CharField(max_length=12)
    verdict = models.CharField(max_length=8, choices=Verdict)
    average_cents = models.BigIntegerField()
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(Run, models.PROTECT, related_name="changes", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="changes")
    meeting_number = models.CharField(max_length=24, blank=True)
    is_override = models.BooleanField(default=False)
    effective_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-effective_on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["customer", "run"], name="one_change_a_run")]

    def __str__(self):
        return f"{self.old_code} → {self.new_code}"


class Override(models.Model):
    """A single customer kept at, or put into, a class against the rule: reason, approver, end (at most 4 quarters)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="class_overrides")
    run = models.ForeignKey(Run, models.CASCADE, related_name="overrides")
    code = models.CharField(_("class"), max_length=12)
    reason = models.CharField(_("reason"), max_length=300)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("set by"))
    approver = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("approver"))
    until = models.DateField(_("until"))
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "run"], condition=Q(ended_at=None), name="one_override_a_run"),
            models.CheckConstraint(condition=~Q(proposed_by=F("approver")), name="override_by_two_people"),
        ]

    def __str__(self):
        return self.code


class LateMark(models.Model):
    """A customer whom postings that came after the run would have placed elsewhere."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="late_marks")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="late_marks")
    average_cents = models.BigIntegerField()
    new_code = models.CharField(max_length=12)
    verdict = models.CharField(max_length=8, choices=Verdict)
    found_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "customer"], name="one_late_mark")]

    def __str__(self):
        return f"{self.run_id} {self.customer_id}"
