"""The vocabulary of questions about cases."""

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from complaints.cases.codes import OPEN, Kind
from crm.staff.models import Branch
from crm.staff.roles import Scope


class CaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The only way in: the whole bank for the office and head office, the own branches for who leads them, one's
        own cases for everybody. Whoever is complained about, or has an interest, sees none of theirs (回避).
        """
        if not user.has_perm("complaints.view_case"):
            return self.none()
        rows = self.exclude(Exists(_respondents().filter(case=OuterRef("pk"), employee=user)))
        if user.has_perm("complaints.view_branch_cases"):
            if user.scope == Scope.ALL:
                return rows
            return rows.filter(Q(respondent__in=Branch.objects.in_scope_of(user).values("pk")) | self._own(user))
        return rows.filter(self._own(user))

    @staticmethod
    def _own(user) -> Q:
        return (
            Q(registered_by=user)
            | Q(first_receiver=user)
            | Q(officer=user)
            | Q(investigator=user)
            | Q(contact=user)
            | Q(pk__in=_delegations().filter(to=user, granted=True).values("case"))
        )

    def mine(self, user):
        """Cases that `user` works on."""
        return self.filter(self._own(user))

    def open(self):
        return self.filter(state__in=OPEN)

    def ended(self):
        return self.exclude(state__in=OPEN)

    def answered(self):
        """The customer has the answer; closing comes next."""
        return self.filter(state="replied")

    def closed_now(self):
        """Closed and not called back yet."""
        return self.filter(state="closed")

    def complaints(self):
        return self.filter(kind=Kind.COMPLAINT)

    def overdue(self, now):
        """Open with a limit behind them."""
        return self.open().filter(nearest_at__lt=now)

    def of_customer(self, customer):
        return self.filter(customer=customer)

    def received_in(self, first, last):
        """Received from one aware moment up to, not including, another."""
        return self.filter(received_at__gte=first, received_at__lt=last)

    def for_page(self):
        return self.select_related(
            "branch", "respondent", "customer", "channel", "business", "cause", "registered_by", "first_receiver",
            "officer", "investigator", "contact", "merged_into", "repeat_of",
        )  # fmt: skip


def _respondents():
    return apps.get_model("complaints", "Respondent").objects.order_by()


def _delegations():
    return apps.get_model("complaints", "Delegation").objects.order_by()
