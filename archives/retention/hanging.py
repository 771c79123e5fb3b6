"""What hangs on an archive or an intelligence item that somebody wants to delete, and what of it stands in the way."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from archives.accounts.models import Account
from archives.changes.models import ChangeRequest, Kind
from archives.customers.codes import Life
from archives.customers.models import Customer
from archives.retention.holds import open_holds
from archives.retention.models import Deletion
from crm.lib.dates import local_day
from crm.lib.money import from_cents, wan

OPEN_MATTERS = (Kind.DELETE, Kind.MERGE)


@dataclass(frozen=True)
class Hanging:
    """`text` says how many of what, and what to do where it `blocks`. No personal data."""

    label: str
    count: int
    text: str
    blocks: bool = False


def hangs_on(subject, *, now: datetime, request: ChangeRequest | None = None, merged: bool = False) -> list[Hanging]:
    """Everything that hangs on `subject`, what blocks its deletion first; `request` is left out of its own obstacles.

    `merged`: its accounts stand with the remaining archive.
    """
    found = [*_requests(subject, request), *(_of_item(subject) if not isinstance(subject, Customer) else [])]
    if isinstance(subject, Customer):
        found += [*([] if merged else _accounts(subject)), *_holds(subject, now), *_lists(subject)]
    return sorted((one for one in found if one.count), key=lambda one: not one.blocks)


def blockers(subject, now: datetime, *, request: ChangeRequest | None = None) -> list[str]:
    """Why `subject` cannot be deleted now, one sentence each; empty where nothing stands in the way."""
    reasons = obstacles(subject, now, request=request)
    if type(subject).everyone.filter(pk=subject.pk).exclude(life=Life.ACTIVE).exists():
        reasons.insert(0, _("It is in the recycle bin already."))
    return reasons


def obstacles(subject, now: datetime, *, request: ChangeRequest | None = None, merged: bool = False) -> list[str]:
    """Open matters on `subject`, whatever its state of life: a purge waits for them too."""
    return [one.text for one in hangs_on(subject, now=now, request=request, merged=merged) if one.blocks]


def _requests(subject, request: ChangeRequest | None) -> list[Hanging]:
    rows = requests_on(subject).open().exclude(pk=request.pk if request else None)
    named = ChangeRequest.objects.open().filter(kind=Kind.MERGE, details__loser=subject.number)
    matters = [*rows.filter(kind__in=OPEN_MATTERS), *named.exclude(pk=request.pk if request else None)]
    edits = rows.exclude(kind__in=OPEN_MATTERS).count()
    return [
        Hanging(
            _("Open deletion or merge"),
            len(matters),
            _("Another request decides about the whole: %(numbers)s.")
            % {"numbers": ", ".join(one.number for one in matters)},
            blocks=True,
        ),
        Hanging(_("Open change requests"), edits, _("They end with the approval of the deletion.")),
    ]


def requests_on(subject) -> QuerySet[ChangeRequest]:
    field = "customer" if isinstance(subject, Customer) else "item"
    return ChangeRequest.objects.filter(**{field: subject})


def _accounts(customer: Customer) -> list[Hanging]:
    owned = Account.objects.filter(customer=customer)
    held = Account.objects.filter(holders__customer=customer).exclude(customer=customer)
    in_use, closed = owned.filter(status="open"), owned.exclude(status="open").count()
    money = in_use.aggregate(sum=Sum("balance_cents"))["sum"] or 0
    return [
        Hanging(
            _("Open accounts"),
            in_use.count(),
            _("Accounts in use, balance %(money)s ten thousand yuan: close them or merge the archive.")
            % {"money": wan(from_cents(money))},
            blocks=True,
        ),
        Hanging(
            _("Accounts of others"),
            held.filter(status="open").count(),
            _("May dispose of open accounts of others: end that first."),
            blocks=True,
        ),
        Hanging(_("Closed accounts"), closed, _("The law keeps the archive: it will be sealed instead of purged.")),
    ]


def _holds(customer: Customer, now: datetime) -> list[Hanging]:
    return [
        Hanging(
            str(hold.get_kind_display()),
            1,
            _("%(kind)s %(source)s is open: it must end first.")
            % {"kind": hold.get_kind_display(), "source": hold.source},
            blocks=True,
        )
        for hold in open_holds(customer, local_day(now))
    ]


def _lists(customer: Customer) -> list[Hanging]:
    relations = customer.relation_rows.filter(is_removed=False).count()
    relations += customer.relation_back_rows.filter(is_removed=False).count()
    return [
        Hanging(_("Relations"), relations, _("Relations with other customers are hidden with it.")),
        Hanging(
            _("Key-attention lists"), customer.key_entries.count(), _("The lists of past months keep the number only.")
        ),
        Hanging(_("Intelligence"), customer.intelligence_links.count(), _("Items name this customer.")),
    ]


def _of_item(item) -> list[Hanging]:
    return [
        Hanging(_("Citations"), item.citations.count(), _("Meetings that cited it keep its number only.")),
        Hanging(_("Customers"), item.customer_links.count(), _("The item names these customers.")),
        Hanging(_("Attachments"), item.files.count(), _("They are removed with it.")),
    ]


def open_deletion(subject) -> Deletion | None:
    """The deletion that hides `subject`; None where it is live."""
    field = "customer" if isinstance(subject, Customer) else "item"
    states = [Deletion.State.KEPT, Deletion.State.SEALED]
    return Deletion.objects.filter(**{field: subject}, state__in=states).first()
