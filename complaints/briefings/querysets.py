"""The vocabulary of questions about briefings and documents."""

from django.db import models
from django.db.models import Q

from crm.staff.models import Branch


class BriefingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The only way in: briefings of one's own outlet, and of the branches in scope for who oversees them."""
        if not user.has_perm("complaints.view_briefing"):
            return self.none()
        if user.has_perm("complaints.view_coverage"):
            return self.filter(branch__in=Branch.objects.in_scope_of(user).values("pk"))
        return self.filter(branch=user.branch_id)

    def for_page(self):
        return self.select_related("branch", "host", "recorder", "signed_off_by")

    def on(self, day):
        return self.filter(day=day)

    def open(self):
        return self.filter(signed_off_at=None)


class DocumentQuerySet(models.QuerySet):
    def in_force(self):
        """The newest version of each."""
        return self.filter(replaced_by=None)

    def meant_for(self, branch):
        """Documents of the branch itself and of everything above it."""
        return self.filter(scope__in=[part for part in _line(branch)])

    def unread_by(self, user):
        return self.in_force().meant_for(user.branch).exclude(receipts__person=user)

    def visible_to(self, user):
        """What one must read, what one issued, and for who oversees branches what is meant for any of them."""
        rows = Q(scope__in=_line(user.branch)) | Q(issued_by=user)
        if user.has_perm("complaints.view_coverage"):
            rows |= Q(scope__in=Branch.objects.in_scope_of(user).values("pk"))
        return self.filter(rows)


def _line(branch) -> list[int]:
    """The branch and those above it, by their paths: /0000/0100/0101/."""
    codes = [part for part in branch.path.split("/") if part]
    paths = ["/" + "/".join(codes[: i + 1]) + "/" for i in range(len(codes))]
    return list(Branch.objects.filter(path__in=paths).values_list("pk", flat=True))
