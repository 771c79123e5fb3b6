"""The vocabulary of questions about clocks, targets and pauses."""

from django.db import models
from django.db.models import Q

from complaints.cases.codes import OPEN
from complaints.cases.models import Case


class TargetQuerySet(models.QuerySet):
    def valid_on(self, day):
        return self.filter(valid_from__lte=day)


class ClockQuerySet(models.QuerySet):
    def running(self):
        return self.filter(stopped_at=None, paused_at=None)

    def open(self):
        return self.filter(stopped_at=None)

    def paused(self):
        return self.open().exclude(paused_at=None)

    def to_warn(self, now):
        """Running clocks whose next warning is due, the longest waiting first: a partial index serves it."""
        return self.filter(next_warning_at__lte=now).order_by("next_warning_at", "pk")

    def late(self, now):
        return self.open().filter(due_at__lt=now)

    def of_open_cases(self):
        return self.filter(case__state__in=OPEN)

    def of(self, case):
        return self.filter(case=case)


class ClockWarningQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(clock__case__in=Case.objects.visible_to(user).values("pk"))

    def told(self):
        """Without what a higher level overtook."""
        return self.filter(told__gt=0)


class PauseQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(case__in=Case.objects.visible_to(user).values("pk"))

    def undecided(self):
        return self.filter(granted=None)

    def standing(self):
        """Granted and not ended."""
        return self.filter(granted=True, ended_at=None)

    def open(self):
        return self.filter(Q(granted=None) | Q(granted=True, ended_at=None))

    def asked_in(self, first, last):
        """Asked for from one aware moment up to, not including, another."""
        return self.filter(asked_at__gte=first, asked_at__lt=last)


class ExtensionQuerySet(models.QuerySet):
    def undecided(self):
        return self.filter(granted=None)

    def of_round(self, case):
        return self.filter(case=case, round=case.round)

    def granted(self):
        return self.filter(granted=True)
