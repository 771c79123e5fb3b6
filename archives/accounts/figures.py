"""Keeps the narrow table of balances that lists join: after each load and once a day."""

from datetime import date

from django.db import transaction
from django.db.models import Max

from archives.accounts.averages import averages_between
from archives.accounts.models import Account
from archives.customers.models import CustomerFigures
from crm.jobs.services import heartbeat
from crm.lib.dates import Quarter, local_day

CHUNK = 5_000


def as_of_day(today: date) -> date:
    """The last day the deposits speak of, not later than `today`."""
    newest = Account.objects.aggregate(day=Max("balance_on"))["day"]
    return min(newest, today) if newest else today


def refresh_figures(customers: list[int] | None = None, *, today: date) -> int:
    """Write balance and the quarter's average so far of `customers` (all where None); how many rows changed."""
    day = as_of_day(today)
    first = Quarter.of(day).first
    done, batch = 0, []
    for average in averages_between(first, day, customers=customers):
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
