"""Keeps the narrow table of balances that lists join: after each load and once a day."""

from datetime import date

from django.db import transaction
from django.db.models import Count, Max

from archives.accounts.averages import averages_between
from archives.accounts.models import Account
from archives.customers.models import CustomerFigures
from crm.jobs.services import heartbeat
from crm.lib.dates import Quarter, local_day

CHUNK = 5_000


def refresh_figures(customers: list[int] | None = None, *, today: date) -> int:
    """Write balance and the quarter's average so far of `customers` (all where None); how many rows changed.

    As of the last day that each core system's deposits speak of; whoever has accounts in several, as of the latest.
    """
    newest = Account.objects.values_list("source").annotate(day=Max("balance_on"))
    days = {source: min(day, today) if day else today for source, day in newest.order_by("source")}
    done = sum(_refresh(customers, source=source, day=day) for source, day in days.items())
    if len(days) > 1:
        several = Account.objects.values("customer").annotate(n=Count("source", distinct=True)).filter(n__gt=1)
        mixed = list(several.values_list("customer", flat=True))
        _refresh([pk for pk in mixed if customers is None or pk in customers], source="", day=max(days.values()))
    return done


def _refresh(customers: list[int] | None, *, source: str, day: date) -> int:
    done, batch = 0, []
    for average in averages_between(Quarter.of(day).first, day, customers=customers, source=source):
        batch.append(
            CustomerFigures(
                customer_id=average.customer_id,
                balance_cents=average.closing_cents,
                average_cents=average.average_cents,
                as_of=day,
            )
        )
        if len(batch) >= CHUNK:
            done += _write(batch)
            batch = []
    return done + (_write(batch) if batch else 0)


@transaction.atomic
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
