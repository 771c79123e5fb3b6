"""How somebody stands: sums over the window, and what of a branch counts elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from complaints.conduct.models import Consequence, PointEntry, PointRule
from complaints.conduct.rules import next_threshold, window_of
from crm.staff.models import Branch, User

ZERO = Decimal(0)
MOST = 200  # rows of a ledger page
Kind = PointRule.Kind


@dataclass(frozen=True)
class Standing:
    """Sums of the entries that count on a day. Praise and awards stand beside violations; they take nothing off."""

    first: date
    last: date
    violations: Decimal = ZERO
    praise: Decimal = ZERO
    award_cents: int = 0

    @property
    def next_threshold(self) -> Decimal | None:
        return next_threshold(self.violations)


def _sums(entries: QuerySet) -> dict:
    return entries.aggregate(
        violations=Sum("points", filter=Q(kind=Kind.VIOLATION)),
        praise=Sum("points", filter=~Q(kind=Kind.VIOLATION)),
        award_cents=Sum("award_cents"),
    )


def standing(employee: User, today: date) -> Standing:
    first, last = window_of(today)
    sums = _sums(PointEntry.objects.of(employee).between(first, min(last, today)))
    return Standing(first, last, **{key: value for key, value in sums.items() if value is not None})


def entries_of(branch: Branch, first: date, last: date) -> QuerySet[PointEntry]:
    """Entries that count from a day of the span, of who worked at `branch` or below when it was proposed.

    Each with `source` ("case" or "inspection"), `code` and `for_scorecard`; reversals are among them.
    """
    return (
        PointEntry.objects.filter(proposal__branch__in=Branch.objects.subtree_of(branch).values("pk"))
        .between(first, last)
        .with_source()
        .for_page()
    )


@dataclass(frozen=True)
class Line:
    """One employee of the ledger page."""

    employee: User
    standing: Standing
    open_consequences: int


def ledger_lines(branches: QuerySet[Branch], today: date) -> list[Line]:
    """Who has entries that count, most violation points first; at most `MOST`."""
    first, last = window_of(today)
    rows = (
        PointEntry.objects.filter(employee__branch__in=branches.values("pk"))
        .between(first, min(last, today))
        .order_by()
        .values("employee")
        .annotate(
            violations=Sum("points", filter=Q(kind=Kind.VIOLATION)),
            praise=Sum("points", filter=~Q(kind=Kind.VIOLATION)),
            award_cents=Sum("award_cents"),
        )
    )
    sums = sorted(rows, key=lambda row: (-(row["violations"] or ZERO), -(row["praise"] or ZERO)))[:MOST]
    keys = [row["employee"] for row in sums]
    people = User.objects.select_related("branch").in_bulk(keys)
    opened = _open_consequences(keys)
    return [
        Line(
            people[row["employee"]],
            Standing(first, last, row["violations"] or ZERO, row["praise"] or ZERO, row["award_cents"] or 0),
            opened.get(row["employee"], 0),
        )
        for row in sums
    ]


def _open_consequences(keys: Iterable[int]) -> dict[int, int]:
    rows = Consequence.objects.open().filter(employee__in=keys).order_by()
    return dict(rows.values_list("employee").annotate(n=Count("pk")))
