"""What is deleted, kept for a month, sealed, purged; what holds a deletion up; what looks dead."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from archives.changes.models import ChangeRequest, Reason
from archives.customers.models import Customer
from archives.intelligence.models import Intelligence
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class Deletion(models.Model):
    """An approved deletion, from the hiding to restoring, sealing or purging.

    Kept through `keep_until`, the last local day on which it cannot be purged. State changes go through
    `transitions.move`: a compare-and-set on (state, version). A purge removes this row with everything else and
    leaves a Tombstone. `category` is one of DELETE_REASONS, or "merged" for what a merge took away (restoring is
    then undoing the merge, `archives.stewardship`).
    """

    class State(models.TextChoices):
        KEPT = "kept", _("In the recycle bin")
        SEALED = "sealed", _("Sealed")
        RESTORED = "restored", _("Restored")

    MERGED = "merged"

    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="deletions")
    item = models.ForeignKey(Intelligence, models.PROTECT, null=True, blank=True, related_name="deletions")
    number = models.CharField(_("number"), max_length=24)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    category = models.CharField(_("category"), max_length=12)
    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="deletions")
    proposer = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by"))
    approver = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("approved by"))
    approved_at = models.DateTimeField(_("approved"))
    keep_until = models.DateField(_("kept until"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.KEPT)
    version = models.PositiveIntegerField(default=1)
    sealed_until = models.DateField(_("sealed until"), null=True, blank=True)
    seal_reason = models.CharField(_("why the law keeps it"), max_length=20, blank=True)
    confirmed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    restored_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    restored_at = models.DateTimeField(null=True, blank=True)
    restore_reason = models.CharField(_("why restored"), max_length=300, blank=True)

    class Meta:
        ordering = ["keep_until", "pk"]
        verbose_name = _("deletion")
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False, item=None) | Q(customer=None, item__isnull=False),
                name="deletion_has_one_subject",
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state__in=["kept", "sealed"]), name="one_deletion_a_customer"
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(state__in=["kept", "sealed"]), name="one_deletion_an_item"
            ),
            models.CheckConstraint(
                condition=Q(proposer=None) | ~Q(approver=F("proposer")), name="deletion_by_two_people"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | (~Q(confirmed_by=F("approver")) & (Q(proposer=None) | ~Q(confirmed_by=F("proposer")))),
                name="purge_confirmed_by_a_third",
            ),
        ]
        indexes = [models.Index(fields=["state", "keep_until"], name="deletion_due")]

    def __str__(self):
        return self.number

    @property
    def subject(self):
        return self.customer if self.customer_id else self.item


class Tombstone(models.Model):
    """The proof that something was purged: who, when, why; nothing of the person. Never changed."""

    kind = models.CharField(_("kind"), max_length=12)  # "customer" or "intelligence"
    number = models.CharField(_("number"), max_length=24, unique=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    category = models.CharField(_("category"), max_length=12)
    reason_code = models.CharField(_("reason"), max_length=12, choices=Reason, blank=True)
    request_number = models.CharField(_("request"), max_length=24)
    proposer = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by"))
    approver = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("approved by"))
    confirmer = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("confirmed by"))
    proposed_at = models.DateTimeField(_("proposed"))
    approved_at = models.DateTimeField(_("approved"))
    confirmed_at = models.DateTimeField(_("confirmed"))
    purged_at = models.DateTimeField(_("purged"))
    rows = models.JSONField(_("rows removed"), default=dict)  # table name: count
    files = models.PositiveIntegerField(_("files removed"), default=0)

    class Meta:
        ordering = ["-purged_at", "-pk"]
        verbose_name = _("tombstone")

    def __str__(self):
        return self.number


class PendingFile(models.Model):
    """A file on disk that a committed purge must still remove: its row is written with the purge, so a kill loses none."""

    name = models.CharField(max_length=200, unique=True)
    since = models.DateTimeField()

    def __str__(self):
        return self.name


class Hold(models.Model):
    """An open matter that a deletion must wait for. The matter's own service places and releases it."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", _("Open complaint")
        TASK = "task", _("Open task")
        REGULATOR = "regulator", _("Inquiry of a regulator or court")
        AUDIT = "audit", _("Audit")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="holds")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    source = models.CharField(_("source"), max_length=60)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    placed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    placed_at = models.DateTimeField(_("placed"))
    until = models.DateField(_("until"), null=True, blank=True)
    released_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("hold")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "source"], condition=Q(released_at=None), name="one_hold_a_source"
            )
        ]

    def __str__(self):
        return self.source


class LegalRetention(models.Model):
    """Something closed that the law keeps for years: a closed complaint writes one (accounts speak for themselves)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="legal_retentions")
    kind = models.CharField(max_length=20)
    source = models.CharField(max_length=60)
    until = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "source"], name="one_retention_a_source")]

    def __str__(self):
        return self.source


class Clock(models.Model):
    """The one row that vouches for the clock: purges trust `trusted_at`, never the wall clock alone (`clock.py`)."""

    seen_at = models.DateTimeField()
    steady_since = models.DateTimeField()
    trusted_at = models.DateTimeField()

    def __str__(self):
        return str(self.trusted_at)


class DeadSign(models.Model):
    """What an employee noted of an archive: could not be reached, or the estate is settled."""

    class Kind(models.TextChoices):
        UNREACHABLE = "unreachable", _("Could not be reached")
        ESTATE = "estate", _("Deceased, estate settled")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="dead_signs")
    kind = models.CharField(_("sign"), max_length=12, choices=Kind)
    day = models.DateField(_("day"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    noted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("noted by"))

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "day"], name="one_sign_a_day")]

    def __str__(self):
        return f"{self.kind} {self.day}"


class DeadCandidate(models.Model):
    """An archive that looks dead by DOMAIN.md 3.6, with the evidence; a person proposes its deletion or dismisses it."""

    class Rule(models.TextChoices):
        NO_ACCOUNT = "no_account", _("Never had an account")
        CLOSED = "closed", _("All accounts closed for more than twelve months")
        UNREACHABLE = "unreachable", _("Not reached on three different days")
        DUPLICATE = "duplicate", _("Likely duplicate")
        DECEASED = "deceased", _("Deceased, estate settled")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="dead_candidates")
    rule = models.CharField(_("rule"), max_length=12, choices=Rule)
    evidence = models.JSONField(default=dict)  # days, counts, customer numbers; no personal data
    found_on = models.DateField(_("found"))
    dismissed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    dismissed_on = models.DateField(_("dismissed"), null=True, blank=True)
    dismiss_reason = models.CharField(_("why it is alive"), max_length=200, blank=True)

    class Meta:
        ordering = ["found_on", "pk"]
        verbose_name = _("candidate for deletion")
        constraints = [models.UniqueConstraint(fields=["customer", "rule"], name="one_candidate_a_rule")]

    def __str__(self):
        return f"{self.rule} {self.customer_id}"
