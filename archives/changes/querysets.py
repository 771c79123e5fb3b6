"""The vocabulary of questions about change requests."""

from django.db import models
from django.db.models import Q


class ChangeRequestQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status="pending")

    def decided(self):
        return self.exclude(status="pending")

    def visible_to(self, user):
        """Requests on archives in scope, and one's own."""
        from archives.customers.models import Customer

        return self.filter(Q(customer__in=Customer.objects.visible_to(user).values("pk")) | Q(proposer=user))
