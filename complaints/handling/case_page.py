"""What the page of a case shows to one person: where it stands, what is theirs to do, who works on it, what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from archives.customers.masking import name_for
from archives.models import Customer
from complaints.cases.access import delegate_of, roles_of, sees_identity
from complaints.cases.codes import Role, State
from complaints.cases.models import Case
from complaints.cases.rules import Action, allowed, step
from complaints.clocks.page import clocks_of
from complaints.handling.assigning import DEPARTMENT, HAND, goes_by_itself, how_of
from complaints.handling.contacting import can_be_reached, contact_state
from complaints.handling.history import history_of
from complaints.handling.investigating import report_of, returned_reports
from complaints.handling.outcome_page import outcome_of
from complaints.intake.page import intake_of
from crm.privacy.masks import mask_name
from crm.staff.models import Branch, User

PATH = [
    State.REGISTERED, State.ACCEPTED, State.ASSIGNED, State.CONTACTED, State.INVESTIGATING, State.FOUND, State.PLANNED,
    State.REPLIED, State.CLOSED, State.CALLED_BACK,
]  # fmt: skip
NEAR = timedelta(hours=24)
# The main line: what comes next in a state, and where on the page it is done.
NEXT: dict[str, list[tuple[str, str]]] = {
    State.REGISTERED: [(Action.ACCEPT, "#office")],
    State.ACCEPTED: [(Action.ASSIGN, "#office"), (Action.FORWARD, "#office")],
    State.ASSIGNED: [(Action.CONTACT, "#contact")],
    State.CONTACTED: [(Action.INVESTIGATE, "#report")],
    State.INVESTIGATING: [(Action.FIND, "#report")],
    State.FOUND: [(Action.PLAN, "#outcome")],
    State.PLANNED: [(Action.REPLY, "#outcome")],
    State.REPLIED: [(Action.CLOSE, "#outcome")],
    State.CLOSED: [(Action.CALL_BACK, "#outcome")],
}


@dataclass(frozen=True)
class Next:
    """The next step of the main line: `mine`, or whom it waits for."""

    label: str
    href: str
    mine: bool
    who: str


@dataclass(frozen=True)
class Worker:
    label: str
    person: User | None
    why: str


def context_of(case: Case, user: User, now: datetime, query) -> dict:
    """Everything of `complaints/handling/case.html`; `query` are the parameters of the address."""
    roles = roles_of(case, user)
    return {
        "case": case,
        "roles": roles,
        "may": may_of(case, roles),
        "tone": tone_of(case, now),
        "strip": strip_of(case),
        "next": next_of(case, roles),
        "workers": workers_of(case),
        "customer_name": customer_name(case, user),
        "customer_link": customer_link(case, user),
        "now": now,
        **_work(case, user),
        **history_of(case, query),
        **clocks_of(case, now),
        **intake_of(case, user),
        **outcome_of(case, user, roles, now),
    }


def _work(case: Case, user: User) -> dict:
    delegations = case.delegations.select_related("to", "asked_by", "decided_by")
    return {
        "by_itself": goes_by_itself(case),
        "contact": contact_state(case),
        "contacts": case.contacts.filter(round=case.round).select_related("by"),
        "reachable": can_be_reached(case),
        "report": report_of(case),
        "earlier_reports": returned_reports(case),
        "delegations": delegations,
        "pending": [one for one in delegations if one.granted is None and one.ended_at is None],
        "recusals": case.recusals.select_related("person", "replaced_by"),
        "is_own": user.pk == case.investigator_id,
    }


def may_of(case: Case, roles: set[str]) -> set[str]:
    return {action.value for action in Action if allowed(case.state, action, roles, case.kind)}


def tone_of(case: Case, now: datetime) -> str:
    """late, near or calm, by the nearest limit of all its clocks."""
    if not case.is_open or case.nearest_at is None:
        return "none"
    if case.nearest_at < now:
        return "late"
    return "warn" if case.nearest_at - now < NEAR else "info"


def strip_of(case: Case) -> list[dict]:
    """The states of the main line, those reached with their moment; the first one not reached is next."""
    reached = {
        event.to: event.at
        for event in case.events.filter(round=case.round).order_by("pk").only("to", "at", "frm")
        if event.frm != event.to
    }
    reached.setdefault(State.REGISTERED, case.registered_at)
    at = _height(case)
    return [
        {
            "label": state.label,
            "at": reached.get(state) if index <= at else None,
            "css": "done" if index <= at else "now" if index == at + 1 and case.is_open else "",
        }
        for index, state in enumerate(PATH)
    ]


def _height(case: Case) -> int:
    if case.state in PATH:
        return PATH.index(State(case.state))
    if case.state == State.ARCHIVED and case.closed_at:
        return len(PATH) - 1
    met = set(case.events.filter(round=case.round).values_list("frm", flat=True))
    return max((PATH.index(State(state)) for state in met if state in PATH), default=0)


def next_of(case: Case, roles: set[str]) -> Next | None:
    """What comes next; None where the case has ended."""
    steps = NEXT.get(case.state, [])
    if case.state == State.ACCEPTED:
        steps = steps[:1] if goes_by_itself(case) else steps[1:]
    for action, href in steps:
        found = step(case.state, action, case.kind)
        if found is None:
            continue
        mine = bool(found.who & roles)
        return Next(_todo(action), href, mine, "" if mine else _waits_for(case, found.who))
    return None


def _todo(action: str) -> str:
    return {
        Action.ACCEPT: _("Take the case in, or refuse it with the reason."),
        Action.ASSIGN: _("Assign it by the organisation tree."),
        Action.FORWARD: _("Pass it to the department in charge."),
        Action.CONTACT: _("Contact the customer and record the attempt."),
        Action.INVESTIGATE: _("Investigate in person and write the report."),
        Action.FIND: _("Finish the report and sign it."),
        Action.PLAN: _("Decide what the bank will do."),
        Action.REPLY: _("Answer the customer."),
        Action.CLOSE: _("Close the case."),
        Action.CALL_BACK: _("Call the customer back."),
    }[Action(action)]


def _waits_for(case: Case, who: frozenset[str]) -> str:
    delegate = delegate_of(case)
    names = {
        Role.CONTACT: case.contact.name if case.contact else "",
        Role.INVESTIGATOR: (delegate or case.investigator).name if case.investigator else "",
        Role.OFFICE: case.officer.name if case.officer else str(Role.OFFICE.label),
        Role.CALLER: str(Role.CALLER.label),
    }
    found = [name for role, name in names.items() if role in who and name]
    return _(", ").join(dict.fromkeys(found))


def workers_of(case: Case) -> list[Worker]:
    how, delegate = how_of(case), delegate_of(case)
    rows = [Worker(str(Role.INVESTIGATOR.label), case.investigator, _why_investigator(case, how["investigator"]))]
    if delegate:
        rows.append(Worker(_("Investigates by delegation"), delegate, _("with the consent of the service office")))
    rows.append(Worker(_("Contacts the customer"), case.contact, _why_contact(case, how["contact"])))
    rows.append(Worker(str(Role.OFFICE.label), case.officer, _extension(case.officer)))
    rows.append(Worker(str(Role.FIRST.label), case.first_receiver, _("follows it to the end")))
    return rows


def _why_investigator(case: Case, how: str) -> str:
    if case.investigator is None:
        return ""
    if how == DEPARTMENT:
        return case.department
    if how == HAND:
        return _("named by the service office")
    if instead := _instead(case, Role.INVESTIGATOR, case.investigator):
        return instead
    if case.respondent.kind == Branch.Kind.DIRECT_OUTLET and case.investigator.branch_id == case.respondent_id:
        return _("head of the directly managed outlet, investigates in person")
    return _("supervising president, investigates in person")


def _why_contact(case: Case, how: str) -> str:
    if case.contact is None:
        return ""
    if how == HAND:
        return _("named by the service office")
    if instead := _instead(case, Role.CONTACT, case.contact):
        return instead
    if case.contact.branch_id == case.respondent_id:
        return _("head of the outlet where it happened")
    return _("next level up: the outlet has no head")


def _instead(case: Case, role: str, person: User) -> str:
    last = case.recusals.filter(role=role, replaced_by=person).select_related("person").last()
    return _("by avoidance, instead of %(name)s") % {"name": last.person.name} if last else ""


def _extension(person: User | None) -> str:
    return _("extension %(number)s") % {"number": person.extension} if person and person.extension else ""


def customer_name(case: Case, user: User) -> str:
    """Whom the head names: plain to those who work on it; masked to others; empty for nobody in particular."""
    if case.is_anonymous:
        return ""
    if case.customer:
        if sees_identity(case, user):
            return name_for(user, case.customer)
        return mask_name(case.customer.name)
    first = case.parties.first()
    if first is None or not first.name:
        return ""
    return first.name if sees_identity(case, user) else mask_name(first.name)


def customer_link(case: Case, user: User) -> str:
    """The number of the customer where `user` may open the archive."""
    if case.customer is None or not sees_identity(case, user):
        return ""
    visible = Customer.objects.visible_to(user).filter(pk=case.customer_id).exists()
    return case.customer.number if visible else ""
