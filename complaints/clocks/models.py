"""Clocks of a case, what they were set to, what moved them, and whom they warned. Kept for good."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.cases.asked import Asked
from complaints.cases.codes import Level, Means
from complaints.cases.models import Case
from complaints.clocks.codes import LEVELS, ClockKind, Unit
from complaints.clocks.querysets import (
    ClockQuerySet,
    ClockWarningQuerySet,
    ExtensionQuerySet,
    PauseQuerySet,
    TargetQuerySet,
)

USER = settings.AUTH_USER_MODEL


class Target(models.Model):
    """How long a clock runs, from a day on. Never edited: a change is a new version (DOMAIN.md 1.3 and 10)."""

    kind = models.CharField(_("clock"), max_length=12, choices=ClockKind)
    level = models.CharField(_("level"), max_length=10, choices=Level, blank=True)  # empty: any
    class_code = models.CharField(_("class"), max_length=20, blank=True)  # empty: any
    unit = models.CharField(_("unit"), max_length=2, choices=Unit)
    amount = models.DecimalField(_("amount"), max_digits=5, decimal_places=1)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    valid_from = models.DateField(_("from"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    set_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("set by"))
    set_at = models.DateTimeField(_("set"))

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "level", "class_code", "-version"]
        verbose_name = _("clock target")
        constraints = [
            models.UniqueConstraint(fields=["kind", "level", "class_code", "version"], name="one_target_version"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="target_is_positive"),
        ]

    def __str__(self):
        return f"{self.kind} {self.amount} {self.unit}"


class Clock(models.Model):
    """One limit of one round. `due_at` is the target in force; `first_due_at` what it was at the start.

    `actual` and `difference` (actual minus target, negative is early) are in `unit`, written when it stops.
    `next_warning_at` is empty while it is paused, stopped or has said everything. `paused_amount` is what pauses took
    out of it, in `unit`. New facts begin the next `lap`: its period and its warnings start again.
    """

    class End(models.TextChoices):
        MET = "met", _("Met")
        MISSED = "missed", _("Missed")
        VOID = "void", _("Void")  # withdrawn, merged, transferred: counts neither way

    case = models.ForeignKey(Case, models.CASCADE, related_name="clocks")
    round = models.PositiveSmallIntegerField()
    kind = models.CharField(_("clock"), max_length=12, choices=ClockKind)
    unit = models.CharField(_("unit"), max_length=2, choices=Unit)
    amount = models.DecimalField(_("amount"), max_digits=5, decimal_places=1)
    target = models.ForeignKey(Target, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(_("started"))
    first_due_at = models.DateTimeField()
    due_at = models.DateTimeField(_("due"))
    is_certain = models.BooleanField(default=True)  # False: it crosses a year without a calendar
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    left = models.DecimalField(max_digits=14, decimal_places=10, null=True, blank=True)  # in `unit`, while paused
    paused_amount = models.DecimalField(max_digits=14, decimal_places=10, default=0)
    lap = models.PositiveSmallIntegerField(default=1)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    end = models.CharField(_("result"), max_length=8, choices=End, blank=True)
    actual = models.DecimalField(_("actual"), max_digits=9, decimal_places=2, null=True, blank=True)
    difference = models.DecimalField(_("difference"), max_digits=9, decimal_places=2, null=True, blank=True)
    said_level = models.PositiveSmallIntegerField(default=0)  # the highest warning of this lap
    next_warning_at = models.DateTimeField(null=True, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = _("clock")
        constraints = [
            models.UniqueConstraint(fields=["case", "round", "kind"], name="one_clock_a_kind"),
            models.CheckConstraint(condition=Q(stopped_at=None) | ~Q(end=""), name="stopped_clock_has_its_result"),
            models.CheckConstraint(condition=Q(due_at__gte=F("started_at")), name="clock_ends_after_its_start"),
        ]
        indexes = [
            models.Index(fields=["next_warning_at", "id"], name="clock_to_warn", condition=Q(next_warning_at__isnull=False)),
            models.Index(fields=["case", "due_at"], name="clock_case_open", condition=Q(stopped_at=None)),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.case_id} {self.kind}"

    @property
    def counted(self) -> Decimal:
        """The target in force with what pauses added to it, in `unit`."""
        return self.amount + self.paused_amount

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None and self.paused_at is None


class ClockShift(models.Model):
    """A limit that moved: by an extension, a pause, new facts, a recalculation somebody asked for. Append-only."""

    class Why(models.TextChoices):
        EXTENSION = "extension", _("Extension")
        PAUSE = "pause", _("Pause")
        NEW_FACTS = "facts", _("New facts")
        LEVEL = "level", _("Another level")
        CALENDAR = "calendar", _("Another calendar")
        TARGET = "target", _("Another target")
        REGULATOR = "regulator", _("A day set by the regulator")
        RECEIVED = "received", _("The time of receipt was corrected")

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="shifts")
    why = models.CharField(_("why"), max_length=10, choices=Why)
    before = models.DateTimeField(_("before"))
    after = models.DateTimeField(_("after"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.clock_id} {self.why}"


class ClockWarning(models.Model):
    """A level that a clock reached (see `codes.LEVELS`): once each in a lap, for good."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="warnings")
    lap = models.PositiveSmallIntegerField(default=1)
    level = models.PositiveSmallIntegerField(_("level"), choices=LEVELS.items())
    at = models.DateTimeField(_("at"))
    told = models.PositiveSmallIntegerField(_("people told"), default=0)  # 0: overtaken by a higher level

    objects = ClockWarningQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["clock", "lap", "level"], name="one_clock_warning")]
        indexes = [models.Index(fields=["-at", "-id"], name="clock_warning_at")]

    def __str__(self):
        return f"{self.clock_id} {self.level}"


class Pause(Asked):
    """鉴定、检测、评估: only for a listed reason, decided by the office, told to the customer."""

    class Reason(models.TextChoices):
        APPRAISAL = "appraisal", _("External appraisal")
        TESTING = "testing", _("External testing")
        VALUATION = "valuation", _("External valuation")

    case = models.ForeignKey(Case, models.CASCADE, related_name="pauses")
    round = models.PositiveSmallIntegerField()
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.CharField(_("note"), max_length=300)
    comment = models.CharField(_("opinion"), max_length=300, blank=True)
    told_at = models.DateTimeField(_("customer told"), null=True, blank=True)
    told_by_means = models.CharField(_("means"), max_length=8, choices=Means, blank=True)
    started_at = models.DateTimeField(_("from"), null=True, blank=True)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="nobody_grants_their_own_pause"),
            models.UniqueConstraint(fields=["case"], condition=Q(granted=None) | Q(granted=True, ended_at=None), name="one_open_pause"),
            models.CheckConstraint(condition=Q(started_at=None) | Q(granted=True, told_at__isnull=False), name="pause_was_told"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.case_id} {self.reason}"


class Extension(Asked):
    """Step 1 (to 30 days) is the office's decision, step 2 (to 60) the upper level's or head office's; both are told."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="extensions")
    round = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField(_("step"))
    reason = models.CharField(_("reason"), max_length=300)
    comment = models.CharField(_("opinion"), max_length=300, blank=True)
    told_at = models.DateTimeField(_("customer told"), null=True, blank=True)
    told_by_means = models.CharField(_("means"), max_length=8, choices=Means, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "round", "step"], condition=~Q(granted=False), name="one_extension_a_step"),
            models.CheckConstraint(condition=Q(step__in=[1, 2]), name="extension_has_two_steps"),
            models.CheckConstraint(condition=~Q(granted=True) | Q(told_at__isnull=False), name="extension_was_told"),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="nobody_extends_their_own"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.case_id} {self.step}"
