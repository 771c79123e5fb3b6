"""What hangs on an archive goes over to another one and, when a merge is undone, exactly that comes back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Q, UniqueConstraint
from django.urls import reverse

from archives.accounts.models import Account, AccountHolder
from archives.changes.models import ChangeRequest
from archives.changes.routing import route_for
from archives.changes.rules import Action
from archives.changes.transitions import transition
from archives.customers import codes
from archives.customers.bulk import write_history
from archives.customers.links import Link, OnMerge, links
from archives.customers.models import Customer
from archives.customers.parts import Relation
from crm.lib.dates import local_day
from crm.lib.refusals import Refused, TooLate
from crm.notifications.services import notify

REQUESTS = "archives.changerequest.customer"
Keys = dict[str, list[int]]


@dataclass
class Moved:
    """Primary keys by link: `rows` went over, `left` stayed because the other archive has the same already."""

    rows: Keys = field(default_factory=dict)
    left: Keys = field(default_factory=dict)

    def note(self, link: Link, done: list[int], kept: Iterable[int]) -> None:
        if done:
            self.rows[link.key] = done
        if kept := sorted(kept):
            self.left[link.key] = kept


def moving_links() -> list[Link]:
    return [link for link in links() if link.merge == OnMerge.MOVE]


def move_rows(*, source: Customer, target: Customer, reason: str, now: datetime) -> Moved:
    """Everything of `source` that a merge moves, but its change requests; rows of parts and accounts with history.

    A row that would stand twice is left with `source`, and so with it in the recycle bin: the relation between the
    two, a relation that the other has too, a holding of an account that is now the survivor's own.
    """
    moved = Moved()
    for link in moving_links():
        if link.key == REQUESTS:
            continue
        keys = list(link.rows([source.pk]).order_by("pk").values_list("pk", flat=True))
        twice = _twice(link, source, target) & set(keys)
        done = repoint(link, [key for key in keys if key not in twice], source=source, target=target, reason=reason, now=now)  # fmt: skip
        moved.note(link, done, set(keys) - set(done))
    return moved


def repoint(link: Link, keys: list[int], *, source: Customer, target: Customer, reason: str, now: datetime) -> list[int]:  # fmt: skip
    """Let rows `keys` of `source` hang on `target`; those that went. What a constraint refuses stays."""
    if not keys:
        return []
    try:
        with transaction.atomic():
            done = _update(link, keys, source, target)
    except IntegrityError:
        done = [key for key in keys if _one(link, key, source, target)]
    model = apps.get_model(link.app, link.model)
    if hasattr(model, "history"):
        write_history(model, done, kind="~", reason=reason, now=now)
    return done


def _update(link: Link, keys: list[int], source: Customer, target: Customer) -> list[int]:
    rows = link.rows([source.pk]).filter(pk__in=keys)
    found = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.update(**{link.field: target.pk})
    return found


def _one(link: Link, key: int, source: Customer, target: Customer) -> bool:
    try:
        with transaction.atomic():
            return bool(_update(link, [key], source, target))
    except IntegrityError:
        return False


def _twice(link: Link, source: Customer, target: Customer) -> set[int]:
    """Rows of `source` that would say the same twice beside those of `target`."""
    found = _clashes(link, source, target)
    if link.model == "relation":
        found |= _known_relations(source, target)
    if link.model == "accountholder":
        own = Account.objects.filter(customer__in=[source, target])
        found |= set(AccountHolder.objects.filter(customer=source, account__in=own).values_list("pk", flat=True))
    return found


def _clashes(link: Link, source: Customer, target: Customer) -> set[int]:
    """Those that a unique constraint would refuse."""
    model, found = apps.get_model(link.app, link.model), set()
    for constraint in model._meta.constraints:
        if not isinstance(constraint, UniqueConstraint) or link.field not in constraint.fields:
            continue
        beside = [name for name in constraint.fields if name != link.field]
        rows = model._base_manager.filter(constraint.condition or Q())
        theirs = rows.filter(**{link.field: target.pk}).values_list("pk", *beside)
        taken = {tuple(values) for _key, *values in theirs if None not in values}
        ours = rows.filter(**{link.field: source.pk}).values_list("pk", *beside)
        found |= {key for key, *values in ours if tuple(values) in taken}
    return found


def _known_relations(source: Customer, target: Customer) -> set[int]:
    """Relations of `source` that `target` has already, written from either side, and those between the two."""
    known = {_seen_from(target, row) for row in _relations(target)}
    return {
        row.pk for row in _relations(source) if target.pk in (row.customer_id, row.other_id) or _seen_from(source, row) in known
    }  # fmt: skip


def _relations(customer: Customer) -> list[Relation]:
    return [*customer.relation_rows.filter(is_removed=False), *customer.relation_back_rows.filter(is_removed=False)]


def _seen_from(customer: Customer, row: Relation) -> tuple[int, str]:
    """(the other one, what they are to `customer`), whichever side the row was written from."""
    if row.customer_id == customer.pk:
        return row.other_id, row.role
    return row.customer_id, codes.OPPOSITE_ROLE.get(row.role, row.role)


def move_requests(*, source: Customer, target: Customer, merge_number: str, now: datetime) -> list[int]:
    """Change requests of `source` go to `target`; the keys of those that went.

    Settled ones follow with their evidence: they say where values of the remaining archive come from. Open edits and
    supplements follow too, to whoever decides there; where the target's value is another than the one they were
    written against, the decision page shows three values. An open one stays where the same person has one of the
    same kind open on the target, or nobody may decide it there: the recycle bin supersedes it with a notice.
    """
    moved = []
    for request in ChangeRequest.objects.filter(customer=source).for_routing().order_by("pk"):
        if not request.is_open:
            ChangeRequest.objects.filter(pk=request.pk).update(customer=target)
        elif not _carry(request, target, merge_number, now):
            continue
        moved.append(request.pk)
    return moved


def _carry(request: ChangeRequest, target: Customer, merge_number: str, now: datetime) -> bool:
    try:
        assignee, route = route_for(subject=target, proposer=request.proposer, today=local_day(now))
        with transaction.atomic():
            transition(
                request=request, action=Action.REROUTE, actor=None, now=now, reason=merge_number, customer=target,
                branch=target.branch, assignee=assignee, route=route,
            )  # fmt: skip
    except TooLate:
        raise
    except (Refused, IntegrityError):
        return False
    _tell(request, merge_number, now)
    return True


def _tell(request: ChangeRequest, merge_number: str, now: datetime) -> None:
    """The proposer, and whoever decides it from now on."""
    for person in {request.proposer, request.assignee} - {None}:
        notify(
            recipient=person,
            kind="merge-request-moved",
            params={"number": request.number, "customer": request.subject.number, "merge": merge_number},
            link=reverse("changes:detail", args=[request.number]),
            now=now,
        )


def requests_back(keys: list[int], *, survivor: Customer, loser: Customer, number: str, now: datetime) -> list[int]:
    """The merge's requests to the archive restored; those approved meanwhile stay: what they changed is there."""
    back = []
    for request in ChangeRequest.objects.filter(pk__in=keys, customer=survivor).for_routing().order_by("pk"):
        since = request.modifications.filter(customer=survivor).exists()
        if since or (request.is_open and not _carry(request, loser, number, now)):
            continue
        if not request.is_open:
            ChangeRequest.objects.filter(pk=request.pk).update(customer=loser)
        back.append(request.pk)
    return back


def count_rows(customer: Customer, other: Customer) -> list[tuple[Link, int, int]]:
    """For the preview: (link, how many of `other` would move, how many stay because `customer` has the same)."""
    found = []
    for link in moving_links():
        keys = set(link.rows([other.pk]).values_list("pk", flat=True))
        twice = _twice(link, other, customer) & keys
        if keys:
            found.append((link, len(keys) - len(twice), len(twice)))
    return found
