"""Who stands above a branch: its head, its supervising president, then head office."""

from collections.abc import Set

from crm.staff.models import Branch, User
from crm.staff.roles import Role


def outlet_head(branch: Branch, exclude: Set[int] = frozenset()) -> User | None:
    """The active head of exactly this branch; the first by employee number where there are several."""
    return User.objects.active().at(branch).with_role(Role.HEAD).exclude(pk__in=exclude).first()


def next_level_up(branch: Branch, exclude: Set[int] = frozenset()) -> User | None:
    """The nearest superior: head or president of the branches above, then head-office customer management."""
    above = branch.parent
    while above is not None:
        found = User.objects.active().at(above).with_role(Role.HEAD, Role.PRESIDENT).exclude(pk__in=exclude).first()
        if found:
            return found
        above = above.parent
    return User.objects.active().with_role(Role.HEADOFFICE).exclude(pk__in=exclude).first()
