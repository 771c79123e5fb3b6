"""The vocabulary of questions about change requests."""

from django.db import models
from django.db.models import F, Q


class ChangeRequestQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status="pending")

    def decided(self):
        return self.filter(status__in=["approved", "partly", "rejected"])

    def visible_to(self, user):
        """Requests on archives in scope, and one's own."""
        own = Q(proposer=user) & (Q(customer=None) | Q(customer__life="active"))
        return self.filter(self._seen_by(user) | own)

    def within_reach_of(self, user):
        """Requests on archives and items that `user` may see, whoever proposed them."""
        return self.filter(self._seen_by(user))

    @staticmethod
    def _seen_by(user) -> Q:
        from archives.customers.models import Customer
        from crm.staff.models import Branch

        items = Q(item__isnull=False, item__life="active", branch__in=Branch.objects.in_scope_of(user).values("pk"))
        return Q(customer__in=Customer.objects.visible_to(user).values("pk")) | items

    def awaiting(self, people):
        """Open requests that one of `people` answers for, by today's manager or by the stored route."""
        manages = Q(customer__manager__in=people) & (Q(proposer=None) | ~Q(customer__manager=F("proposer")))
        stored = Q(assignee__in=people) & ~Q(route="manager")
        return self.open().filter(manages | stored | Q(escalated_to__in=people))

    def hanging_on(self, user):
        """Open requests whose route may change with `user`."""
        return self.open().filter(
            Q(customer__manager=user) | Q(assignee=user) | Q(proposer=user) | Q(escalated_to=user)
        )

    def oldest_first(self):
        return self.order_by("submitted_at", "pk")

    def for_routing(self):
        return self.select_related(
            "customer__branch", "customer__manager", "item__branch", "proposer", "assignee", "escalated_to"
        )

    def for_list(self):
        """With everything a line of an inbox shows."""
        return self.select_related(
            "customer__branch",
            "customer__manager",
            "item__branch",
            "proposer__branch",
            "assignee",
            "decided_by",
            "on_behalf_of",
        ).prefetch_related("items")
