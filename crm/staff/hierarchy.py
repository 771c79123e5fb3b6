"""Who stands above a branch: its head, its supervising president, then head office."""

from collections.abc import Set

from crm.staff.models import Branch, User
from crm.staff.roles import Role


def outlet_head(branch: Branch, exclude: Set[int] = frozenset()) -> User | None:
    """The active head of exactly this branch; the first by employee number where there are several."""
    return User.objects.active().at(branch).with_role(Role.HEAD).exclude(pk__in=exclude).first()


def next_level_up(branch: Branch, exclude: Set[int] = frozenset()) -> User | None:
    """The nearest superior of the head: the branch's own president, head or president above, then head office."""
    level: Branch | None = branch
    roles = [Role.PRESIDENT]
    while level is not None:
        found = User.objects.active().at(level).with_role(*roles).exclude(pk__in=exclude).first()
        if found:
            return found
        level, roles = level.parent, [Role.HEAD, Role.PRESIDENT]
    return User.objects.active().with_role(Role.HEADOFFICE).exclude(pk__in=exclude).first()
