"""Postings and rates of exchange of a feed."""

from datetime import date

from django.utils.translation import gettext as _

from archives.accounts.models import Account, ExchangeRate, Posting
from archives.feeds.context import Context, Tally, account_key, once
from archives.feeds.parsing import BadValue, PostingRow
from archives.feeds.postgresql import add_to_balances, insert_postings

Entry = tuple[int, date]  # amount and day, which a posting keeps for good


def write_postings(context: Context, rows: list) -> Tally:
    tally = Tally()
    accounts = _locked(context, {account_key(context.source, row.account) for _l, row in rows})
    present = _present(accounts, rows)
    new: list[Posting] = []
    for line, row in rows:
        account = accounts.get(account_key(context.source, row.account))
        try:
            place = _checked_place(context, account, row)
            if _is_known(context, present.get(place), row):
                tally.same += 1
                continue
        except BadValue as error:
            tally.refuse(line, error)
            continue
        present[place] = (row.cents, row.day)
        tally.late += bool(context.late_before and row.day < context.late_before)
        new.append(_new(context, place[0], row))
    insert_postings(new)
    tally.added = len(new)
    moved: dict[int, int] = {}
    for posting in new:
        moved[posting.account_id] = moved.get(posting.account_id, 0) + posting.amount_cents
    add_to_balances(moved)
    return tally


def _locked(context: Context, keys: set[str]) -> dict[str, Account]:
    """Accounts by key, locked in one order: of two loads at once the later sees what the other has written,
    so that no posting comes twice and none is missing in a balance."""
    rows = Account.objects.filter(source=context.source, core_key__in=keys).order_by("pk").select_for_update()
    return {account.core_key: account for account in rows.only("core_key", "opened_on")}


def _present(accounts: dict[str, Account], rows: list) -> dict[tuple[int, str], Entry]:
    found = Posting.objects.filter(
        account__in=[a.pk for a in accounts.values()], core_key__in=[row.key for _l, row in rows]
    ).values_list("account_id", "core_key", "amount_cents", "booked_on")
    return {(account, key): (cents, day) for account, key, cents, day in found}


def _checked_place(context: Context, account: Account | None, row: PostingRow) -> tuple[int, str]:
    section = context.profile.roles["postings"]
    if account is None:
        raise BadValue(section["account"], _("There is no account of this number: load the accounts first."))
    if row.day < account.opened_on:
        raise BadValue(section["day"], _("The day lies before the opening of the account."))
    if context.load.covers_until and row.day > context.load.covers_until:
        raise BadValue(section["day"], _("The day lies after the days that this load covers."))
    return account.pk, row.key


def _is_known(context: Context, already: Entry | None, row: PostingRow) -> bool:
    if already is None:
        return False
    section = context.profile.roles["postings"]
    if already[0] != row.cents:
        raise BadValue(
            section["amount"],
            _("This transaction was loaded with another amount: a reversal has a number of its own."),
        )
    if already[1] != row.day:
        raise BadValue(section["day"], _("This transaction was loaded with another day."))
    return True


def _new(context: Context, account: int, row: PostingRow) -> Posting:
    return Posting(
        account_id=account,
        core_key=row.key,
        booked_on=row.day,
        amount_cents=row.cents,
        code=row.code,
        memo=row.memo,
        stated_cents=row.stated_cents,
        reverses=row.reverses,
        loaded_on=context.today,
    )


def write_rates(context: Context, rows: list) -> Tally:
    """The rate of a day may be corrected: the averages are computed anew from it."""
    tally, fresh = Tally(), []
    wanted = list(once(tally, rows, context.profile.roles["rates"]["rate"], key=lambda row: (row.day, row.currency)))
    before = {
        (rate.day, rate.currency): rate.rate
        for rate in ExchangeRate.objects.filter(day__in={row.day for _l, row in wanted})
    }
    for _line, row in wanted:
        known = before.get((row.day, row.currency))
        tally.added += known is None
        tally.same += known == row.rate
        tally.changed += known is not None and known != row.rate
        fresh.append(ExchangeRate(day=row.day, currency=row.currency, rate=row.rate))
    ExchangeRate.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["day", "currency"], update_fields=["rate"]
    )
    return tally
