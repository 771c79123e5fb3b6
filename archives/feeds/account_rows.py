"""Accounts of a feed and who holds them: owned by the core system, followed with history."""

from django.db.models import F
from django.utils.translation import gettext as _

from archives.accounts.models import Account, AccountHolder
from archives.customers.bulk import write_history
from archives.customers.models import Customer
from archives.feeds.context import Context, Tally, account_key, once
from archives.feeds.customer_rows import customers_by_key
from archives.feeds.models import StagedHolder
from archives.feeds.parsing import AccountRow, BadValue

Holders = dict[str, list[StagedHolder]]


def write_holders(context: Context, rows: list) -> Tally:
    """Stage who holds which account until its row comes; accounts that stand already follow at once."""
    tally, staged = Tally(), []
    section = context.profile.roles["holders"]
    before = {
        (holder.account_key, holder.customer_key): holder.is_owner
        for holder in StagedHolder.objects.filter(
            source=context.source, account_key__in={account_key(context.source, row.account) for _l, row in rows}
        )
    }
    for _line, row in once(tally, rows, section["customer"], key=lambda row: (row.account, row.customer)):
        key = account_key(context.source, row.account)
        known = before.get((key, row.customer))
        tally.added += known is None
        tally.changed += known is not None and known != row.is_owner
        tally.same += known == row.is_owner
        if known != row.is_owner:
            staged.append(
                StagedHolder(source=context.source, account_key=key, customer_key=row.customer, is_owner=row.is_owner)
            )
    StagedHolder.objects.bulk_create(
        staged,
        update_conflicts=True,
        unique_fields=["source", "account_key", "customer_key"],
        update_fields=["is_owner"],
    )
    _apply_to_known(context, {holder.account_key for holder in staged})
    return tally


def _apply_to_known(context: Context, keys: set[str]) -> None:
    accounts = {a.core_key: a for a in Account.objects.filter(source=context.source, core_key__in=keys)}
    holders = _holders(context, list(accounts))
    owner_elsewhere = "customer" in context.profile.roles.get("accounts", {})
    owners = customers_by_key(context.source, [h.customer_key for some in holders.values() for h in some])
    for key, account in accounts.items():
        owner = owners.get(_owner_key("", holders[key]))
        if owner and owner.pk != account.customer_id and not owner_elsewhere:
            _save(context, account, {"customer_id": owner.pk})
    _write_users(accounts, holders, owners)


def write_accounts(context: Context, rows: list) -> Tally:
    tally = Tally()
    keys = {row.key: account_key(context.source, row.key) for _line, row in rows}
    holders = _holders(context, list(keys.values()))
    wanted = {row.customer for _l, row in rows if row.customer}
    wanted |= {holder.customer_key for some in holders.values() for holder in some}
    owners = customers_by_key(context.source, list(wanted))
    accounts = {a.core_key: a for a in Account.objects.filter(source=context.source, core_key__in=keys.values())}
    new: dict[str, Account] = {}
    for line, row in once(tally, rows, context.profile.roles["accounts"]["key"]):
        key = keys[row.key]
        try:
            owner = _owner(context, row, holders.get(key, []), owners)
            if key in accounts:
                _update(context, accounts[key], row, owner, tally)
            else:
                new[key] = _new(context, row, owner, key)
        except BadValue as error:
            tally.refuse(line, error)
    created = Account.objects.bulk_create(new.values())
    write_history(Account, [a.pk for a in created], kind="+", reason=context.reason, now=context.now)
    tally.added = len(created)
    _write_users(accounts | new, holders, owners)
    return tally


def _holders(context: Context, keys: list[str]) -> Holders:
    found: Holders = {}
    for holder in StagedHolder.objects.filter(source=context.source, account_key__in=keys).order_by("pk"):
        found.setdefault(holder.account_key, []).append(holder)
    return found


def _owner_key(stated: str, holders: list[StagedHolder]) -> str:
    """As the account's row says, else the owner who came last."""
    return stated or next((holder.customer_key for holder in reversed(holders) if holder.is_owner), "")


def _owner(context: Context, row: AccountRow, holders: list[StagedHolder], owners: dict[str, Customer]) -> Customer:
    key = _owner_key(row.customer, holders)
    if key not in owners:
        column = context.profile.roles["accounts"].get("customer") or context.profile.roles["accounts"]["key"]
        raise BadValue(column, _("The owner of this account is not among the customers: load the customers first."))
    return owners[key]


def _new(context: Context, row: AccountRow, owner: Customer, key: str) -> Account:
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
        opening_cents=row.opening_cents,
        balance_cents=row.opening_cents,
        balance_on=context.load.covers_until,
        stated_cents=row.stated_cents,
    )


def _update(context: Context, account: Account, row: AccountRow, owner: Customer, tally: Tally) -> None:
    if row.currency != account.currency:
        column = context.profile.roles["accounts"].get("currency_column", "")
        raise BadValue(column, _("An account keeps its currency: another one has another number."))
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
    _save(context, account, moved)
    tally.changed += 1


def _save(context: Context, account: Account, moved: dict) -> None:
    for key, value in moved.items():
        setattr(account, key, value)
    account._change_reason = context.reason
    account._history_date = context.now
    account.save(update_fields=list(moved))


def _write_users(accounts: dict[str, Account], holders: Holders, owners: dict[str, Customer]) -> None:
    """Those who may dispose of an account beside its owner; who has become the owner is no longer among them."""
    links = [
        AccountHolder(account=account, customer=owners[holder.customer_key], role=AccountHolder.Role.USER)
        for key, account in accounts.items()
        for holder in holders.get(key, [])
        if not holder.is_owner and holder.customer_key in owners
    ]
    AccountHolder.objects.bulk_create(links, ignore_conflicts=True)
    pks = [account.pk for account in accounts.values()]
    AccountHolder.objects.filter(account__in=pks, customer=F("account__customer")).delete()
