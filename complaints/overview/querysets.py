"""The vocabulary of questions about improvement tasks."""

from datetime import date

from django.db import models

from crm.staff.models import Branch


class ImprovementQuerySet(models.QuerySet):
    def in_scope_of(self, user):
        """The only way in: tasks of the branches in scope."""
        return self.filter(branch__in=Branch.objects.in_scope_of(user).values("pk"))

    def for_page(self):
        return self.select_related("cause", "branch", "owner", "opened_by")

    def open(self):
        return self.filter(state="open")

    def done(self):
        """Done, and the effect not yet checked."""
        return self.filter(state="done")

    def checked(self):
        return self.filter(state="checked")

    def to_check(self, today: date):
        return self.done().filter(check_on__lte=today)

    def opened_in(self, first, last):
        return self.filter(opened_at__gte=first, opened_at__lt=last)
