"""One row a customer for an analysis: what every figure of it counts. Built in chunks, frozen at sign-off.

Classes are those that the quarters' reclassifications gave (a change counts for its run's quarter, whenever the
meeting confirmed it); deposits are arithmetic over the postings. Gaps are those of the day of the count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from archives.accounts.averages import averages_between
from archives.classification.models import ClassChange
from archives.customers.models import Customer
from archives.reviews.models import Analysis, AnalysisRow, KeyCustomer
from crm.jobs.periods import first_day, last_day
from crm.lib.dates import Quarter
from crm.staff.models import Branch

CHUNK = 2_000


@dataclass(frozen=True)
class Span:
    """The days an analysis speaks of."""

    first: date
    last: date

    @classmethod
    def of(cls, period: str) -> "Span":
        return cls(first_day(period), last_day(period))

    @property
    def before(self) -> date:
        return self.first - timedelta(days=1)

    @property
    def months(self) -> tuple[str, str]:
        return f"{self.first:%Y-%m}", f"{self.last:%Y-%m}"


def year_before(period: str) -> str:
    """The same period last year: 2025H1 of 2026H1, 2025 of 2026."""
    return f"{int(period[:4]) - 1}{period[4:]}"


def customers_of(branch: Branch, last: date):
    """Live archives of `branch` and below that were opened by `last`."""
    return Customer.objects.filter(branch__in=Branch.objects.subtree_of(branch).values("pk"), opened_on__lte=last)


def build(analysis: Analysis, *, is_base: bool, after: int, chunk: int = CHUNK) -> tuple[int, int]:
    """Rows of the next `chunk` customers with a key above `after`: (last key, how many); (0, 0) where none is left.

    Call it inside a transaction. Building the same chunk again changes nothing.
    """
    span = Span.of(year_before(analysis.period) if is_base else analysis.period)
    found = customers_of(analysis.branch, span.last).filter(pk__gt=after).order_by("pk")
    some = list(found.only("pk", "number", "kind", "branch_id", "manager_id", "opened_on", "missing")[:chunk])
    if not some:
        return 0, 0
    facts = _Facts.read([customer.pk for customer in some], span)
    rows = [_row(analysis, is_base, customer, facts, span) for customer in some]
    with transaction.atomic():
        AnalysisRow.objects.bulk_create(rows, ignore_conflicts=True)
    return some[-1].pk, len(some)


@dataclass(frozen=True)
class _Facts:
    averages: dict
    opening: dict
    start: dict[int, str]
    end: dict[int, str]
    keys: dict[int, tuple[int, int]]

    @classmethod
    def read(cls, ids: list[int], span: Span) -> "_Facts":
        return cls(
            averages={row.customer_id: row for row in averages_between(span.first, span.last, customers=ids)},
            opening={row.customer_id: row for row in averages_between(span.before, span.before, customers=ids)},
            start=codes_on(ids, str(Quarter.of(span.before))),
            end=codes_on(ids, str(Quarter.of(span.last))),
            keys=_key_facts(ids, span),
        )


def codes_on(ids: Iterable[int], quarter: str) -> dict[int, str]:
    """The class that each customer had by the runs up to `quarter`."""
    changes = ClassChange.objects.filter(customer__in=list(ids), run__quarter__lte=quarter)
    rows = changes.order_by("run__quarter", "pk").values_list("customer", "new_code")
    return dict(rows)  # the newest wins


def _key_facts(ids: list[int], span: Span) -> dict[int, tuple[int, int]]:
    """(months of key attention, of them with the action done) in the period."""
    found: dict[int, tuple[int, int]] = {}
    entries = KeyCustomer.objects.filter(
        customer__in=ids, meeting__kind="monthly", meeting__state="closed", meeting__period__range=span.months
    )
    for pk, result in entries.values_list("customer", "result"):
        months, done = found.get(pk, (0, 0))
        found[pk] = (months + 1, done + (result == KeyCustomer.Result.DONE))
    return found


def _row(analysis: Analysis, is_base: bool, customer: Customer, facts: _Facts, span: Span) -> AnalysisRow:
    average, opening = facts.averages.get(customer.pk), facts.opening.get(customer.pk)
    balance = average.closing_cents if average else 0
    had_start = bool(opening and opening.closing_cents > 0)
    months, done = facts.keys.get(customer.pk, (0, 0))
    return AnalysisRow(
        analysis=analysis,
        is_base=is_base,
        customer=customer,
        number=customer.number,
        branch_id=customer.branch_id,
        manager_id=customer.manager_id,
        kind=customer.kind,
        start_code=facts.start.get(customer.pk, ""),
        end_code=facts.end.get(customer.pk, ""),
        balance_cents=balance,
        average_cents=average.average_cents if average else 0,
        is_new=span.first <= customer.opened_on <= span.last,
        had_start=had_start,
        is_retained=had_start and balance > 0,
        gaps=0 if is_base else len(customer.missing_keys),
        key_months=months,
        key_done=done,
    )
