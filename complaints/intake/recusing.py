"""回避: whoever is complained about, or has an interest, is replaced by the next level up. Automatic and on the record."""

from datetime import datetime
from typing import Any

from django.db import transaction

from complaints.cases.access import delegate_of
from complaints.cases.codes import Role
from complaints.cases.models import Case, Recusal
from complaints.cases.routing import route
from complaints.cases.rules import Action, step
from complaints.clocks.acting import act
from complaints.intake.telling import barred_of, office, tell
from crm.lib.refusals import Refused
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import User

FIELDS = {
    Role.INVESTIGATOR: "investigator",
    Role.CONTACT: "contact",
    Role.OFFICE: "officer",
    Role.FIRST: "first_receiver",
}
TOLD = {Role.INVESTIGATOR: "case-to-investigate", Role.CONTACT: "case-to-contact"}


@transaction.atomic
def recuse_barred(*, case: Case, actor, now: datetime) -> list[Recusal]:
    """Replace every investigator, contact, officer and first receiver who has no part in the case any more.

    Call it after a respondent was named; inside the same transaction `case` is as its last step left it. `actor` is
    who named them (None: the system); the step itself is the system's. A delegation to, or asked by, one of them ends.
    Where nobody is left to investigate, the place stays empty and the office is told. Nothing for a case that ended.
    """
    barred = barred_of(case)
    affected = [role for role, name in FIELDS.items() if getattr(case, f"{name}_id") in barred]
    delegate = delegate_of(case)
    if step(case.state, Action.RECUSE, case.kind) is None or not (affected or (delegate and delegate.pk in barred)):
        return []
    found = _replacements(case, affected, barred)
    rows = [
        Recusal(case=case, role=role, person=getattr(case, FIELDS[role]), replaced_by=found[role], reason=_why(case, role), at=now)
        for role in affected
    ]  # fmt: skip
    changes: dict[str, Any] = {FIELDS[role]: found[role] for role in affected}
    facts = {"roles": [str(role) for role in affected], "named_by": actor.pk if actor else None}
    if delegate and (delegate.pk in barred or Role.INVESTIGATOR in affected):
        case.delegations.filter(round=case.round, ended_at=None).exclude(granted=False).update(ended_at=now)
        facts["delegate"] = True
    act(case=case, action=Action.RECUSE, actor=None, now=now, facts=facts, **changes)
    Recusal.objects.bulk_create(rows)
    _tell(case, found, actor, now)
    return rows


def stand_in_for_first(*, case: Case, now: datetime) -> list[Recusal]:
    """A case about its own first receiver is followed by somebody else from the start."""
    return recuse_barred(case=case, actor=None, now=now)


def _replacements(case: Case, affected: list[Role], barred: frozenset[int]) -> dict[Role, User | None]:
    found: dict[Role, User | None] = dict.fromkeys(affected)
    if {Role.INVESTIGATOR, Role.CONTACT} & set(affected):
        try:
            way = route(case.respondent, barred)
        except Refused:
            way = None
        for role in {Role.INVESTIGATOR, Role.CONTACT} & set(affected):
            found[role] = getattr(way, role.value) if way else None
    if Role.OFFICE in affected:
        found[Role.OFFICE] = next(iter(office(case)), None)
    if Role.FIRST in affected:
        found[Role.FIRST] = outlet_head(case.branch, barred) or next_level_up(case.branch, barred)
    return found


def _why(case: Case, role: Role) -> str:
    return case.respondents.get(employee=getattr(case, f"{FIELDS[role]}_id")).why


def _tell(case: Case, found: dict[Role, User | None], actor, now: datetime) -> None:
    for role, person in found.items():
        if person is None:
            for officer in office(case):
                tell(case=case, person=officer, kind="case-stuck", now=now)
        elif person != actor:
            tell(case=case, person=person, kind=TOLD.get(role, "case-yours"), now=now)
