"""Who hears of a proposal, a decision, an appeal, a consequence."""

from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from complaints.conduct.access import ensure_may_decide, ensure_may_decide_appeal, may
from complaints.conduct.models import Consequence, PointProposal
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up
from crm.staff.models import User
from crm.staff.roles import Role


def plain(points: Decimal) -> str:
    """2, 0.5"""
    return f"{points.normalize():f}"


def tell(person: User | None, kind: str, proposal: PointProposal, now: datetime, key: str = "", **params) -> bool:
    """Whether somebody was told. Notices name the employee and the number, never the customer."""
    if person is None:
        return False
    facts = {"number": proposal.number, "employee": proposal.employee.name, "points": plain(proposal.points)} | params
    link = reverse("conduct:proposal", args=[proposal.number])
    return bool(notify(recipient=person, kind=kind, params=facts, link=link, now=now, dedupe_key=key or None))


def decider_for(proposal: PointProposal) -> User | None:
    """The next level up who may decide: the supervising president, else head office or the service office."""
    return _first_above(proposal, ensure_may_decide, {proposal.employee_id, proposal.proposed_by_id})


def appeal_decider_for(proposal: PointProposal) -> User | None:
    """Head office, unless it took part; then the service office, then whoever stands above."""
    passed = {pk for pk in (proposal.employee_id, proposal.proposed_by_id, proposal.decided_by_id) if pk}
    for person in _with_roles(passed, Role.HEADOFFICE, Role.SERVICE):
        if may(ensure_may_decide_appeal, proposal, person):
            return person
    return _first_above(proposal, ensure_may_decide_appeal, passed)


def _first_above(proposal: PointProposal, check, passed: set[int]) -> User | None:
    passed = set(passed)
    while upper := next_level_up(proposal.branch, exclude=passed):
        if may(check, proposal, upper):
            return upper
        passed.add(upper.pk)
    return next((person for person in _with_roles(passed, Role.SERVICE) if may(check, proposal, person)), None)


def _with_roles(passed: set[int], *roles: str):
    for role in roles:
        yield from User.objects.active().with_role(role).exclude(pk__in=passed)


def tell_owner(consequence: Consequence, *, kind: str, now: datetime, to: User | None = None, key: str = "") -> bool:
    person = to or consequence.owner
    if person is None:
        return False
    facts = {
        "employee": consequence.employee.name,
        "threshold": plain(consequence.threshold),
        "day": consequence.due_on.isoformat(),
    }
    link = f"{reverse('conduct:consequences')}#c-{consequence.pk}"
    return bool(notify(recipient=person, kind=kind, params=facts, link=link, now=now, dedupe_key=key or None))
