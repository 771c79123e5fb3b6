"""The vocabulary of questions about intelligence items."""

from datetime import date, timedelta

from django.db import models
from django.db.models import Q

from archives.intelligence.rules import STALE_MONTHS
from crm.lib.dates import add_months
from crm.staff.models import Branch


class IntelligenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Items hold no customer's data: whoever works with customers reads all of them."""
        return self if user.has_perm("archives.view_customer") else self.none()

    def kept_by(self, user):
        """Items that `user` answers for: may correct and confirm. Their author, and deciders of the item's branch."""
        if not user.has_perm("archives.add_intelligence"):
            return self.none()
        own = Q(created_by=user)
        if user.has_perm("archives.decide_change"):
            own |= Q(branch__in=Branch.objects.in_scope_of(user).values("pk"))
        return self.visible_to(user).filter(own)

    def stale(self, today: date):
        """过时情报: past its validity, or neither added nor confirmed within twelve months (DOMAIN.md 3.6)."""
        return self.filter(_stale_on(today))

    def fresh(self, today: date):
        return self.filter(~_stale_on(today))

    def stale_within(self, today: date, days: int):
        """Fresh today, and no longer so on the day after `days` days."""
        return self.fresh(today).filter(_stale_on(today + timedelta(days=days + 1)))

    def of_industry(self, letter: str):
        return self.filter(industries__contains=f" {letter} ")

    def mentioning(self, text: str):
        """Every word of `text` stands in title, content or source, or it is the item's number."""
        found = self
        for word in text.split()[:5]:
            found = found.filter(
                Q(title__icontains=word) | Q(text__icontains=word) | Q(source__icontains=word) | Q(number__iexact=word)
            )
        return found


def _stale_on(day: date) -> Q:
    floor = add_months(day, -STALE_MONTHS)
    unconfirmed = Q(confirmed_at=None) | Q(confirmed_at__date__lt=floor)
    return Q(valid_until__lt=day) | (Q(created_at__date__lt=floor) & unconfirmed)


class LiveIntelligence(models.Manager.from_queryset(IntelligenceQuerySet)):  # type: ignore[misc]
    """Items that are neither in the recycle bin nor sealed."""

    def get_queryset(self):
        return super().get_queryset().filter(life="active")
