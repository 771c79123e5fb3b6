"""Who stands in for whom today. Computed when asked: open requests move with an absence and come back."""

from datetime import date

from django.db.models import Q

from crm.staff.models import Absence, User
from crm.staff.roles import ROLES, Scope

DECIDERS = {role: rights.scope for role, rights in ROLES.items() if "archives.decide_change" in rights.permissions}


def acting_deputy(user: User, today: date) -> User | None:
    """The active deputy of `user` on `today`; an absent deputy does not pass it on."""
    absence = Absence.objects.on(today).filter(user=user, deputy__is_active=True).select_related("deputy").first()
    return absence.deputy if absence else None


def principals_of(user: User, today: date) -> list[User]:
    """Everybody whose deputy `user` is on `today`."""
    return [a.user for a in Absence.objects.on(today).filter(deputy=user).select_related("user")]


def possible_deputies(user: User):
    """Active colleagues who may decide and have the branch of `user` in scope."""
    above = [f"{'/'.join(user.branch.path.split('/')[: n + 1])}/" for n in range(1, user.branch.path.count("/"))]
    reach = {
        Scope.ALL: Q(),
        Scope.SUBTREE: Q(branch__path__in=above),
        Scope.OWN: Q(branch=user.branch_id),
    }
    may = Q(pk__in=[])
    for role, scope in DECIDERS.items():
        may |= Q(role_grants__role=role) & reach[scope]
    return User.objects.active().filter(may).exclude(pk=user.pk).select_related("branch").distinct()
