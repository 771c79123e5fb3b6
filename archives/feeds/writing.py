"""Writes one batch of parsed rows, set-based and safe to repeat; returns what became of each row."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from archives.accounts.models import Account, AccountHolder, ExchangeRate, Posting
from archives.customers.bulk import derive, open_many, write_history
from archives.customers.models import Customer
from archives.customers.numbers import next_sequence, number_of
from archives.customers.values import read, write
from archives.feeds.differences import propose_difference
from archives.feeds.models import FeedLoad, StagedHolder
from archives.feeds.parsing import BadValue
from archives.feeds.postgresql import insert_postings
from archives.feeds.profiles import Profile
from crm.privacy.encryption import blind_index
from crm.staff.models import Branch


@dataclass
class Tally:
    added: int = 0
    changed: int = 0
    same: int = 0
    late: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)  # (line, column, reason)

    def refuse(self, line: int, error: BadValue) -> None:
        self.refused.append((line, error.column, error.reason))


@dataclass(frozen=True)
class Context:
    """What every batch of a load needs."""

    profile: Profile
    load: FeedLoad
    now: datetime
    today: date
    branches: dict[str, Branch]

    @property
    def source(self) -> str:
        return self.profile.source

    def branch_of(self, district: str) -> Branch:
        branch = self.branches.get(district) or self.branches.get("")
        if branch is None:
            column = self.profile.roles["customers"].get("district", "")
            raise BadValue(
                column,
                _("No branch has the district “%(d)s”: enter it at a branch, or name a default.") % {"d": district},
            )
        return branch


def branches_by_district(default: str) -> dict[str, Branch]:
    """District code (and branch code) to branch; '' is the default."""
    found: dict[str, Branch] = {}
    for branch in Branch.objects.active():
        found[branch.code] = branch
    for branch in Branch.objects.active().exclude(district=""):
        found |= dict.fromkeys(branch.district.split(), branch)
    if default:
        found[""] = Branch.objects.get(code=default)
    return found


def core_id(source: str, key: str) -> str:
    return f"{source}:{key}"


def account_key(source: str, key: str) -> str:
    return blind_index(f"{source}\0{key}", purpose="core_key") or ""


def write_customers(context: Context, rows: list) -> Tally:
    tally = Tally()
    known = _customers(context.source, [row.key for _line, row in rows])
    new: dict[str, Customer] = {}
    sequences: dict[str, int] = {}
    for line, row in rows:
        try:
            if row.key in known:
                _update_customer(context, known[row.key], row, tally)
            elif row.key not in new:
                sequence = sequences[row.kind] = sequences.get(row.kind) or next_sequence(row.kind)
                new[row.key] = _new_customer(context, row, number_of(row.kind, sequence))
                sequences[row.kind] = sequence + 1
        except BadValue as error:
            tally.refuse(line, error)
    if new:
        open_many(list(new.values()), reason=f"feed {context.load.pk}", now=context.now)
        tally.added = len(new)
    return tally


def _customers(source: str, keys: list[str]) -> dict[str, Customer]:
    rows = Customer.objects.filter(core_id__in=[core_id(source, key) for key in keys])
    return {row.core_id.removeprefix(f"{source}:"): row for row in rows}


def _new_customer(context: Context, row, number: str) -> Customer:
    customer = Customer(
        number=number,
        kind=row.kind,
        branch=context.branch_of(row.district),
        source="core",
        core_id=core_id(context.source, row.key),
        opened_on=row.opened_on or context.load.covers_from or context.today,
        created_at=context.now,
    )
    for key, text in row.values.items():
        write(customer, key, text)
    return derive(customer, set())


def _update_customer(context: Context, customer: Customer, row, tally: Tally) -> None:
    """Core-owned fields follow the feed; a difference in ours becomes a change request."""
    changed = False
    if row.opened_on and customer.opened_on != row.opened_on:
        Customer.objects.filter(pk=customer.pk).update(opened_on=row.opened_on, version=F("version") + 1)
        write_history(Customer, [customer.pk], kind="~", reason=f"feed {context.load.pk}", now=context.now)
        changed = True
    differing = {key: text for key, text in row.values.items() if text != read(customer, key)}
    if differing and propose_difference(customer=customer, items=differing, load=context.load, now=context.now):
        changed = True
    tally.changed += changed
    tally.same += not changed


def write_holders(context: Context, rows: list) -> Tally:
    before = StagedHolder.objects.filter(source=context.source).count()
    StagedHolder.objects.bulk_create(
        [
            StagedHolder(
                source=context.source, account_key=row.account, customer_key=row.customer, is_owner=row.is_owner
            )
            for _line, row in rows
        ],
        ignore_conflicts=True,
    )
    added = StagedHolder.objects.filter(source=context.source).count() - before
    return Tally(added=added, same=len(rows) - added)


def write_accounts(context: Context, rows: list) -> Tally:
    tally = Tally()
    holders = _holders(context, [row.key for _line, row in rows])
    wanted = {row.customer for _l, row in rows if row.customer} | {
        h.customer_key for hs in holders.values() for h in hs
    }
    owners = _customers(context.source, list(wanted))
    known = {
        a.core_key: a
        for a in Account.objects.filter(
            source=context.source, core_key__in=[account_key(context.source, r.key) for _l, r in rows]
        )
    }
    new: dict[str, Account] = {}
    for line, row in rows:
        try:
            owner = _owner(context, row, holders.get(row.key, []), owners)
            key = account_key(context.source, row.key)
            if key in known:
                _update_account(context, known[key], row, owner, tally)
            elif key not in new:
                new[key] = _new_account(context, row, owner, key)
        except BadValue as error:
            tally.refuse(line, error)
    created = Account.objects.bulk_create(new.values())
    write_history(Account, [a.pk for a in created], kind="+", reason=f"feed {context.load.pk}", now=context.now)
    tally.added = len(created)
    _write_holders(rows, context, {**known, **new}, holders, owners)
    return tally


def _holders(context: Context, keys: list[str]) -> dict[str, list[StagedHolder]]:
    found: dict[str, list[StagedHolder]] = {}
    for holder in StagedHolder.objects.filter(source=context.source, account_key__in=keys):
        found.setdefault(holder.account_key, []).append(holder)
    return found


def _owner(context: Context, row, holders, owners) -> Customer:
    key = row.customer or next((h.customer_key for h in holders if h.is_owner), "")
    if key not in owners:
        column = context.profile.roles["accounts"].get("customer") or context.profile.roles["accounts"]["key"]
        raise BadValue(column, _("The owner of this account is not among the customers: load the customers first."))
    return owners[key]


def _new_account(context: Context, row, owner: Customer, key: str) -> Account:
    return Account(
        customer=owner,
        source=context.source,
        core_key=key,
        number=row.key,
        tail=row.key[-4:],
        kind=row.kind,
        product=row.product,
        currency=row.currency,
        status=Account.Status.CLOSED if row.closed_on else Account.Status.OPEN,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        rate=row.rate,
        matures_on=row.matures_on,
        balance_on=context.load.covers_until,
        stated_cents=row.stated_cents,
    )


def _update_account(context: Context, account: Account, row, owner: Customer, tally: Tally) -> None:
    fresh = {
        "customer_id": owner.pk,
        "kind": row.kind,
        "product": row.product,
        "status": Account.Status.CLOSED if row.closed_on else Account.Status.OPEN,
        "opened_on": row.opened_on,
        "closed_on": row.closed_on,
        "rate": row.rate,
        "matures_on": row.matures_on,
    }
    moved = {key: value for key, value in fresh.items() if getattr(account, key) != value}
    if row.stated_cents is not None and row.stated_cents != account.stated_cents:
        Account.objects.filter(pk=account.pk).update(stated_cents=row.stated_cents)
    if not moved:
        tally.same += 1
        return
    for key, value in moved.items():
        setattr(account, key, value)
    account._change_reason = f"feed {context.load.pk}"
    account._history_date = context.now
    account.save(update_fields=list(moved))
    tally.changed += 1


def _write_holders(rows, context: Context, accounts: dict, holders, owners) -> None:
    links = []
    for _line, row in rows:
        account = accounts.get(account_key(context.source, row.key))
        for holder in holders.get(row.key, []):
            if account and not holder.is_owner and holder.customer_key in owners:
                links.append(
                    AccountHolder(account=account, customer=owners[holder.customer_key], role=AccountHolder.Role.USER)
                )
    AccountHolder.objects.bulk_create(links, ignore_conflicts=True)


def write_postings(context: Context, rows: list) -> Tally:
    tally = Tally()
    accounts = {
        a.core_key: a
        for a in Account.objects.filter(
            source=context.source, core_key__in={account_key(context.source, r.account) for _l, r in rows}
        ).only("core_key", "opened_on")
    }
    present = _present(accounts, rows)
    new: dict[tuple[int, str], Posting] = {}
    section = context.profile.roles["postings"]
    for line, row in rows:
        account = accounts.get(account_key(context.source, row.account))
        try:
            if account is None:
                raise BadValue(section["account"], _("There is no account of this number: load the accounts first."))
            if row.day < account.opened_on:
                raise BadValue(section["day"], _("The day lies before the opening of the account."))
            _sort_in(context, tally, present, new, account, row, section["amount"])
        except BadValue as error:
            tally.refuse(line, error)
    insert_postings(list(new.values()))
    tally.added = len(new)
    _rebalance({posting.account_id for posting in new.values()})
    return tally


def _present(accounts: dict, rows: list) -> dict[tuple[int, str], int]:
    found = Posting.objects.filter(
        account__in=[a.pk for a in accounts.values()], core_key__in=[r.key for _l, r in rows]
    )
    return {
        (account, key): cents for account, key, cents in found.values_list("account_id", "core_key", "amount_cents")
    }


def _sort_in(context: Context, tally: Tally, present, new, account: Account, row, column: str) -> None:
    key = (account.pk, row.key)
    already = present[key] if key in present else new[key].amount_cents if key in new else None
    if already is not None:
        if already != row.cents:
            raise BadValue(
                column, _("This transaction was loaded with another amount: a reversal has a number of its own.")
            )
        tally.same += 1
        return
    tally.late += bool(context.load.covers_from and row.day < context.load.covers_from)
    new[key] = Posting(
        account=account,
        core_key=row.key,
        booked_on=row.day,
        amount_cents=row.cents,
        code=row.code,
        memo=row.memo,
        stated_cents=row.stated_cents,
        reverses=row.reverses,
        loaded_on=context.today,
    )


def _rebalance(accounts: set[int]) -> None:
    total = (
        Posting.objects.filter(account=OuterRef("pk"))
        .order_by()
        .values("account")
        .annotate(s=Sum("amount_cents"))
        .values("s")
    )
    keys = list(accounts)
    for start in range(0, len(keys), 500):
        Account.objects.filter(pk__in=keys[start : start + 500]).update(
            balance_cents=F("opening_cents") + Coalesce(Subquery(total), 0)
        )


def write_rates(context: Context, rows: list) -> Tally:
    ExchangeRate.objects.bulk_create(
        [ExchangeRate(day=row.day, currency=row.currency, rate=row.rate) for _line, row in rows],
        update_conflicts=True,
        unique_fields=["day", "currency"],
        update_fields=["rate"],
    )
    return Tally(added=len(rows))


WRITERS = {
    "customers": write_customers,
    "holders": write_holders,
    "accounts": write_accounts,
    "postings": write_postings,
    "rates": write_rates,
}
