"""An outlet is merged into another, or moves under another parent: its customers, people and open matters go along."""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.changes.models import ChangeRequest
from archives.changes.routing import reroute
from archives.changes.rules import Action
from archives.changes.transitions import transition
from archives.customers.bulk import change_many, write_history
from archives.customers.models import Customer
from archives.intelligence.models import Intelligence
from archives.retention.models import Deletion
from archives.stewardship.models import HandOver, OutletChange
from archives.stewardship.numbers import next_number
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.services import notify
from crm.staff.hierarchy import outlet_head
from crm.staff.models import Branch, User
from crm.staff.services import close_branch, place_branch, transfer

TRIES = 8
HOLDS_CUSTOMERS = (Branch.Kind.OUTLET, Branch.Kind.DIRECT_OUTLET)
HOLDS_BRANCHES = (Branch.Kind.HEAD_OFFICE, Branch.Kind.BRANCH, Branch.Kind.SUB_BRANCH)
IN_RETENTION = (Deletion.State.KEPT, Deletion.State.SEALED)


def counts_of_outlet(branch: Branch) -> dict[str, int]:
    """What hangs on the outlet, hidden archives too."""
    customers = Customer.everyone.filter(branch=branch)
    return {
        "customers": customers.count(),
        "hidden": customers.exclude(life="active").count(),
        "people": User.objects.at(branch).active().count(),
        "former": User.objects.at(branch).filter(is_active=False).count(),
        "requests": open_at(branch).count(),
        "intelligence": Intelligence.everyone.filter(branch=branch).count(),
        "deletions": Deletion.objects.filter(branch=branch, state__in=IN_RETENTION).count(),
        "hand_overs": HandOver.objects.filter(branch=branch, state=HandOver.State.PREPARED).count(),
        "below": branch.children.filter(is_active=True).count(),
    }


def open_at(branch: Branch) -> QuerySet[ChangeRequest]:
    return ChangeRequest.objects.open().filter(Q(branch=branch) | Q(customer__branch=branch))


def targets_for(branch: Branch) -> QuerySet[Branch]:
    """Active outlets that could take the customers of `branch`."""
    return Branch.objects.active().filter(kind__in=HOLDS_CUSTOMERS).exclude(pk=branch.pk)


def parents_for(branch: Branch) -> QuerySet[Branch]:
    """Where `branch` could stand: not below itself, not where it stands."""
    above = Branch.objects.active().filter(kind__in=HOLDS_BRANCHES).exclude(path__startswith=branch.path)
    return above.exclude(pk=branch.parent_id) if branch.parent_id else above.none()


def merge_outlet(*, branch: Branch, target: Branch, reason: str, actor: User, now: datetime) -> OutletChange:
    """Close `branch`; everything of it that is not closed history belongs to `target` from now on."""
    return _numbered(lambda: _merge(branch, target, reason, actor, now))


def move_outlet(*, branch: Branch, parent: Branch, reason: str, actor: User, now: datetime) -> OutletChange:
    """Put `branch`, with everything below it, under `parent`: who sees it follows with the next request."""
    return _numbered(lambda: _move(branch, parent, reason, actor, now))


def _numbered(work: Callable[[], OutletChange]) -> OutletChange:
    """Two changes at once collide on their number: the later one tries again."""
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                return work()
        except IntegrityError as error:
            if "number" not in str(error):
                raise
    raise Refused(_("Too many changes at once: try again."))


def _may_change(actor: User) -> User:
    actor = User.objects.select_related("branch").get(pk=actor.pk)
    if not actor.has_perm("archives.move_outlet"):
        raise NotYours(_("Your role does not include changing outlets."))
    return actor


def _lock(*branches: Branch) -> list[Branch]:
    """The branches as they are now, locked in one order; rows that name them may still be written."""
    rows = Branch.objects.filter(pk__in=[branch.pk for branch in branches]).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True)
    found = {row.pk: row for row in rows}
    return [found[branch.pk] for branch in branches]


def _merge(branch: Branch, target: Branch, reason: str, actor: User, now: datetime) -> OutletChange:
    actor = _may_change(actor)
    branch, target = _lock(branch, target)
    counts = counts_of_outlet(branch)
    if not branch.is_active and not any(counts.values()):
        raise _already(branch)
    if not targets_for(branch).filter(pk=target.pk).exists():
        raise Refused(_("Customers cannot go there: choose an active outlet."), fields={"target": []})
    change = _written(OutletChange.Kind.MERGED, branch, target, reason, counts, actor, now)
    keys = list(Customer.everyone.filter(branch=branch).values_list("pk", flat=True))
    moved = {"branch": target.pk}
    change_many(keys=keys, still={"branch": branch.pk}, changes=moved, actor=actor, reason=change.number, now=now)
    people = list(User.objects.at(branch))
    for person in people:
        transfer(user=person, branch=target, actor=actor, now=now)
    _move_matters(branch, target, change.number, actor, now)
    _close(branch, target, change.number, actor)
    _tell([*people, outlet_head(target)], "outlet-merged", change, actor, now)
    return change


def _written(kind, branch: Branch, target: Branch, reason: str, counts: dict, actor: User, now) -> OutletChange:
    return OutletChange.objects.create(
        number=next_number(OutletChange, "JG", now),
        kind=kind,
        branch=branch,
        target=target,
        old_parent=branch.parent,
        reason=reason,
        done_by=actor,
        done_at=now,
        counts=counts,
    )


def _move_matters(branch: Branch, target: Branch, number: str, actor: User, now: datetime) -> None:
    """Open matters go along, people having gone before; meetings keep the branch where they were held."""
    items = list(Intelligence.everyone.filter(branch=branch).values_list("pk", flat=True))
    Intelligence.everyone.filter(pk__in=items).update(branch=target, version=F("version") + 1)
    write_history(Intelligence, items, kind="~", reason=number, now=now, actor=actor)
    Deletion.objects.filter(branch=branch, state__in=IN_RETENTION).update(branch=target)
    _move_hand_overs(branch, target, actor, now)
    for request in ChangeRequest.objects.open().for_routing().filter(Q(branch=branch) | Q(customer__branch=target)):
        reroute(request=request, now=now)
    for request in ChangeRequest.objects.open().filter(branch=branch):  # nobody else could be found to decide
        transition(request=request, action=Action.REROUTE, actor=actor, now=now, reason=number, branch=target)


def _move_hand_overs(branch: Branch, target: Branch, actor: User, now: datetime) -> None:
    """Prepared ones go along; where the person has one at the target already, this one ends."""
    prepared = HandOver.objects.filter(state=HandOver.State.PREPARED)
    twins = prepared.filter(branch=target).values("outgoing")
    mine = prepared.filter(branch=branch)
    mine.filter(outgoing__in=list(twins.values_list("outgoing", flat=True))).update(
        state=HandOver.State.CANCELLED, version=F("version") + 1, ended_by=actor, ended_at=now
    )
    mine.update(branch=target, version=F("version") + 1)


def _close(branch: Branch, target: Branch, number: str, actor: User) -> None:
    try:
        close_branch(branch=branch, successor=target, actor=actor, reason=number)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error


def _move(branch: Branch, parent: Branch, reason: str, actor: User, now: datetime) -> OutletChange:
    actor = _may_change(actor)
    branch, parent = _lock(branch, parent)
    if branch.parent_id == parent.pk:
        raise _already(branch)
    if not branch.is_active or not parents_for(branch).filter(pk=parent.pk).exists():
        raise Refused(_("The outlet cannot stand there: choose another parent."), fields={"parent": []})
    below = Branch.objects.subtree_of(branch).count() - 1
    counts = counts_of_outlet(branch) | {"below": below}
    change = _written(OutletChange.Kind.MOVED, branch, parent, reason, counts, actor, now)
    branch.parent, branch._change_reason = parent, change.number
    try:
        place_branch(branch=branch, actor=actor)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    places = Branch.objects.subtree_of(branch).values("pk")
    moved = ChangeRequest.objects.open().for_routing().exclude(route="manager").filter(customer__branch__in=places)
    for request in moved:
        reroute(request=request, now=now)
    _tell([outlet_head(branch)], "outlet-moved", change, actor, now)
    return change


def _already(branch: Branch) -> TooLate:
    last = OutletChange.objects.filter(branch=branch).select_related("done_by").first()
    if last is None:
        return TooLate(_("This outlet is closed already."))
    when = last.done_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    sentence = _("Already done by %(who)s at %(when)s: %(number)s.")
    return TooLate(sentence % {"who": last.done_by.name, "when": when, "number": last.number})


def _tell(people: list, kind: str, change: OutletChange, actor: User, now: datetime) -> None:
    params = {"number": change.number, "branch": change.branch.name, "target": change.target.name, "who": actor.name}
    for person in {person for person in people if person is not None} - {actor}:
        notify(recipient=person, kind=kind, params=params, link=reverse("workbench:home"), now=now)
