"""The vocabulary of questions about intelligence items."""

from datetime import date

from django.db import models
from django.db.models import Q

from crm.lib.dates import add_months

STALE_MONTHS = 12


class IntelligenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Items hold no customer's data: whoever works with customers reads all of them."""
        return self if user.has_perm("archives.view_customer") else self.none()

    def stale(self, today: date):
        """过时情报: past its validity, or neither added nor confirmed within twelve months (DOMAIN.md 3.6)."""
        floor = add_months(today, -STALE_MONTHS)
        unconfirmed = Q(confirmed_at=None) | Q(confirmed_at__date__lt=floor)
        return self.filter(Q(valid_until__lt=today) | (Q(created_at__date__lt=floor) & unconfirmed))

    def of_industry(self, letter: str):
        return self.filter(industries__contains=f" {letter} ")


class LiveIntelligence(models.Manager.from_queryset(IntelligenceQuerySet)):  # type: ignore[misc]
    """Items that are neither in the recycle bin nor sealed."""

    def get_queryset(self):
        return super().get_queryset().filter(life="active")
