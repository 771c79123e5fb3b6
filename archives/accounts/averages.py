"""Quarterly daily averages: the sum of end-of-day balances over all calendar days ÷ the days of the quarter.

Arithmetic in integer cents, set-based: what stood before counts for every day, a posting for the days left.
Days before an account's opening count zero. DOMAIN.md 2.3.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from archives.accounts.dialect import days_between, greatest
from archives.accounts.models import Account, ExchangeRate, Posting
from crm.lib.dates import Quarter
from crm.lib.money import divide_half_up

HOME = "CNY"


@dataclass(frozen=True)
class Average:
    """Of one customer, in cents of yuan."""

    customer_id: int
    average_cents: int
    closing_cents: int


def averages_between(
    first: date, last: date, *, customers: list[int] | None = None, source: str = "", days: int | None = None
) -> Iterator[Average]:
    """Averages over the days `first` to `last` of everybody with an account opened by `last`.

    `days` divides (default: their number); `source` limits to one core system. Accounts in yuan in one statement; other currencies at each
    day's rate where rates are loaded, left out where not (see `unconverted`).
    """
    span = days or (last - first).days + 1
    sums, closings = _home_sums(first, last, customers, source)
    for account in _foreign(last, customers, source):
        converted = _foreign_sum(account, first, last)
        if converted is not None:
            sums[account.customer_id] = sums.get(account.customer_id, 0) + converted[0]
            closings[account.customer_id] = closings.get(account.customer_id, 0) + converted[1]
    for customer_id in sorted(sums):
        yield Average(customer_id, divide_half_up(sums[customer_id], span), closings[customer_id])


def quarter_averages(quarter: Quarter, *, customers: list[int] | None = None) -> Iterator[Average]:
    """Averages of a whole quarter, closing balances at its last day."""
    return averages_between(quarter.first, quarter.last, customers=customers)


def average_sql(*, one: bool, source: bool = False) -> str:
    """(customer, sum of end-of-day cents, closing cents) of accounts in yuan; parameters as named in `_home_sums`."""
    whole = days_between("%(next)s", greatest("%(first)s", "a.opened_on"))
    left = days_between("%(next)s", greatest("%(first)s", "p.booked_on"))
    only = "AND a.customer_id IN (SELECT id FROM archives_customer WHERE id = ANY(%(ids)s))" if one else ""
    only += " AND a.source = %(source)s" if source else ""
    return f"""
        SELECT customer_id, sum(days_cents), sum(closing_cents) FROM (
            SELECT a.customer_id, a.opening_cents * {whole} AS days_cents, a.opening_cents AS closing_cents
            FROM archives_account a
            WHERE a.currency = %(home)s AND a.opened_on <= %(last)s {only}
            UNION ALL
            SELECT a.customer_id, p.amount_cents * {left}, p.amount_cents
            FROM archives_posting p JOIN archives_account a ON a.id = p.account_id
            WHERE a.currency = %(home)s AND p.booked_on <= %(last)s {only}
        ) parts GROUP BY customer_id
    """  # noqa: S608 - column names only; values are parameters


def _home_sums(
    first: date, last: date, customers: list[int] | None, source: str
) -> tuple[dict[int, int], dict[int, int]]:
    sql = average_sql(one=customers is not None, source=bool(source))
    parameters: dict[str, Any] = {
        "home": HOME,
        "first": first,
        "last": last,
        "next": last + timedelta(days=1),
        "source": source,
    }
    if customers is not None:
        if connection.vendor == "postgresql":
            parameters["ids"] = list(customers)
        else:
            marks = ",".join(str(int(pk)) for pk in customers) or "NULL"
            sql = sql.replace("id = ANY(%(ids)s)", f"id IN ({marks})")
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    return {row[0]: int(row[1]) for row in rows}, {row[0]: int(row[2]) for row in rows}


def _foreign(last: date, customers: list[int] | None, source: str) -> Iterator[Account]:
    accounts = Account.objects.exclude(currency=HOME).filter(opened_on__lte=last)
    if customers is not None:
        accounts = accounts.filter(customer__in=customers)
    if source:
        accounts = accounts.filter(source=source)
    return accounts.iterator()


def _foreign_sum(account: Account, first: date, last: date) -> tuple[int, int] | None:
    """(sum of end-of-day cents in yuan, closing cents); None where a day has no rate at or before it."""
    rates = list(ExchangeRate.objects.filter(currency=account.currency, day__lte=last).order_by("day"))
    if not rates:
        return None
    total, closing, at = 0, 0, -1
    for day, balance in daily_balances(account, first, last):
        while at + 1 < len(rates) and rates[at + 1].day <= day:
            at += 1
        if at < 0 and balance:
            return None
        closing = int((Decimal(balance) * rates[at].rate).quantize(Decimal(1))) if balance else 0
        total += closing
    return total, closing


def daily_balances(account: Account, first: date, last: date) -> Iterator[tuple[date, int]]:
    """(day, end-of-day cents) for every day from `first` to `last`; zero before the opening."""
    moves: dict[date, int] = {}
    before = account.opening_cents
    postings = Posting.objects.filter(account=account, booked_on__lte=last).values_list("booked_on", "amount_cents")
    for day, cents in postings.iterator():
        if day < first:
            before += cents
        else:
            moves[day] = moves.get(day, 0) + cents
    day = first
    while day <= last:
        before += moves.get(day, 0)
        yield day, before if day >= account.opened_on else 0
        day += timedelta(days=1)


def unconverted(last: date) -> list[tuple[str, int]]:
    """(currency, accounts) that no loaded rate converts: they are listed apart."""
    found: dict[str, int] = {}
    known = set(ExchangeRate.objects.filter(day__lte=last).values_list("currency", flat=True))
    for currency in Account.objects.exclude(currency=HOME).values_list("currency", flat=True):
        if currency not in known:
            found[currency] = found.get(currency, 0) + 1
    return sorted(found.items())
