"""Who decides a change request: the customer's manager, the outlet head, the next level up; never the proposer."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from archives.changes.models import ChangeRequest, Route
from archives.changes.rules import Action
from archives.changes.transitions import transition
from archives.customers.models import Customer
from crm.lib.dates import local_day
from crm.lib.refusals import Refused, TooLate
from crm.staff.deputies import acting_deputy
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import Branch, User


@dataclass(frozen=True)
class Capacity:
    """In what role somebody decides: their own, or `on_behalf_of` an absent colleague."""

    route: str
    on_behalf_of: User | None = None
    escalated: bool = False


def may_decide(user, subject) -> bool:
    """Active, with the right to decide, and the subject (a customer, or an item's branch) in scope."""
    if not (user and user.is_active and user.has_perm("archives.decide_change")):
        return False
    if isinstance(subject, Customer):
        return Customer.objects.visible_to(user).filter(pk=subject.pk).exists()
    return Branch.objects.in_scope_of(user).filter(pk=subject.branch_id).exists()


def route_for(*, subject, proposer, today: date) -> tuple[User, str]:
    """The person who answers for the decision about `subject`, a customer or an intelligence item, and why it is they.

    Refused when nobody can be found.

    Somebody whose deputy of today is the proposer is passed over: their absence would leave nobody.
    """

    def fits(user) -> bool:
        if user is None or user == proposer or not may_decide(user, subject):
            return False
        return proposer is None or acting_deputy(user, today) != proposer

    if subject.manager is not None and fits(subject.manager):
        return subject.manager, Route.MANAGER.value
    head = outlet_head(subject.branch)
    if head is not None and fits(head):
        return head, Route.HEAD.value
    passed = {user.pk for user in (proposer, head) if user}
    while upper := next_level_up(subject.branch, exclude=passed):
        if fits(upper):
            return upper, Route.UPPER.value
        passed.add(upper.pk)
    raise Refused(
        _("Nobody can be found who may decide this request: ask head office to name a manager or an outlet head.")
    )


def answering(request: ChangeRequest, today: date) -> list[tuple[User, str, bool]]:
    """Who may decide today: the person of the present route, the stored one, and the level it was escalated to."""
    people = []
    with suppress(Refused):
        people.append((*route_for(subject=request.subject, proposer=request.proposer, today=today), False))
    if request.route != Route.MANAGER and request.assignee:
        people.append((request.assignee, request.route, False))
    if request.escalated_to:
        people.append((request.escalated_to, Route.UPPER, True))
    return people


def capacity_of(*, request: ChangeRequest, actor, today: date) -> Capacity | None:
    """In what role `actor` may decide `request` today; None when they may not."""
    if actor == request.proposer or not may_decide(actor, request.subject):
        return None
    people = answering(request, today)
    for person, route, escalated in people:
        if person == actor:
            return Capacity(route, escalated=escalated)
    for person, route, escalated in people:
        if acting_deputy(person, today) == actor:
            return Capacity(route, on_behalf_of=person, escalated=escalated)
    return None


def reroute(*, request: ChangeRequest, now: datetime) -> bool:
    """Let an open request follow the customer's manager and branch; True when it moved."""
    subject = request.subject
    try:
        assignee, route = route_for(subject=subject, proposer=request.proposer, today=local_day(now))
    except Refused:
        return False
    if (request.assignee_id, request.route, request.branch_id) == (assignee.pk, route, subject.branch_id):
        return False
    told = request.assignee_id != assignee.pk
    try:
        with transaction.atomic():
            transition(
                request=request,
                action=Action.REROUTE,
                actor=None,
                now=now,
                assignee=assignee,
                route=route,
                branch=subject.branch,
            )
            if told:
                from archives.changes.telling import tell_deciders

                tell_deciders(request=request, kind="change-submitted", now=now)
    except TooLate:
        return False
    return True


def reroute_open(*, customer=None, user=None, now: datetime) -> int:
    """Let the open requests of a customer, or of those who hang on `user`, follow; how many moved."""
    found = ChangeRequest.objects.open().for_routing()
    if customer is not None:
        found = found.filter(customer=customer)
    if user is not None:
        found = found.hanging_on(user)
    return sum(reroute(request=request, now=now) for request in found)
