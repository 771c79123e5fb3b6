"""Quarterly daily averages: the sum of end-of-day balances over all calendar days ÷ the days of the quarter.

Arithmetic in integer cents, set-based: what stood before counts for every day, a posting for the days left.
Days before an account's opening count zero. DOMAIN.md 2.3.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from archives.accounts.dialect import days_between, greatest
from archives.accounts.models import Account, ExchangeRate, Posting
from crm.lib.dates import Quarter
from crm.lib.money import divide_half_up

HOME = "CNY"
CHUNK = 500


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

    `days` divides (default: their number); `source` limits to one core system. Accounts in yuan in one
    statement; other currencies at each day's rate where rates are loaded, left out where not (see `unconverted`).
    """
    span = days or (last - first).days + 1
    sums, closings = _home_sums(first, last, customers, source)
    for customer_id, total, closing in _foreign_sums(first, last, foreign_accounts(last, customers, source)):
        sums[customer_id] = sums.get(customer_id, 0) + total
        closings[customer_id] = closings.get(customer_id, 0) + closing
    for customer_id in sorted(sums):
        yield Average(customer_id, divide_half_up(sums[customer_id], span), closings[customer_id])


def quarter_averages(quarter: Quarter, *, customers: list[int] | None = None) -> Iterator[Average]:
    """Averages of a whole quarter, closing balances at its last day."""
    return averages_between(quarter.first, quarter.last, customers=customers)


def average_sql(*, one: bool, source: bool = False, within: bool = False, month: bool = False) -> str:
    """(customer, sum of end-of-day cents, closing cents) of accounts in yuan; parameters of `average_parameters`.

    `within` limits to customers of %(after)s < id <= %(until)s; `month` adds the sum since %(month)s.
    """
    only = "AND a.customer_id IN (SELECT id FROM archives_customer WHERE id = ANY(%(ids)s))" if one else ""
    only += " AND a.source = %(source)s" if source else ""
    only += " AND a.customer_id > %(after)s AND a.customer_id <= %(until)s" if within else ""

    def parts(cents: str, day: str) -> str:
        since = [("%(first)s", "days_cents")] + ([("%(month)s", "month_cents")] if month else [])
        sums = [f"{cents} * {days_between('%(next)s', greatest(first, day))} AS {name}" for first, name in since]
        return ", ".join([*sums, f"{cents} AS closing_cents"])

    month_sum = "sum(month_cents) AS month, " if month else ""
    return f"""
        SELECT customer_id, sum(days_cents) AS total, {month_sum}sum(closing_cents) AS closing FROM (
            SELECT a.customer_id, {parts("a.opening_cents", "a.opened_on")}
            FROM archives_account a
            WHERE a.currency = %(home)s AND a.opened_on <= %(last)s {only}
            UNION ALL
            SELECT a.customer_id, {parts("p.amount_cents", "p.booked_on")}
            FROM archives_posting p JOIN archives_account a ON a.id = p.account_id
            WHERE a.currency = %(home)s AND p.booked_on <= %(last)s {only}
        ) parts GROUP BY customer_id
    """  # noqa: S608 - column names only; values are parameters


def average_parameters(first: date, last: date, source: str) -> dict[str, Any]:
    return {"home": HOME, "first": first, "last": last, "next": last + timedelta(days=1), "source": source}


def _home_sums(
    first: date, last: date, customers: list[int] | None, source: str
) -> tuple[dict[int, int], dict[int, int]]:
    sql = average_sql(one=customers is not None, source=bool(source))
    parameters = average_parameters(first, last, source)
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


def foreign_accounts(last: date, customers: list[int] | None = None, source: str = "") -> QuerySet:
    accounts = Account.objects.exclude(currency=HOME).filter(opened_on__lte=last)
    if customers is not None:
        accounts = accounts.filter(customer__in=customers)
    return accounts.filter(source=source) if source else accounts


def _foreign_sums(first: date, last: date, accounts: QuerySet) -> Iterator[tuple[int, int, int]]:
    """(customer, sum of end-of-day cents in yuan, closing cents) of each account in another currency.

    An account is left out where a day on which it holds something has no rate at or before it.
    """
    rates: dict[str, list[tuple[date, Decimal]]] = {}
    for currency, day, rate in (
        ExchangeRate.objects.filter(day__lte=last).order_by("day").values_list("currency", "day", "rate")
    ):
        rates.setdefault(currency, []).append((day, rate))
    known = list(accounts.filter(currency__in=rates).order_by("pk")) if rates else []
    for start in range(0, len(known), CHUNK):
        some = known[start : start + CHUNK]
        for account, balances in daily_balances(some, first, last):
            converted = _converted(balances, first, rates[account.currency])
            if converted is not None:
                yield account.customer_id, *converted


def _converted(balances: list[int], first: date, rates: list[tuple[date, Decimal]]) -> tuple[int, int] | None:
    """Rounded to cents once, at the end of the sum."""
    total, closing, at = Decimal(0), Decimal(0), -1
    for n, balance in enumerate(balances):
        day = first + timedelta(days=n)
        while at + 1 < len(rates) and rates[at + 1][0] <= day:
            at += 1
        if at < 0 and balance:
            return None
        closing = balance * rates[at][1] if balance else Decimal(0)
        total += closing
    return _whole(total), _whole(closing)


def _whole(cents: Decimal) -> int:
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))


def daily_balances(accounts: list[Account], first: date, last: date) -> Iterator[tuple[Account, list[int]]]:
    """Each account with its end-of-day cents for every day from `first` to `last`; zero before the opening."""
    postings = Posting.objects.filter(account__in=[account.pk for account in accounts], booked_on__lte=last).order_by()
    before = dict(
        postings.filter(booked_on__lt=first)
        .values("account")
        .annotate(s=Sum("amount_cents"))
        .values_list("account", "s")
    )
    moves: dict[int, dict[date, int]] = {}
    days = postings.filter(booked_on__gte=first).values("account", "booked_on").annotate(s=Sum("amount_cents"))
    for pk, day, cents in days.values_list("account", "booked_on", "s"):
        moves.setdefault(pk, {})[day] = cents
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for account in accounts:
        balance, moved, balances = account.opening_cents + before.get(account.pk, 0), moves.get(account.pk, {}), []
        for day in span:
            balance += moved.get(day, 0)
            balances.append(balance if day >= account.opened_on else 0)
        yield account, balances


def unconverted(last: date) -> list[tuple[str, int]]:
    """(currency, accounts) that no loaded rate converts: they are listed apart."""
    known = ExchangeRate.objects.filter(day__lte=last).values("currency")
    rows = foreign_accounts(last).exclude(currency__in=known).order_by("currency")
    return list(rows.values("currency").annotate(n=Count("pk")).values_list("currency", "n"))
