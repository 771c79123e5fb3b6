"""The vocabulary of questions about customers."""

from datetime import timedelta

from django.db import models

from crm.staff.models import Branch
from crm.staff.roles import Scope


class CustomerQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The only way in: customers of the branches in `user`'s scope; nobody without `view_customer`."""
        if not user.has_perm("archives.view_customer"):
            return self.none()
        if user.scope == Scope.ALL:
            return self
        if user.scope == Scope.OWN:
            return self.filter(branch_id=user.branch_id)
        return self.filter(branch__in=Branch.objects.in_scope_of(user).values("pk"))

    def managed_by(self, user):
        return self.filter(manager=user)

    def unmanaged(self):
        return self.filter(manager=None)

    def incomplete(self):
        return self.exclude(missing="")

    def missing_field(self, key: str):
        return self.filter(missing__contains=f" {key} ")

    def id_expiring(self, *, today, days: int):
        """Main document expired or expiring within `days` days of `today`."""
        return self.filter(id_permanent=False, id_valid_until__lte=today + timedelta(days=days))


class LiveCustomers(models.Manager.from_queryset(CustomerQuerySet)):  # type: ignore[misc]
    """Archives that are neither in the recycle bin nor sealed: what every list, search, total and export starts from."""

    def get_queryset(self):
        return super().get_queryset().filter(life="active")
