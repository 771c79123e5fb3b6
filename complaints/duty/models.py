"""The lobby: opening hours, who sits and stands duty, swaps, check-in, handover, log, what was settled on the spot."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from complaints.duty.querysets import DutyQuerySet, EventQuerySet, HandoverQuerySet, SwapQuerySet
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class OpeningHours(models.Model):
    """Hours of an outlet on one weekday (0 Monday … 6 Sunday), several windows a day. A closed day has none."""

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    history = HistoricalRecords()

    class Meta:
        ordering = ["branch", "weekday", "opens"]
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_of_seven"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="closes_after_opening"),
            models.UniqueConstraint(fields=["branch", "weekday", "opens"], name="one_window"),
        ]

    def __str__(self):
        return f"{self.weekday} {self.opens}"


class OpeningException(models.Model):
    """A day on which an outlet opens although others do not, or the other way round; its hours where they differ."""

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="opening_exceptions")
    day = models.DateField(_("day"))
    is_open = models.BooleanField(_("open"))
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=100, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["day"]
        verbose_name = _("opening exception")
        verbose_name_plural = _("opening exceptions")
        constraints = [
            models.UniqueConstraint(fields=["branch", "day"], name="one_opening_exception"),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(is_open=True, closes__gt=F("opens")),
                name="exception_closes_after_opening",
                violation_error_message=_("Hours go with an open day: an opening and a later closing time."),
            ),
        ]

    def __str__(self):
        return str(self.day)


class Post(models.TextChoices):
    """坐堂、大堂、值班、带班"""

    HEAD = "head", _("Head in the lobby")
    LOBBY = "lobby", _("Lobby manager")
    DUTY = "duty", _("Duty")
    LEADER = "leader", _("Leader on duty")


class Roster(models.Model):
    """One outlet's month: proposed, then published by its head. Changed later duty by duty, with its record."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="rosters")
    month = models.CharField(_("month"), max_length=7)  # 2026-11
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    published_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["branch", "month"], name="one_roster_a_month")]

    def __str__(self):
        return f"{self.branch_id} {self.month}"


class Duty(models.Model):
    """Who has a post on a day, from and until. `stands_in_for` names whom an approved substitute replaces."""

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="duties")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="duties")
    day = models.DateField(_("day"))
    post = models.CharField(_("post"), max_length=8, choices=Post)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    person = models.ForeignKey(USER, models.PROTECT, related_name="duties", verbose_name=_("person"))
    stands_in_for = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stands in for")
    )
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    checked_out_at = models.DateTimeField(_("checked out"), null=True, blank=True)
    missed_at = models.DateTimeField(null=True, blank=True)  # told to the head as missing
    version = models.PositiveIntegerField(default=1)

    objects = DutyQuerySet.as_manager()

    class Meta:
        ordering = ["day", "starts", "post"]
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        constraints = [
            models.UniqueConstraint(fields=["person", "day", "starts"], name="nobody_twice_at_once"),
            models.UniqueConstraint(fields=["branch", "day", "post", "starts", "person"], name="one_duty"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="duty_ends_after_start"),
        ]
        indexes = [
            models.Index(fields=["branch", "day"], name="duty_branch_day"),
            models.Index(fields=["day"], condition=Q(checked_in_at=None, missed_at=None), name="duty_unseen"),
        ]

    def __str__(self):
        return f"{self.day} {self.post}"


class Swap(models.Model):
    """One duty given to another person, in one step: the head says yes or no."""

    duty = models.ForeignKey(Duty, models.CASCADE, related_name="swaps")
    to = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("to"))
    in_return = models.ForeignKey(
        Duty, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("in return")
    )
    reason = models.CharField(_("reason"), max_length=200)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    granted = models.BooleanField(_("granted"), null=True)

    objects = SwapQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["duty"], condition=Q(granted=None), name="one_open_swap")]

    def __str__(self):
        return f"{self.duty_id} {self.to_id}"


class RosterEvent(models.Model):
    """What changed on a published roster. Append-only."""

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="events")
    action = models.CharField(max_length=16)
    facts = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.action


class LobbyLog(models.Model):
    """大堂经理工作日志: one an outlet and day; finished it is frozen."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="lobby_logs")
    day = models.DateField(_("day"))
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lobby manager")
    )
    customers = models.PositiveIntegerField(_("customers served"), default=0)
    diverted = models.PositiveIntegerField(_("sent to machines"), default=0)
    special = models.PositiveIntegerField(_("special groups"), default=0)
    peak = models.CharField(_("peak"), max_length=40, blank=True)
    checks = models.JSONField(default=dict, blank=True)  # before, during, after: {"environment": true, …}
    opinion_book = models.BooleanField(_("opinion book looked at"), default=False)
    leads = models.CharField(_("referrals and leads"), max_length=500, blank=True)
    summary = models.TextField(_("summary"), max_length=2000, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)  # told as unfinished an hour after closing

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["branch", "day"], name="one_lobby_log")]

    def __str__(self):
        return f"{self.branch_id} {self.day}"


class Handover(models.Model):
    """交接班: equipment, what is unfinished by urgency, both signatures. Kept two years at least."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    shift = models.CharField(_("shift"), max_length=40, blank=True)
    giver = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("handed over by"))
    taker = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("taken over by"))
    equipment = models.CharField(_("equipment"), max_length=500, blank=True)
    urgent = models.TextField(_("urgent"), max_length=1000, blank=True)
    rest = models.TextField(_("other unfinished matters"), max_length=2000, blank=True)
    given_at = models.DateTimeField(_("signed by the giver"))
    taken_at = models.DateTimeField(_("signed by the taker"), null=True, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(giver=F("taker")), name="handover_between_two")]

    def __str__(self):
        return f"{self.branch_id} {self.day}"


class LobbyEvent(models.Model):
    """What happened in the lobby and was settled there: a complaint avoided. It may still become a case."""

    class Kind(models.TextChoices):
        SETTLED = "settled", _("Settled on the spot")
        HELP = "help", _("Special help")
        INCIDENT = "incident", _("Incident")
        OPINION = "opinion", _("Opinion book")

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="lobby_events")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SETTLED)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    text = models.CharField(_("what happened"), max_length=500, blank=True)
    customer = models.ForeignKey(
        "archives.Customer", models.SET_NULL, null=True, blank=True, related_name="lobby_events"
    )
    is_settled = models.BooleanField(_("settled"), default=True)
    token = models.CharField(max_length=40, null=True, blank=True, unique=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["branch", "-at"], name="lobby_event_branch")]

    def __str__(self):
        return f"{self.branch_id} {self.kind}"
