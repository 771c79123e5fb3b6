"""What the law keeps longer: sealed (封存) instead of purged, with the earliest date (DOMAIN.md 9.1)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Q

from archives.accounts.models import Account, Posting
from archives.customers.codes import Life
from archives.customers.models import Customer
from archives.retention.lives import set_life
from archives.retention.models import Deletion, LegalRetention
from archives.retention.rules import account_kept_until
from archives.retention.transitions import claim

ACCOUNT = "account"


@dataclass(frozen=True)
class LegalEnd:
    """The last day on which the law keeps an archive, and why: "account", or the kind of a LegalRetention."""

    until: date
    reason: str


def legal_end(customer: Customer, *, merged: bool = False) -> LegalEnd | None:
    """The latest of all duties to keep `customer`; None where there never was one.

    `merged`: its accounts stand with the remaining archive by now, which is kept for them.
    """
    ends = [LegalEnd(row.until, row.kind) for row in LegalRetention.objects.filter(customer=customer)]
    ended = None if merged else _relationship_ended(customer)
    if ended:
        ends.append(LegalEnd(account_kept_until(ended), ACCOUNT))
    return max(ends, key=lambda end: end.until, default=None)


def _relationship_ended(customer: Customer) -> date | None:
    """The last closing or posting of any account that is or ever was the customer's to dispose of."""
    once = Account.history.filter(customer=customer.pk).values("id")
    accounts = Account.objects.filter(Q(customer=customer) | Q(holders__customer=customer) | Q(pk__in=once))
    days = accounts.aggregate(opened=Max("opened_on"), closed=Max("closed_on"))
    booked = Posting.objects.filter(account__in=accounts.values("pk")).aggregate(last=Max("booked_on"))["last"]
    return max((day for day in (days["opened"], days["closed"], booked) if day), default=None)


def seal(*, deletion: Deletion, end: LegalEnd, actor, now: datetime) -> Deletion:
    """Keep for the law only; call inside the transaction of the confirmation. Sealed again only the date moves."""
    deletion = claim(
        deletion=deletion,
        state=Deletion.State.SEALED,
        sealed_until=end.until,
        seal_reason=end.reason,
        confirmed_by=actor,
        confirmed_at=now,
    )
    if deletion.customer.life != Life.SEALED:
        set_life(subject=deletion.customer, life=Life.SEALED, actor=actor, reason=deletion.request.number, now=now)
    return deletion
