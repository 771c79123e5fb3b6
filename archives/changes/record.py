"""The modification record of an archive: who, when, field, old, new, reason, approver; and its state on any day."""

from datetime import date, datetime, time, timedelta

from django.db.models import Q

from archives.changes.models import ChangeItem, ChangeRequest, Modification, Reason
from archives.customers.models import Customer
from archives.customers.values import read
from crm.lib.dates import SHANGHAI


def write_modification(*, request: ChangeRequest, item: ChangeItem, customer: Customer, now: datetime) -> Modification:
    """One accepted item; call it in the transaction that changed the archive."""
    return Modification.objects.create(
        customer=customer,
        at=now,
        origin=Modification.Origin.REQUEST,
        field=item.field,
        row=item.row,
        old=item.found,
        new=item.new,
        actor=request.proposer,
        approver=request.decided_by,
        on_behalf_of=request.on_behalf_of,
        reason_code=request.reason_code,
        reason_text=request.reason_text,
        request=request,
        customer_version=customer.version,
    )


def record_feed(*, customer: Customer, before: dict[str, str], reason: str, now: datetime) -> list[Modification]:
    """Core-owned fields that followed a feed: `before` are their texts until now; nobody proposed or approved."""
    return Modification.objects.bulk_create(
        Modification(
            customer=customer,
            at=now,
            origin=Modification.Origin.FEED,
            field=key,
            old=old,
            new=read(customer, key),
            reason_code=Reason.SYSTEM,
            reason_text=reason,
            customer_version=customer.version,
        )
        for key, old in before.items()
    )


def modifications_of(customer: Customer, *, field: str = "", person: int | None = None, first: date | None = None, last: date | None = None):  # fmt: skip
    """The record of `customer`, filtered; newest first."""
    rows = Modification.objects.filter(customer=customer).select_related("actor", "approver", "on_behalf_of", "request")
    if field:
        rows = rows.filter(field=field)
    if person:
        rows = rows.filter(Q(actor=person) | Q(approver=person))
    if first:
        rows = rows.filter(at__gte=_start(first))
    if last:
        rows = rows.filter(at__lt=_start(last + timedelta(days=1)))
    return rows


def state_on(customer: Customer, day: date) -> Customer | None:
    """The archive as it stood at the end of `day`; None before it was opened."""
    row = (
        Customer.history.filter(id=customer.pk, history_date__lt=_start(day + timedelta(days=1)))
        .order_by("-history_date", "-history_id")
        .first()
    )
    return row.instance if row else None


def people_of(customer: Customer) -> list[tuple[int, str]]:
    """Who stands in the record, as (id, name): for its filter."""
    rows = Modification.objects.filter(customer=customer).order_by()
    pairs = [*rows.values_list("actor", "actor__name"), *rows.values_list("approver", "approver__name")]
    return sorted({pair for pair in pairs if pair[0]}, key=lambda pair: pair[1])


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)
