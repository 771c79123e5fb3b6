"""The vocabulary of questions about duties, swaps, handovers and what happened in the lobby."""

from datetime import date, datetime, time, timedelta

from django.db import models
from django.db.models import Q

from crm.lib.dates import SHANGHAI
from crm.staff.models import Branch


def in_reach(user):
    """Outlets whose lobby `user` sees; none without the right."""
    if not user.has_perm("complaints.view_roster"):
        return Branch.objects.none()
    return Branch.objects.in_scope_of(user)


class DutyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The only way in: the outlets in reach, and one's own wherever they are."""
        return self.filter(Q(branch__in=in_reach(user).values("pk")) | Q(person=user))

    def published(self):
        return self.filter(roster__state="published")

    def of(self, user):
        return self.filter(person=user)

    def on(self, day: date):
        return self.filter(day=day)

    def between(self, first: date, last: date):
        return self.filter(day__gte=first, day__lte=last)

    def running(self, moment: time):
        return self.filter(starts__lte=moment, ends__gt=moment)

    def unseen(self, first: date, last: date):
        """Not checked in and not told as missing; `duty_unseen` serves it."""
        return self.published().between(first, last).filter(checked_in_at=None, missed_at=None)

    def for_page(self):
        return self.select_related("branch", "roster", "person", "stands_in_for")


class SwapQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(
            Q(duty__branch__in=in_reach(user).values("pk")) | Q(asked_by=user) | Q(to=user) | Q(duty__person=user)
        )

    def open(self):
        return self.filter(granted=None)

    def for_page(self):
        people = ("asked_by", "to", "decided_by", "duty__person")
        return self.select_related(*people, "duty__branch", "duty__roster", "in_return")


class HandoverQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(Q(branch__in=in_reach(user).values("pk")) | Q(giver=user) | Q(taker=user))

    def unsigned(self):
        return self.filter(taken_at=None)


class EventQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(branch__in=in_reach(user).values("pk"))

    def on(self, first: date, last: date):
        """Of the bank's days `first` to `last`."""
        begin = datetime.combine(first, time(), SHANGHAI)
        return self.filter(at__gte=begin, at__lt=datetime.combine(last, time(), SHANGHAI) + timedelta(days=1))

    def settled_on_the_spot(self):
        """Complaints avoided: counted apart from everything else."""
        return self.filter(kind="settled")

    def unsettled(self):
        return self.filter(is_settled=False, case=None)
