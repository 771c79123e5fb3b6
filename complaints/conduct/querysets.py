"""The vocabulary of questions about points."""

from datetime import date

from django.db import models
from django.db.models import BooleanField, Case, Exists, ExpressionWrapper, F, OuterRef, Q, Value, When

from complaints.conduct.rules import CONCEALMENT
from crm.staff.models import Branch

LIVE = ("proposed", "decided", "appealed", "upheld")


class PointRuleQuerySet(models.QuerySet):
    def in_force(self, day: date):
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day), valid_from__lte=day)

    def newest(self):
        """The last version of every item."""
        later = self.model.objects.filter(code=OuterRef("code"), version__gt=OuterRef("version"))
        return self.exclude(Exists(later))


class PointProposalQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The only way in: one's own, what one proposed, and those of the own branches for who may read the ledger."""
        own = Q(employee=user) | Q(proposed_by=user)
        return self.filter(own | _in_scope(user) if user.has_perm("complaints.view_ledger") else own)

    def about(self, user):
        return self.filter(employee=user)

    def live(self):
        """Not rejected, not void."""
        return self.filter(state__in=LIVE)

    def waiting(self):
        return self.filter(state="proposed")

    def appealed(self):
        return self.filter(state="appealed")

    def in_state(self, state: str):
        return self.filter(state=state)

    def due_by(self, day: date):
        """Appeals whose last day is `day` or before."""
        return self.appealed().filter(appeal_due_on__lte=day)

    def for_page(self):
        return self.select_related(
            "employee__branch", "rule", "case", "branch", "proposed_by", "decided_by", "appeal_decided_by"
        )


class PointEntryQuerySet(models.QuerySet):
    def of(self, employee):
        return self.filter(employee=employee)

    def violations(self):
        return self.filter(kind="violation")

    def between(self, first: date, last: date):
        """Entries that count from a day of this span; a reversal counts from the day of what it reverses."""
        return self.filter(counts_on__gte=first, counts_on__lte=last)

    def with_source(self):
        """`source`: "case" or "inspection"; `for_scorecard`: by inspections and for concealment, never by a finding,
        so that hiding a complaint cannot pay (DOMAIN.md 10).
        """
        inspected = Q(proposal__case=None)
        scored = ExpressionWrapper(inspected | Q(proposal__rule__code=CONCEALMENT), output_field=BooleanField())
        return self.annotate(
            source=Case(When(inspected, then=Value("inspection")), default=Value("case")),
            code=F("proposal__rule__code"),
            for_scorecard=scored,
        )

    def for_page(self):
        return self.select_related("proposal__rule", "proposal__branch", "reverses", "reversed_by", "by")


class ConsequenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own to carry out, and those of the people of the own branches for who may read the ledger."""
        owned = Q(owner=user)
        if not user.has_perm("complaints.view_ledger"):
            return self.filter(owned)
        return self.filter(owned | Q(employee__branch__in=Branch.objects.in_scope_of(user).values("pk")))

    def owned_by(self, user):
        return self.filter(owner=user)

    def open(self):
        return self.filter(state="open")

    def ended(self):
        return self.exclude(state="open")

    def overdue(self, today: date):
        return self.open().filter(due_on__lt=today)

    def for_page(self):
        return self.select_related("employee__branch", "owner", "entry__proposal", "done_by")


def _in_scope(user) -> Q:
    branches = Branch.objects.in_scope_of(user).values("pk")
    return Q(branch__in=branches) | Q(employee__branch__in=branches)
