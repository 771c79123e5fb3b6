"""Deciding a request, field by field: decision, archive, history, record and notice in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import cast

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext as _

from archives.changes.matters import decide_matter
from archives.changes.models import ChangeItem, ChangeRequest
from archives.changes.proposing import is_key, items_of, label_of
from archives.changes.record import write_modification
from archives.changes.routing import capacity_of
from archives.changes.rows import live_row, row_of, unpack
from archives.changes.rules import ACCEPT, KEEP, REJECT, has_moved, outcome, undecided, unexplained
from archives.changes.telling import tell_proposer
from archives.changes.transitions import already, transition
from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.models import Customer
from archives.customers.services import add_row, change_row, lock_customer, remove_row, save_archive
from archives.customers.values import check_together, clean, read, write
from crm.lib.dates import local_day
from crm.lib.refusals import Moved, NotYours, Refused
from crm.lib.wording import typed
from crm.staff.models import User

DECISIONS = {ACCEPT: ChangeItem.Decision.ACCEPTED, REJECT: ChangeItem.Decision.REJECTED, KEEP: ChangeItem.Decision.KEPT}
NOTICES = {"approve": "change-approved", "partly": "change-partly", "reject": "change-rejected"}


def decide_change(
    *, request: ChangeRequest, actor, decisions: dict[int, tuple[str, str]], comment: str = "", now: datetime,
    confirmed: Mapping[int, int] = MappingProxyType({}),
) -> ChangeRequest:  # fmt: skip
    """Decide every item of the present round: {item id: (accept, reject or keep, why)}.

    An item whose live value moved since the proposal is only accepted (or the present value kept) when
    `confirmed` says at which version of the archive its three values were looked at, and that is still it. Raise Refused (Moved, TooLate, NotYours) with nothing changed.
    """
    if request.is_matter:
        raise Refused(_("This request is decided as a whole."))
    comment = typed(comment, 500)
    with transaction.atomic():
        actor = User.objects.select_related("branch").get(pk=actor.pk)  # rights as they are now
        customer = lock_customer(cast(int, request.customer_id))
        fresh = ChangeRequest.objects.for_routing().get(pk=request.pk)
        if fresh.version != request.version:
            raise already(fresh) or Refused(_("This request has changed since you opened it. Look at it again."))
        items = _decided_items(fresh, decisions, comment)
        capacity = capacity_of(request=fresh, actor=actor, today=local_day(now))
        if not fresh.is_open:
            raise already(fresh) or Refused(_("This cannot be done in the request's present state."))
        if capacity is None:
            raise NotYours(_("You may not decide this request (any more)."))
        _look_at_moved(customer, items, decisions, confirmed)
        action = outcome(decisions[item.pk][0] for item in items)
        fresh = transition(
            request=fresh,
            action=action,
            actor=actor,
            now=now,
            reason=comment,
            decided_by=actor,
            on_behalf_of=capacity.on_behalf_of,
            decided_at=now,
            comment=comment,
        )
        _apply(customer, fresh, items, decisions, actor, now)
        tell_proposer(request=fresh, kind=NOTICES[action], now=now)
    return fresh


def _decided_items(request: ChangeRequest, decisions, comment: str) -> list[ChangeItem]:
    items = items_of(request)
    known = {item.pk for item in items}
    left = undecided(known, decisions)
    if left:
        labels = ", ".join(label_of(item) for item in items if item.pk in left)
        raise Refused(_("Decide these fields too: %(fields)s.") % {"fields": labels})
    silent = unexplained({pk: decisions[pk] for pk in known}, comment)
    if silent:
        labels = ", ".join(label_of(item) for item in items if item.pk in silent)
        raise Refused(_("Say why you reject: %(fields)s.") % {"fields": labels})
    return items


def live_value(customer: Customer, item: ChangeItem) -> str:
    if item.field.startswith("part:"):
        return live_row(customer, item.field.removeprefix("part:"), item.row)
    return read(customer, item.field)


def moved(customer: Customer, item: ChangeItem) -> bool:
    """The live value is neither what the proposer saw nor what they propose."""
    return has_moved(old=item.old, live=live_value(customer, item), new=item.new)


def _look_at_moved(customer, items, decisions, confirmed) -> None:
    """Accepting over a moved value needs a look at the three; keeping the present one needs that it moved."""
    unseen = []
    for item in items:
        choice, has_changed = decisions[item.pk][0], moved(customer, item)
        if choice == KEEP and not has_changed:
            raise Refused(_("%(field)s has not changed meanwhile: accept or reject it.") % {"field": label_of(item)})
        if choice == ACCEPT and has_changed and confirmed.get(item.pk) != customer.version:
            unseen.append(item)
    if unseen:
        labels = ", ".join(label_of(item) for item in unseen)
        raise Moved(
            _("The value has changed since the proposal: choose among the three values of %(fields)s.")
            % {"fields": labels}
        )


def _apply(customer: Customer, request: ChangeRequest, items, decisions, actor, now) -> None:
    accepted = [item for item in items if decisions[item.pk][0] == ACCEPT]
    for item in items:
        choice, why = decisions[item.pk]
        item.found = live_value(customer, item)
        item.decision, item.comment = DECISIONS[choice], typed(why, 500)[:300]
    fields = [item for item in accepted if not item.field.startswith("part:")]
    rows = [item for item in accepted if item.field.startswith("part:")]
    reason = f"{request.number} {request.reason_text}"
    try:
        with transaction.atomic():
            _write_fields(customer, fields, local_day(now))
            for item in rows:
                _write_row(customer, item, actor, reason)
            if any(item.found != item.new for item in accepted):
                save_archive(customer=customer, actor=actor, reason=reason, now=now)
    except IntegrityError as error:
        raise Refused(
            _("Another archive has this document by now: reject the field, or look for the duplicate.")
        ) from error
    ChangeItem.objects.bulk_update(items, ["found", "decision", "comment"])
    for item in accepted:
        if item.found == item.new:
            continue  # another request brought the same value meanwhile
        write_modification(request=request, item=item, customer=customer, now=now)


def _write_fields(customer: Customer, items: list[ChangeItem], today) -> None:
    """The accepted values, cleaned again: rules may have become stricter, other fields may have moved."""
    values = {field.key: read(customer, field.key) for field in CUSTOMER_FIELDS.of_kind(customer.kind)}
    try:
        for item in items:
            values[item.field] = clean(CUSTOMER_FIELDS[item.field], item.new, kind=customer.kind, today=today)
        check_together(values, kind=customer.kind, today=today, touched={item.field for item in items})
    except ValidationError as error:
        raise Refused(
            _("The accepted values do not fit together: %(why)s") % {"why": " ".join(error.messages)}
        ) from error
    for item in items:
        write(customer, item.field, values[item.field])


def _write_row(customer: Customer, item: ChangeItem, actor, reason: str) -> None:
    part, values = item.field.removeprefix("part:"), unpack(item.new)
    if not item.row:
        row = add_row(customer=customer, part=part, values=values, actor=actor, reason=reason)
        item.row = row.pk
        return
    row = row_of(customer, part, item.row)
    if values:
        change_row(row=row, part=part, values=values, actor=actor, reason=reason)
    else:
        remove_row(row=row, actor=actor, reason=reason)


def _needs_a_look(request: ChangeRequest) -> None:
    """Name and identity without evidence are not waved through with many others."""
    keys = [label_of(item) for item in items_of(request) if is_key(item)]
    if keys and not request.evidence.exists():
        raise Refused(
            _("Key fields without evidence: %(fields)s. Decide this one alone.") % {"fields": ", ".join(keys)}
        )


def _decide_alike(request: ChangeRequest, actor, accept: bool, comment: str, now) -> ChangeRequest:
    if request.is_matter:
        if accept:
            raise Refused(_("A deletion or merge is looked at before it is approved. Decide this one alone."))
        return decide_matter(request=request, actor=actor, accept=False, comment=comment, now=now)
    if accept:
        _needs_a_look(request)
    choice = ACCEPT if accept else REJECT
    decisions = {item.pk: (choice, comment) for item in items_of(request)}
    return decide_change(request=request, actor=actor, decisions=decisions, comment=comment, now=now)


@dataclass(frozen=True)
class Outcome:
    """What became of one request of many."""

    request: ChangeRequest
    done: bool
    message: str


def decide_many(
    *, requests: list[ChangeRequest], actor, accept: bool, comment: str = "", now: datetime
) -> list[Outcome]:
    """The same decision for each, one transaction a request; what conflicts is skipped with its reason."""
    outcomes = []
    for request in requests:
        try:
            done = _decide_alike(request, actor, accept, comment, now)
            outcomes.append(Outcome(done, True, str(done.get_status_display())))
        except Refused as refusal:
            outcomes.append(Outcome(request, False, refusal.message))
        except DatabaseError:
            outcomes.append(Outcome(request, False, _("The database refused this one: try it alone.")))
    return outcomes
