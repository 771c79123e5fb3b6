"""Who handles a case: taken in or refused, assigned by the tree, passed to a department, given to somebody else."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.codes import Kind, Role
from complaints.cases.models import Case, Recusal
from complaints.cases.routing import Replaced, Route, route
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.absence import away_from
from complaints.handling.guarding import ensure_step
from complaints.handling.telling import tell
from crm.lib.refusals import Refused
from crm.lib.wording import typed
from crm.staff.models import User

REASON = 500
TREE, HAND, DEPARTMENT = "tree", "hand", "department"
# Reports of misconduct and petitions have their own procedure: a department takes them, never the tree by itself.
NOT_BY_ITSELF = {Kind.REPORT, Kind.PETITION}


def goes_by_itself(case: Case) -> bool:
    """It concerns service: the office keeps it, and taking it in assigns it. Other kinds are forwarded."""
    return case.about_service and case.kind not in NOT_BY_ITSELF


def barred_of(case: Case) -> frozenset[int]:
    return frozenset(case.respondents.values_list("employee", flat=True))


@transaction.atomic
def accept_case(*, case: Case, actor, now: datetime) -> Case:
    """受理. What concerns service is assigned with it; where the tree names nobody, it waits for the office."""
    act(case=case, action=Action.ACCEPT, actor=actor, now=now, officer=actor)
    if goes_by_itself(case):
        try:
            with transaction.atomic():
                assign_case(case=case, actor=actor, now=now)
        except Refused:
            case.refresh_from_db()
    return case


@transaction.atomic
def refuse_case(*, case: Case, actor, reason: str, now: datetime) -> Case:
    """不予受理, with the reason."""
    ensure_step(case, Action.REFUSE, actor)
    reason = typed(reason, REASON, field="reason", missing=_("Say why the bank does not accept it."))
    act(case=case, action=Action.REFUSE, actor=actor, now=now, reason=reason, officer=case.officer or actor)
    tell(case=case, person=case.first_receiver, kind="case-refused", now=now, by=actor)
    return case


@transaction.atomic
def assign_case(*, case: Case, actor, now: datetime) -> Case:
    """By the organisation tree; whoever is complained about is replaced by the next level up, on the record."""
    ensure_step(case, Action.ASSIGN, actor)
    found = route_of(case, now)
    act(
        case=case, action=Action.ASSIGN, actor=actor, now=now, facts=_facts(found, TREE, TREE),
        investigator=found.investigator, contact=found.contact, officer=case.officer or actor,
    )  # fmt: skip
    _follow(case, found.replaced, actor, now)
    return case


@transaction.atomic
def forward_case(*, case: Case, actor, department: str, handler: str, now: datetime) -> Case:
    """To the department in charge, with the person there who investigates; the clocks run on."""
    ensure_step(case, Action.FORWARD, actor)
    department = typed(department, 60, field="department", missing=_("Name the department in charge."))
    person = person_named(handler, case, field="handler")
    found = route_of(case, now)
    ended = case.investigator_id
    act(
        case=case, action=Action.FORWARD, actor=actor, now=now, department=department, investigator=person,
        facts=_facts(Route(person, found.contact, ()), DEPARTMENT, TREE), contact=found.contact,
        officer=case.officer or actor,
    )  # fmt: skip
    if ended and ended != person.pk:
        end_delegation(case, now)
    _follow(case, tuple(one for one in found.replaced if one.role == Role.CONTACT), actor, now)
    return case


@transaction.atomic
def reassign_case(*, case: Case, actor, reason: str, now: datetime, investigator: str = "", contact: str = "") -> Case:
    """The office gives it to somebody else, by employee number or name, with the reason."""
    ensure_step(case, Action.REASSIGN, actor)
    reason = typed(reason, REASON, field="reason", missing=_("Say why somebody else takes it."))
    changes: dict[str, User] = {}
    for role, text in (("investigator", investigator), ("contact", contact)):
        if text.strip():
            person = person_named(text, case, field=role)
            if person.pk != getattr(case, f"{role}_id"):
                changes[role] = person
    if not changes:
        problem = _("Name another person than the present one.")
        raise Refused(problem, fields={"investigator": [problem]})
    give(case=case, actor=actor, now=now, reason=reason, how=HAND, changes=changes)
    return case


def give(
    *, case: Case, actor, now: datetime, how: str, changes: dict[str, User], reason: str = "", why: str = ""
) -> None:
    """Replace handlers by `changes`, on the record. Inside the caller's transaction."""
    before = how_of(case)
    facts = {"by": before | dict.fromkeys(changes, how), **{role: person.pk for role, person in changes.items()}}
    if why:
        facts["why"] = why
    values: dict[str, Any] = dict(changes)
    told = set(changes)
    act(case=case, action=Action.REASSIGN, actor=actor, now=now, reason=reason, facts=facts, **values)
    if "investigator" in changes:
        end_delegation(case, now)
    _tell(case, actor, now, told)


def how_of(case: Case) -> dict[str, str]:
    """How investigator and contact came to the case: "tree", "hand" or "department"."""
    acts = [Action.ASSIGN, Action.FORWARD, Action.REASSIGN]
    last = case.events.filter(action__in=acts).order_by("-pk").first()
    return {"investigator": TREE, "contact": TREE} | (last.facts.get("by", {}) if last else {})


def route_of(case: Case, now: datetime) -> Route:
    """By the tree: avoidance leaves out who is barred, an absence whoever is not back before the limit."""
    barred = barred_of(case)
    investigator = _first(lambda away: route(case.respondent, barred | away), away_from(case, Role.INVESTIGATOR, now))
    contact = _first(lambda away: route(case.respondent, barred | away), away_from(case, Role.CONTACT, now))
    replaced = tuple(
        Replaced(one.role, one.person, by)
        for found, role, by in (
            (investigator, Role.INVESTIGATOR, investigator.investigator),
            (contact, Role.CONTACT, contact.contact),
        )
        for one in found.replaced
        if one.role == role and one.person.pk in barred
    )
    return Route(investigator.investigator, contact.contact, replaced)


def _first(find: Callable[[frozenset[int]], Route], away: frozenset[int]) -> Route:
    """Without those who are away; where that leaves nobody, with them."""
    try:
        return find(away)
    except Refused:
        if not away:
            raise
        return find(frozenset())


def person_named(text: str, case: Case, *, field: str) -> User:
    """The active employee with that number, user name or name, who has no part in the matter. Refused at `field`."""
    text = typed(text, 60, field=field, missing=_("Name the person: employee number or name."))
    number = text.split(" ")[0].split("·")[0]
    people = list(User.objects.active().filter(employee_number__iexact=number)[:1]) or list(
        User.objects.active().named(text)[:2]
    )
    if not people:
        problem = _("No employee “%(text)s”: use the employee number.") % {"text": text}
    elif len(people) > 1:
        problem = _("There are several “%(text)s”: use the employee number.") % {"text": text}
    elif people[0].pk in barred_of(case):
        problem = _("%(name)s is complained about or has an interest: choose somebody else.") % {"name": people[0].name}
    elif not people[0].has_perm("complaints.view_case"):
        problem = _("%(name)s does not work on cases: choose somebody else.") % {"name": people[0].name}
    else:
        return people[0]
    raise Refused(problem, fields={field: [problem]})


def end_delegation(case: Case, now: datetime) -> None:
    """A delegation is the investigator's own: with another one it ends, asked for or granted."""
    case.delegations.filter(round=case.round, ended_at=None).exclude(granted=False).update(ended_at=now)


def _facts(found: Route, investigator: str, contact: str) -> dict:
    by = {"investigator": investigator, "contact": contact}
    return {"by": by, "investigator": found.investigator.pk, "contact": found.contact.pk}


def _follow(case: Case, replaced: tuple[Replaced, ...], actor, now: datetime) -> None:
    Recusal.objects.bulk_create(
        Recusal(case=case, role=one.role, person=one.person, replaced_by=one.by, reason=_why(case, one), at=now)
        for one in replaced
    )
    _tell(case, actor, now, {"investigator", "contact"})


def _why(case: Case, one: Replaced) -> str:
    return case.respondents.get(employee=one.person).why


def _tell(case: Case, actor, now: datetime, roles: set[str]) -> None:
    if "investigator" in roles:
        tell(case=case, person=case.investigator, kind="case-to-investigate", now=now, by=actor)
    if "contact" in roles:
        tell(case=case, person=case.contact, kind="case-to-contact", now=now, by=actor)
