"""Who investigates and who contacts the customer first, by the organisation tree; avoidance goes one level up.

A sub-branch's supervising president (主管行长), or the head (负责人) of a directly managed outlet, investigates in
person; the head of the outlet where it happened contacts the customer first (第一时间). DOMAIN.md 9.3.
"""

from collections.abc import Set
from dataclasses import dataclass

from django.utils.translation import gettext as _

from complaints.cases.codes import Role
from crm.lib.refusals import Refused
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import Branch, User
from crm.staff.roles import Role as StaffRole


@dataclass(frozen=True)
class Replaced:
    """Somebody whom the tree names and avoidance took out."""

    role: str
    person: User
    by: User | None


@dataclass(frozen=True)
class Route:
    investigator: User
    contact: User
    replaced: tuple[Replaced, ...]


def route(branch: Branch, barred: Set[int] = frozenset()) -> Route:
    """Who handles a case about `branch`, with the user ids of `barred` left out. Refused where nobody is left."""
    investigator, contact = _investigator(branch, barred), outlet_head(branch, barred) or next_level_up(branch, barred)
    if investigator is None or contact is None:
        raise Refused(_("Nobody above %(branch)s can investigate: fill the post first.") % {"branch": branch.name})
    pairs = [
        (Role.INVESTIGATOR, _investigator(branch), investigator),
        (Role.CONTACT, outlet_head(branch) or next_level_up(branch), contact),
    ]
    replaced = [Replaced(role, meant, by) for role, meant, by in pairs if meant and meant != by and meant.pk in barred]
    return Route(investigator, contact, tuple(replaced))


def _investigator(branch: Branch, barred: Set[int] = frozenset()) -> User | None:
    """The head of a directly managed outlet, the president of the sub-branch of any other; else the next level up."""
    if branch.kind == Branch.Kind.DIRECT_OUTLET:
        return outlet_head(branch, barred) or next_level_up(branch, barred)
    level: Branch | None = branch
    while level is not None:
        found = User.objects.active().at(level).with_role(StaffRole.PRESIDENT).exclude(pk__in=barred).first()
        if found:
            return found
        level = level.parent
    return next_level_up(branch, barred)
