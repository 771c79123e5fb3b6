"""Change requests: what somebody proposes to change in an archive, and how it was decided."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from archives.changes.querysets import ChangeRequestQuerySet
from archives.customers.models import Customer
from crm.privacy.encryption import EncryptedTextField
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class Kind(models.TextChoices):
    SUPPLEMENT = "supplement", _("Supplement")
    EDIT = "edit", _("Edit")
    DELETE = "delete", _("Deletion")
    MERGE = "merge", _("Merge")


class Status(models.TextChoices):
    PENDING = "pending", _("Waiting for a decision")
    APPROVED = "approved", _("Approved")
    PARTLY = "partly", _("Partly approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("Superseded")


class Reason(models.TextChoices):
    """DOMAIN.md 3.7"""

    WRONG = "wrong", _("Archive was wrong")
    CHANGED = "changed", _("Information changed")
    COMPLETED = "completed", _("Completing what is missing")
    CUSTOMER = "customer", _("Correction asked for by the customer")
    SYSTEM = "system", _("Difference found between systems")
    DUPLICATE = "duplicate", _("Duplicate")
    DEAD = "dead", _("Dead archive")
    OUTDATED = "outdated", _("Outdated")
    OTHER = "other", _("Other")


EDIT_REASONS = [Reason.WRONG, Reason.CHANGED, Reason.COMPLETED, Reason.CUSTOMER, Reason.SYSTEM, Reason.OTHER]
DELETE_REASONS = [Reason.DEAD, Reason.DUPLICATE, Reason.WRONG, Reason.OUTDATED]


class Route(models.TextChoices):
    """Why this person decides."""

    MANAGER = "manager", _("Customer manager")
    HEAD = "head", _("Outlet head")
    UPPER = "upper", _("Next level up")


class ChangeRequest(models.Model):
    """One proposal. `assignee` answers for the decision; a deputy on leave is found when asked, not stored.

    Every state change goes through `transitions.transition`: a compare-and-set on (status, version).
    `proposer` is empty only for differences that a feed found. It is about a `customer` or an intelligence
    `item`. Supplements and edits have items; the other kinds are matters: one yes or no, their particulars in
    `details` (no personal data), their effect in `effects.EFFECTS`.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="change_requests", verbose_name=_("customer")
    )
    item = models.ForeignKey(
        "archives.Intelligence", models.PROTECT, null=True, blank=True, related_name="change_requests"
    )
    details = models.JSONField(default=dict, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"), db_index=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PENDING)
    version = models.PositiveIntegerField(default=1)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    token = models.CharField(max_length=40, null=True, blank=True, unique=True)
    base_version = models.PositiveIntegerField(_("written against version"))
    reason_code = models.CharField(_("reason"), max_length=12, choices=Reason)
    reason_text = models.CharField(_("explanation"), max_length=500)
    proposer = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="proposed_changes", verbose_name=_("proposed by")
    )
    submitted_at = models.DateTimeField(_("submitted"))
    assignee = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="assigned_changes", verbose_name=_("decided by")
    )
    route = models.CharField(_("route"), max_length=8, choices=Route)
    decided_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="decided_changes", verbose_name=_("decided by")
    )
    on_behalf_of = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("on behalf of")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    comment = models.CharField(_("opinion"), max_length=500, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalated_to = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("escalated to")
    )

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        ordering = ["submitted_at", "pk"]
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        constraints = [
            models.UniqueConstraint(
                fields=["proposer", "customer", "kind"], condition=Q(status="pending"), name="one_open_request_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(proposer=None) | ~Q(decided_by=F("proposer")),
                name="nobody_decides_their_own",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "partly", "rejected"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="decision_names_its_decider",
            ),
            models.CheckConstraint(condition=~Q(reason_text=""), name="request_has_a_reason"),
            models.CheckConstraint(
                condition=Q(customer__isnull=False, item=None) | Q(customer=None, item__isnull=False),
                name="request_has_one_subject",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(status="pending", kind__in=["delete", "merge"]),
                name="one_open_matter_a_customer",
            ),
            models.UniqueConstraint(fields=["item"], condition=Q(status="pending"), name="one_open_matter_an_item"),
        ]
        indexes = [
            models.Index(fields=["assignee", "submitted_at"], name="change_inbox", condition=Q(status="pending")),
            models.Index(fields=["status", "submitted_at"], name="change_status"),
        ]

    def __str__(self):
        return self.number

    @property
    def subject(self):
        """What it is about: a customer, or an intelligence item."""
        return self.customer if self.customer_id else self.item

    @property
    def is_matter(self) -> bool:
        """One yes or no on the whole, instead of a decision a field."""
        return self.kind not in (Kind.SUPPLEMENT, Kind.EDIT)

    @property
    def is_open(self) -> bool:
        return self.status == Status.PENDING


class ChangeItem(models.Model):
    """One field, or one row of a part of the archive, in one round of a request.

    `field` is a key of the catalogue, or `part:<name>` with `row` the row's id (0: a new row); then old and
    new are JSON objects of the row, empty for "no row". Values are canonical texts (`customers.values`),
    encrypted whatever the field is.
    """

    class Decision(models.TextChoices):
        OPEN = "open", _("Not decided")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        KEPT = "kept", _("Present value kept")

    request = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="items")
    round = models.PositiveSmallIntegerField(default=1)
    field = models.CharField(max_length=40)
    row = models.BigIntegerField(default=0)
    old = EncryptedTextField(purpose="change.old")
    new = EncryptedTextField(purpose="change.new")
    found = EncryptedTextField(purpose="change.found")
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.OPEN)
    comment = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "round", "field", "row"],
                condition=~Q(row=0) | ~Q(field__startswith="part:"),
                name="one_item_a_field",
            )
        ]

    def __str__(self):
        return self.field


class ChangeEvent(models.Model):
    """The history of a request's states. Added, never changed."""

    request = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="events")
    round = models.PositiveSmallIntegerField()
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12)
    action = models.CharField(max_length=20)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.action


class Evidence(models.Model):
    """A file that supports a request; stored under a random name outside the web root."""

    request = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="evidence")
    round = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(_("file name"), max_length=120)
    file = models.FileField(upload_to="evidence/%Y/%m/")
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name


class Modification(models.Model):
    """The modification record of an archive: one changed field, who, why, approved by whom. Never changed."""

    class Origin(models.TextChoices):
        REQUEST = "request", _("Change request")
        FEED = "feed", _("Core system feed")
        DIRECT = "direct", _("Filled without approval")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="modifications", db_index=False)
    at = models.DateTimeField()
    origin = models.CharField(max_length=10, choices=Origin)
    field = models.CharField(max_length=40)
    row = models.BigIntegerField(default=0)
    old = EncryptedTextField(purpose="modification.old")
    new = EncryptedTextField(purpose="modification.new")
    actor = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    approver = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    on_behalf_of = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    reason_code = models.CharField(max_length=12, blank=True)
    reason_text = models.CharField(max_length=500, blank=True)
    request = models.ForeignKey(ChangeRequest, models.PROTECT, null=True, blank=True, related_name="modifications")
    customer_version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["customer", "-at", "-id"], name="modification_customer")]

    def __str__(self):
        return self.field
