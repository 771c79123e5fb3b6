"""Open matters that a deletion waits for, and closed ones that the law keeps for years."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from archives.customers.models import Customer
from archives.customers.services import lock_customer
from archives.retention.models import Hold, LegalRetention
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.staff.models import User

BY_HAND = (Hold.Kind.REGULATOR, Hold.Kind.AUDIT)


def place_hold(
    *, customer: Customer, kind: str, source: str, reason: str = "", until: date | None = None, actor, now: datetime
) -> Hold:  # fmt: skip
    """Keep `customer` from being deleted and purged; the same matter twice is one hold.

    `actor` None is the system; people place inquiries and audits with `archives.place_hold`, other kinds are placed
    by the matter's own service.
    """
    _may_hold(kind, actor)
    with transaction.atomic():
        customer = _locked(customer)
        hold, _created = Hold.objects.get_or_create(
            customer=customer,
            kind=kind,
            source=typed(source, 60) or "-",
            released_at=None,
            defaults={"reason": typed(reason, 200), "until": until, "placed_by": actor, "placed_at": now},
        )
    return hold


def release_hold(*, customer: Customer, kind: str, source: str, actor, now: datetime) -> int:
    """Release what `source` holds; how many holds that were."""
    _may_hold(kind, actor)
    found = Hold.objects.filter(customer=customer, kind=kind, source=source, released_at=None)
    return found.update(released_at=now, released_by=actor)


def open_holds(customer: Customer, today: date) -> QuerySet[Hold]:
    """Holds on `customer` that are neither released nor past their day."""
    return Hold.objects.filter(Q(until=None) | Q(until__gte=today), customer=customer, released_at=None)


def note_legal_retention(*, customer: Customer, kind: str, source: str, until: date) -> LegalRetention:
    """What the law keeps until `until`; noted again it only gets longer."""
    with transaction.atomic():
        customer = _locked(customer)
        row, created = LegalRetention.objects.get_or_create(
            customer=customer, kind=kind, source=source, defaults={"until": until}
        )
        if not created and row.until < until:
            row.until = until
            row.save(update_fields=["until"])
    return row


def _locked(customer: Customer) -> Customer:
    """The archive, hidden or not, locked against a purge of this very moment; TooLate where that was first."""
    try:
        return lock_customer(customer.pk)
    except Customer.DoesNotExist as error:
        raise TooLate(_("The archive %(number)s was purged.") % {"number": customer.number}) from error


def _may_hold(kind: str, actor) -> None:
    if kind not in Hold.Kind.values:
        raise Refused(_("Choose what holds the deletion up."))
    if actor is None or kind not in BY_HAND:
        return
    actor = User.objects.get(pk=actor.pk)  # rights as they are now
    if not actor.is_active or not actor.has_perm("archives.place_hold"):
        raise NotYours(_("Your role does not include placing or releasing holds."))
