"""Keeps the narrow table of balances that lists join: after each load and once a day."""

from datetime import date

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, OuterRef

from archives.accounts.averages import average_parameters, average_sql, averages_between, foreign_accounts
from archives.accounts.dialect import a_date, half_up
from archives.accounts.models import Account
from archives.customers.models import CustomerFigures
from crm.jobs.services import heartbeat
from crm.lib.dates import Quarter, local_day

CHUNK = 1_000


@transaction.atomic
def refresh_figures(customers: list[int] | None = None, *, today: date) -> int:
    """Write balance and the quarter's average so far of `customers` (all where None); how many rows were written.

    As of the last day that each core system's deposits speak of; whoever has accounts in several, as of the
    latest. Of everybody in one statement a system; only money in other currencies is counted in Python.
    """
    newest = Account.objects.values_list("source").annotate(day=Max("balance_on"))
    days = {source: min(day, today) if day else today for source, day in newest.order_by("source")}
    done = sum(_refresh(customers, source=source, day=day) for source, day in days.items())
    if len(days) > 1:
        several = Account.objects.values("customer").annotate(n=Count("source", distinct=True)).filter(n__gt=1)
        mixed = set(several.values_list("customer", flat=True))
        _write_computed(
            sorted(mixed if customers is None else mixed & set(customers)), source="", day=max(days.values())
        )
    if customers is None:
        _clear_without_accounts(today)
    return done


def _refresh(customers: list[int] | None, *, source: str, day: date) -> int:
    if customers is not None:
        return _write_computed(customers, source=source, day=day)
    foreign = foreign_accounts(day, source=source).order_by("customer").values_list("customer", flat=True).distinct()
    done = _write_home(source, day)
    _write_computed(list(foreign), source=source, day=day)
    return done


def _write_home(source: str, day: date) -> int:
    first = Quarter.of(day).first
    table = CustomerFigures._meta.db_table
    average = half_up("total", (day - first).days + 1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (customer_id, balance_cents, average_cents, as_of)"  # noqa: S608 - names only
            f" SELECT customer_id, closing, {average}, {a_date('%(last)s')}"
            f" FROM ({average_sql(one=False, source=True)}) sums WHERE true"
            " ON CONFLICT (customer_id) DO UPDATE SET balance_cents = excluded.balance_cents,"
            " average_cents = excluded.average_cents, as_of = excluded.as_of",
            average_parameters(first, day, source),
        )
        return cursor.rowcount


def _clear_without_accounts(day: date) -> None:
    """Of those whose accounts the core system has given to somebody else."""
    held = Account.objects.filter(customer=OuterRef("customer"))
    left = CustomerFigures.objects.exclude(balance_cents=0, average_cents=0).filter(~Exists(held))
    left.update(balance_cents=0, average_cents=0, as_of=day)


def _write_computed(customers: list[int], *, source: str, day: date) -> int:
    done = 0
    for start in range(0, len(customers), CHUNK):
        some = customers[start : start + CHUNK]
        done += _write(
            [
                CustomerFigures(
                    customer_id=average.customer_id,
                    balance_cents=average.closing_cents,
                    average_cents=average.average_cents,
                    as_of=day,
                )
                for average in averages_between(Quarter.of(day).first, day, customers=some, source=source)
            ]
        )
    return done


def _write(batch: list[CustomerFigures]) -> int:
    CustomerFigures.objects.bulk_create(
        batch,
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=["balance_cents", "average_cents", "as_of"],
    )
    return len(batch)


def refresh_job(*, period, run, now) -> None:
    """Daily: a new quarter begins with an average of its own, loads or not."""
    heartbeat(run, done=refresh_figures(today=local_day(now)))
