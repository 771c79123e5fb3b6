"""The board's columns by state."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.cases.codes import State


@dataclass(frozen=True)
class Group:
    """States that stand in one column; `address` is what the list is narrowed to."""

    label: "str | Promise"
    states: tuple[str, ...]
    address: str


GROUPS: dict[str, Group] = {
    "accept": Group(_("To accept and assign"), (State.REGISTERED, State.ACCEPTED), "to_accept"),
    "contact": Group(_("To contact"), (State.ASSIGNED,), State.ASSIGNED),
    "investigate": Group(_("Under investigation"), (State.CONTACTED, State.INVESTIGATING), "investigation"),
    "answer": Group(_("To answer"), (State.FOUND, State.PLANNED), "to_answer"),
    "close": Group(_("To close"), (State.REPLIED,), State.REPLIED),
    "call": Group(_("To call back"), (State.CLOSED,), State.CLOSED),
}
SEVERAL = {group.address: group.states for group in GROUPS.values() if len(group.states) > 1}
