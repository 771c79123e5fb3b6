"""违规积分: the catalogue of rules, proposals, appeals, an append-only ledger, and what thresholds bring."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from complaints.cases.models import Case
from complaints.conduct.querysets import (
    LIVE,
    ConsequenceQuerySet,
    PointEntryQuerySet,
    PointProposalQuerySet,
    PointRuleQuerySet,
)
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class PointRule(models.Model):
    """An item of the catalogue, in versions (DOMAIN.md 6.1). Points are multiples of 0.5.

    A version is never edited: a new one follows it, and `valid_until` (the last day) ends the one before.
    """

    class Kind(models.TextChoices):
        VIOLATION = "violation", _("Violation")
        PRAISE = "praise", _("Praise")
        FORBEARANCE = "forbearance", _("Forbearance award")  # 委屈奖: polite under unjustified abuse

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.VIOLATION)
    item = models.CharField(_("item"), max_length=120)
    item_en = models.CharField(_("item in English"), max_length=120, blank=True)
    points = models.DecimalField(_("points"), max_digits=4, decimal_places=1)
    award_cents = models.PositiveIntegerField(_("award"), default=0)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    set_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField()

    objects = PointRuleQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "points", "award_cents", "code", "-version"]
        verbose_name = _("points rule")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_rule_version"),
            models.CheckConstraint(condition=Q(points__gte=0, points__lte=12), name="points_of_twelve"),
            models.CheckConstraint(
                condition=~Q(kind="violation") | Q(points__gt=0, award_cents=0), name="violation_costs_points"
            ),
        ]

    def __str__(self):
        return self.item_en if self.item_en and (get_language() or "").startswith("en") else self.item


class PointProposal(models.Model):
    """Points that somebody proposes from a confirmed finding or an inspection; one other person decides."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waits for a decision")
        DECIDED = "decided", _("Decided")
        REJECTED = "rejected", _("Rejected")
        APPEALED = "appealed", _("Appealed")
        UPHELD = "upheld", _("Upheld on appeal")
        VOID = "void", _("Void after appeal")

    number = models.CharField(_("number"), max_length=24, unique=True)
    employee = models.ForeignKey(USER, models.PROTECT, related_name="point_proposals", verbose_name=_("employee"))
    rule = models.ForeignKey(PointRule, models.PROTECT, related_name="+", verbose_name=_("rule"))
    points = models.DecimalField(_("points"), max_digits=4, decimal_places=1)
    # Of the employee, when it was proposed.
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="point_proposals", verbose_name=_("case")
    )
    inspection = models.CharField(_("inspection"), max_length=200, blank=True)
    happened_on = models.DateField(_("on"))
    why = models.CharField(_("what happened"), max_length=500)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    version = models.PositiveIntegerField(default=1)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    comment = models.CharField(_("opinion"), max_length=300, blank=True)
    appeal_until = models.DateField(_("appeal until"), null=True, blank=True)
    appeal_text = models.CharField(_("appeal"), max_length=1000, blank=True)
    appealed_at = models.DateTimeField(_("appealed"), null=True, blank=True)
    appeal_due_on = models.DateField(_("appeal decided by"), null=True, blank=True)
    appeal_decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    appeal_decided_at = models.DateTimeField(null=True, blank=True)
    appeal_answer = models.CharField(_("answer to the appeal"), max_length=500, blank=True)

    objects = PointProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        verbose_name = _("points proposal")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="nobody_decides_their_own_points"
            ),
            models.CheckConstraint(condition=~Q(proposed_by=F("employee")), name="nobody_proposes_themselves"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("employee")), name="nobody_judges_themselves"
            ),
            models.CheckConstraint(condition=Q(case__isnull=False) | ~Q(inspection=""), name="points_have_a_source"),
            models.CheckConstraint(
                condition=Q(appeal_decided_by=None)
                | ~Q(appeal_decided_by=F("proposed_by"))
                & ~Q(appeal_decided_by=F("decided_by"))
                & ~Q(appeal_decided_by=F("employee")),
                name="a_third_person_decides_the_appeal",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(decided_by__isnull=False), name="decided_points_name_who"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["upheld", "void"]) | Q(appeal_decided_by__isnull=False),
                name="decided_appeal_names_who",
            ),
            models.UniqueConstraint(
                fields=["case", "employee", "rule"],
                condition=Q(state__in=LIVE, case__isnull=False),
                name="one_live_proposal_a_case",
            ),
            models.UniqueConstraint(
                fields=["employee", "rule", "happened_on", "inspection"],
                condition=Q(state__in=LIVE, case=None),
                name="one_live_proposal_an_inspection",
            ),
        ]
        indexes = [models.Index(fields=["state", "-proposed_at"], name="points_state")]

    def __str__(self):
        return self.number

    @property
    def is_violation(self) -> bool:
        return self.rule.kind == PointRule.Kind.VIOLATION


class PointEntry(models.Model):
    """One line of the ledger; a reversal is a new line with the points taken back. Append-only, in SQL too: the
    triggers of `ledger_guard` refuse UPDATE and DELETE. Praise and awards are counted apart from violations (`kind`).
    """

    employee = models.ForeignKey(USER, models.PROTECT, related_name="point_entries", verbose_name=_("employee"))
    proposal = models.ForeignKey(PointProposal, models.PROTECT, related_name="entries")
    kind = models.CharField(_("kind"), max_length=12, choices=PointRule.Kind)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1)
    award_cents = models.IntegerField(_("award"), default=0)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    counts_on = models.DateField(_("counts from"))  # the rolling window is counted by it
    at = models.DateTimeField(_("entered"))
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("by"))

    objects = PointEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("ledger entry")
        constraints = [
            models.UniqueConstraint(fields=["proposal"], condition=Q(reverses=None), name="one_entry_a_proposal"),
            models.CheckConstraint(
                condition=Q(reverses=None, points__gte=0, award_cents__gte=0)
                | Q(reverses__isnull=False, points__lte=0, award_cents__lte=0),
                name="only_a_reversal_takes_back",
            ),
        ]
        indexes = [models.Index(fields=["employee", "counts_on"], name="points_employee")]

    def __str__(self):
        return f"{self.employee_id} {self.points}"


class Consequence(models.Model):
    """What reaching 3, 6, 9 or 12 points brings: talk, criticism, training, transfer. A task with owner and day."""

    class Kind(models.TextChoices):
        TALK = "talk", _("Warning talk")
        CRITICISM = "criticism", _("Criticism before all and a cut of the bonus")
        TRAINING = "training", _("Training away from the post")
        TRANSFER = "transfer", _("Moved to another post")

    class State(models.TextChoices):
        OPEN = "open", _("To be done")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped after an appeal")

    employee = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("employee"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    threshold = models.DecimalField(_("threshold"), max_digits=4, decimal_places=1)
    entry = models.ForeignKey(PointEntry, models.PROTECT, related_name="consequences")
    owner = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner"))
    opened_at = models.DateTimeField()
    due_on = models.DateField(_("due on"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    done_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = ConsequenceQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("consequence")
        indexes = [models.Index(fields=["owner", "state", "due_on"], name="consequence_owner")]
        constraints = [models.UniqueConstraint(fields=["employee", "entry", "threshold"], name="one_consequence")]

    def __str__(self):
        return f"{self.employee_id} {self.kind}"
