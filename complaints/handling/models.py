"""What is done on a case, round by round: contact, investigation, redress, apology, answer, call-back, review, transfer."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from complaints.cases.asked import Asked
from complaints.cases.codes import Finding, Level, Means
from complaints.cases.models import Case, Category
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class OfCase(models.Model):
    """A row of one round of a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="%(class)ss")
    round = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        ordering = ["pk"]


class Contact(OfCase):
    """One attempt to reach the customer. Only the outlet's head or the investigator makes them."""

    class Result(models.TextChoices):
        REACHED = "reached", _("Reached")
        NO_ANSWER = "no_answer", _("No answer")
        WRONG = "wrong", _("Wrong number or address")
        REFUSED = "refused", _("Customer does not want to talk")
        NOBODY = "nobody", _("Anonymous: nobody to reach")

    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("by"))
    means = models.CharField(_("means"), max_length=8, choices=Means, blank=True)  # empty: nobody to reach
    result = models.CharField(_("result"), max_length=10, choices=Result)
    note = models.CharField(_("note"), max_length=500, blank=True)
    recorded_at = models.DateTimeField()

    def __str__(self):
        return f"{self.case_id} {self.result}"


class Delegation(Asked):
    """The exception from investigating in person: asked for with a reason, granted by the office, shown and counted."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="delegations")
    round = models.PositiveSmallIntegerField()
    to = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("to"))
    reason = models.CharField(_("reason"), max_length=300)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)  # another investigator, or the delegate left

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="nobody_grants_their_own_delegation"),
            models.CheckConstraint(condition=~Q(to=F("asked_by")), name="delegation_to_another"),
            models.UniqueConstraint(fields=["case", "round"], condition=(Q(granted=None) | Q(granted=True)) & Q(ended_at=None), name="one_delegation_a_round"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.case_id} {self.to_id}"


class Investigation(OfCase):
    """The report of a round: one, written by the investigator; signed it is frozen. `version` is a compare-and-set.

    A report that the office returned (退回重办) keeps `returned_at` and stays as it was; a new one begins with its text.
    """

    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("investigator"))
    on_behalf_of = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("on behalf of")
    )
    version = models.PositiveIntegerField(default=1)
    facts = models.TextField(_("facts found"), max_length=4000, blank=True)
    evidence = models.TextField(_("evidence"), max_length=2000, blank=True)
    finding = models.CharField(_("finding"), max_length=8, choices=Finding, blank=True)
    is_flaw = models.BooleanField(_("service flaw"), default=False)
    cause = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("root cause")
    )
    root = models.TextField(_("why it came to this"), max_length=2000, blank=True)
    measures = models.TextField(_("measures"), max_length=2000, blank=True)
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True)
    document = models.FileField(upload_to="cases/%Y/", blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)

    class Meta(OfCase.Meta):
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], condition=Q(returned_at=None), name="one_investigation_a_round"),
            models.CheckConstraint(condition=Q(returned_at=None) | Q(signed_at__isnull=False), name="returned_report_was_signed"),
            models.CheckConstraint(condition=Q(signed_at=None) | ~Q(finding=""), name="signed_report_has_its_finding"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.case_id} {self.round}"


class Resolution(OfCase):
    """处理方案: what the bank will do. One a round."""

    text = models.TextField(_("solution"), max_length=2000)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta(OfCase.Meta):
        constraints = [models.UniqueConstraint(fields=["case", "round"], name="one_resolution_a_round")]

    def __str__(self):
        return f"{self.case_id} {self.round}"


class Redress(OfCase):
    """Compensation or a refund, proposed by one person and decided by one other within their limit."""

    class Kind(models.TextChoices):
        REFUND = "refund", _("Refund")
        COMPENSATION = "compensation", _("Compensation")
        GOODS = "goods", _("Gift")
        CORRECTION = "correction", _("Correction of a mistake")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    amount_cents = models.BigIntegerField(_("amount"), default=0)
    reason = models.CharField(_("reason"), max_length=500)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    granted = models.BooleanField(_("granted"), null=True)
    comment = models.CharField(_("opinion"), max_length=300, blank=True)
    paid_on = models.DateField(_("paid"), null=True, blank=True)

    class Meta(OfCase.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="redress_is_not_negative"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="nobody_grants_their_own_redress"
            ),
            models.CheckConstraint(
                condition=Q(granted=None) | Q(decided_by__isnull=False), name="redress_names_its_decider"
            ),
        ]

    def __str__(self):
        return f"{self.case_id} {self.amount_cents}"


class Apology(models.Model):
    """赔礼道歉: without one a case at the bank's fault does not close."""

    class Reaction(models.TextChoices):
        FORGIVEN = "forgiven", _("Forgiven")
        ACCEPTED = "accepted", _("Accepted, not forgiven")
        REFUSED = "refused", _("Refused")
        UNREACHED = "unreached", _("Sent; no reaction")

    case = models.ForeignKey(Case, models.CASCADE, related_name="apologies")
    round = models.PositiveSmallIntegerField()
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("who apologised"))
    at = models.DateTimeField(_("at"))
    means = models.CharField(_("how"), max_length=8, choices=Means)
    reaction = models.CharField(_("reaction of the customer"), max_length=10, choices=Reaction)
    note = models.CharField(_("note"), max_length=500, blank=True)
    recorded_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.case_id} {self.reaction}"


class Reply(models.Model):
    """答复: facts found, basis and reasons, decision, remedies. Refused while one of these parts is missing."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="replies")
    round = models.PositiveSmallIntegerField()
    facts = models.TextField(_("facts found"), max_length=3000)
    basis = models.TextField(_("basis and reasons"), max_length=2000)
    decision = models.TextField(_("decision"), max_length=2000)
    remedies = models.TextField(_("remedies"), max_length=2000)
    means = models.CharField(_("means"), max_length=8, choices=Means)
    sent_at = models.DateTimeField(_("sent"))
    sent_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    is_late = models.BooleanField(_("late"), default=False)
    document = models.FileField(upload_to="cases/%Y/", blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.case_id} {self.round}"


class LetterTemplate(models.Model):
    """Text that letters begin with; the office keeps them. Placeholders: {name} {number} {date} {limit} {phone} {outlet}."""

    class Kind(models.TextChoices):
        ACKNOWLEDGEMENT = "acknowledgement", _("Acknowledgement")
        REPLY = "reply", _("Answer")
        APOLOGY = "apology", _("Apology")
        EXTENSION = "extension", _("Notice of an extension")

    key = models.SlugField(max_length=40, null=True, blank=True, unique=True, editable=False)  # of the shipped ones
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    title = models.CharField(_("title"), max_length=60)
    finding = models.CharField(_("for the finding"), max_length=8, choices=Finding, blank=True)  # empty: any
    level = models.CharField(_("for the level"), max_length=10, choices=Level, blank=True)  # empty: any
    basis = models.TextField(_("basis and reasons"), max_length=2000, blank=True)
    remedies = models.TextField(_("remedies"), max_length=2000, blank=True)
    text = models.TextField(_("text"), max_length=3000, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["kind", "title"]
        verbose_name = _("letter template")
        verbose_name_plural = _("letter templates")

    def __str__(self):
        return self.title


class CallBack(OfCase):
    """回访: after closing, by somebody who did not handle the case."""

    class Answer(models.TextChoices):
        VERY_SATISFIED = "5", _("Very satisfied")
        SATISFIED = "4", _("Satisfied")
        FAIR = "3", _("Fair")
        UNSATISFIED = "2", _("Unsatisfied")
        VERY_UNSATISFIED = "1", _("Very unsatisfied")
        REFUSED = "refused", _("Did not want to rate")
        UNREACHED = "none", _("Not reached")

    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("by"))
    means = models.CharField(_("means"), max_length=8, choices=Means)
    answer = models.CharField(_("answer"), max_length=8, choices=Answer)
    note = models.CharField(_("what the customer said"), max_length=500, blank=True)
    follow_up = models.CharField(max_length=10, blank=True)  # "reopen" or "escalate" where unsatisfied

    def __str__(self):
        return f"{self.case_id} {self.answer}"


class Review(OfCase):
    """核查: the customer asks the upper level, within 30 days of the answer; decided within 30."""

    class Decision(models.TextChoices):
        UPHELD = "upheld", _("Result upheld")
        CHANGED = "changed", _("Result changed in part")
        OVERTURNED = "overturned", _("Result overturned")

    asked_at = models.DateTimeField(_("asked"))
    asked_text = models.TextField(_("what the customer asks to be looked at again"), max_length=2000)
    recorded_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("upper level"))
    reviewer = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewer")
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    reasons = models.TextField(_("reasons"), max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta(OfCase.Meta):
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="one_review_a_round"),
            models.CheckConstraint(
                condition=Q(decided_at=None) | ~Q(decision=""), name="decided_review_has_its_decision"
            ),
        ]

    def __str__(self):
        return f"{self.case_id} {self.round}"


class Transfer(OfCase):
    """To or from a regulator or another body."""

    class Direction(models.TextChoices):
        IN = "in", _("Received from")
        OUT = "out", _("Passed to")

    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    body = models.CharField(_("body"), max_length=80)
    number = models.CharField(_("their number"), max_length=40, blank=True)
    at = models.DateTimeField(_("at"))
    due_on = models.DateField(_("answer due on"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    def __str__(self):
        return f"{self.case_id} {self.body}"


class Withdrawal(OfCase):
    """The customer takes the complaint back; it ends the day this is received."""

    said_on = models.DateField(_("received on"))
    means = models.CharField(_("how"), max_length=8, choices=Means)
    note = models.CharField(_("in the customer's words"), max_length=500, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    at = models.DateTimeField(_("recorded"))

    class Meta(OfCase.Meta):
        constraints = [models.UniqueConstraint(fields=["case", "round"], name="one_withdrawal_a_round")]

    def __str__(self):
        return f"{self.case_id} {self.said_on}"
