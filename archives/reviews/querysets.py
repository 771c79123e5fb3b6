"""The vocabulary of questions about meetings."""

from django.db import models

from crm.staff.models import Branch


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The only way in: meetings of the branches in `user`'s scope."""
        if not user.has_perm("archives.view_meeting"):
            return self.none()
        return self.filter(branch__in=Branch.objects.in_scope_of(user).values("pk"))

    def monthly(self):
        return self.filter(kind="monthly")

    def quarterly(self):
        return self.filter(kind="quarterly")

    def open(self):
        return self.filter(state="open")

    def closed(self):
        return self.filter(state="closed")

    def for_page(self):
        return self.select_related("branch", "host", "recorder", "closed_by")

    def overdue(self, today):
        return self.open().filter(due_on__lt=today)
