"""Who looks after an archive: merges of duplicates, hand-overs between managers, outlets that close or move."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from archives.changes.models import ChangeRequest
from archives.customers.models import Customer
from archives.retention.models import Deletion
from crm.privacy.encryption import EncryptedTextField
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class Merge(models.Model):
    """An approved merge: `loser` went into `survivor`. `moved` lists which rows moved, so that undo moves exactly them.

    `before` is JSON, encrypted: {"survivor": {field: text} that was replaced, "loser": {field: text} that was taken
    off it}. The loser waits in the recycle bin (`deletion`) until `undo_until`; undoing restores it. `core_id` is the
    loser's number in the core system where the survivor has another: feeds that name it mean the survivor, also
    when the loser has been purged.
    """

    class State(models.TextChoices):
        APPLIED = "applied", _("Merged")
        UNDONE = "undone", _("Undone")

    request = models.OneToOneField(ChangeRequest, models.PROTECT, related_name="merge")
    survivor = models.ForeignKey(
        Customer, models.PROTECT, related_name="merges_won", verbose_name=_("remaining archive")
    )
    loser = models.ForeignKey(
        Customer, models.SET_NULL, null=True, related_name="merges_lost", verbose_name=_("merged archive")
    )
    loser_number = models.CharField(max_length=12)
    core_id = models.CharField(max_length=40, null=True, blank=True, db_index=True)
    deletion = models.ForeignKey(Deletion, models.SET_NULL, null=True, related_name="merges")
    choices = models.JSONField(default=dict)  # field key: "survivor" or "loser"
    before = EncryptedTextField(purpose="merge.before")
    moved = models.JSONField(default=dict)  # {"rows": {"app.model.field": [keys]}, "left": the same, "removed": […]}
    survivor_version = models.PositiveIntegerField()  # right after the merge; a higher one was edited since
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.APPLIED)
    version = models.PositiveIntegerField(default=1)
    applied_at = models.DateTimeField(_("merged"))
    undo_until = models.DateField(_("can be undone until"))
    undone_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undo_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-applied_at", "-pk"]
        verbose_name = _("merge")

    def __str__(self):
        return f"{self.loser_number} → {self.survivor_id}"


class HandOver(models.Model):
    """客户移交: customers of one manager pass to others in one operation, under a supervisor of transfer (监交人)."""

    class Reason(models.TextChoices):
        LEAVE = "leave", _("Long leave")
        TRANSFER = "transfer", _("Change of post")
        DEPARTURE = "departure", _("Departure")
        BALANCE = "balance", _("Balancing of work")

    class State(models.TextChoices):
        PREPARED = "prepared", _("Waiting for the supervisor of transfer")
        DONE = "done", _("Handed over")
        UNDONE = "undone", _("Undone")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(_("number"), max_length=24, unique=True)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    outgoing = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("outgoing manager"))
    supervisor = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("supervisor of transfer"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.CharField(_("note"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PREPARED)
    version = models.PositiveIntegerField(default=1)
    prepared_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("prepared by"))
    prepared_at = models.DateTimeField(_("prepared"))
    done_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    ended_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)  # customers, requests, …: as previewed, then as done

    class Meta:
        ordering = ["-prepared_at", "-pk"]
        verbose_name = _("hand-over")
        constraints = [
            models.CheckConstraint(condition=~Q(supervisor=F("outgoing")), name="supervisor_is_not_outgoing"),
            models.CheckConstraint(condition=~Q(supervisor=F("prepared_by")), name="supervisor_did_not_prepare"),
            models.UniqueConstraint(
                fields=["outgoing", "branch"], condition=Q(state="prepared"), name="one_open_hand_over"
            ),
        ]

    def __str__(self):
        return self.number


class HandOverLine(models.Model):
    """One customer of a hand-over. `was_assistant`: the outgoing person assisted instead of managing.

    `assisted`: the incoming person assisted until now; undoing restores it. `version_after` is 0 where nothing passed.
    """

    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="lines")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="hand_over_lines")
    incoming = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("incoming manager"))
    was_assistant = models.BooleanField(default=False)
    assisted = models.BooleanField(default=False)
    version_after = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["hand_over", "customer", "was_assistant"], name="one_line_a_customer")
        ]

    def __str__(self):
        return str(self.customer_id)


class OutletChange(models.Model):
    """An outlet that was merged into another, closed, or moved under another parent: what went where."""

    class Kind(models.TextChoices):
        MERGED = "merged", _("Merged into another outlet")
        MOVED = "moved", _("Moved under another parent")

    number = models.CharField(_("number"), max_length=24, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("outlet"))
    target = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("target"))
    old_parent = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=300)
    done_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("done by"))
    done_at = models.DateTimeField(_("done"))
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-done_at", "-pk"]
        verbose_name = _("outlet change")

    def __str__(self):
        return self.number
