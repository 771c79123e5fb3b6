"""The figures of cases in a period, in all and by one dimension: two queries, whatever the number of rows."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from django.db.models import Count, Min, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from archives.customers.models import Customer
from complaints.cases.codes import Source
from complaints.cases.models import Case, Category
from complaints.overview.criteria import NONE, Criteria, start_of
from complaints.overview.figures import FIGURES, RATES, attempts
from complaints.overview.filters import value_of
from crm.staff.models import Branch

LEAST = 5  # a rate of fewer cases says nothing
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Dimension:
    """`name` is the condition's, `column` the case's."""

    name: str
    column: str
    label: "str | Promise"


DIMENSIONS = {
    one.name: one
    for one in (
        Dimension("outlet", "respondent", _("Outlet")),
        Dimension("tier", "class_code", _("Class")),
        Dimension("channel", "channel", _("Channel")),
        Dimension("business", "business", _("Business")),
        Dimension("cause", "cause", _("Cause")),
        Dimension("product", "product", _("Product")),
        Dimension("source", "source", _("Came by")),
    )
}


@dataclass
class Line:
    """One row: `key` as the address carries it; `counts` by figure; `hours` the median to the first contact."""

    key: str
    label: str
    counts: dict[str, int] = field(default_factory=dict)
    hours: float | None = None
    customers: int | None = None

    def rate(self, name: str) -> float | None:
        """Per cent; None below LEAST cases."""
        _label, top, bottom = RATES[name]
        whole = self.counts.get(bottom, 0)
        return 100 * self.counts.get(top, 0) / whole if whole >= LEAST else None

    @property
    def per_thousand(self) -> float | None:
        """Complaints for each thousand customers of the outlet."""
        return 1000 * self.counts.get("received", 0) / self.customers if self.customers else None

    def share(self, total: "Line") -> float | None:
        whole = total.counts.get("received", 0)
        return 100 * self.counts.get("received", 0) / whole if whole else None


def count(criteria: Criteria, user, by: str) -> tuple[Line, list[Line]]:
    """The total, and a line for each value of the dimension `by`, the largest first."""
    rows = criteria.rows(user)
    dimension = DIMENSIONS[by]
    numbers = {name: Count("pk", filter=figure.what) for name, figure in FIGURES.items()}
    grouped = rows.order_by().values(dimension.column).annotate(**numbers)
    hours = _hours(rows, dimension.column)
    names = _names(dimension)
    lines = []
    for row in grouped:
        value = row.pop(dimension.column)
        key = NONE if value in (None, "") else str(value)
        label = names.get(key) or value_of(by if by == "tier" else "", key) or key
        lines.append(Line(key, label, row, _median(hours.get(value, []))))
    total = Line("", "", {name: sum(line.counts[name] for line in lines) for name in FIGURES})
    total.hours = _median([hour for some in hours.values() for hour in some])
    if by == "outlet":
        _with_customers(lines, total)
    return total, sorted(lines, key=lambda line: (-line.counts["received"], line.label))


def _names(dimension: Dimension) -> dict[str, str]:
    if dimension.name == "outlet":
        return {str(pk): name for pk, name in Branch.objects.values_list("pk", "name")}
    if dimension.name in ("channel", "business", "cause"):
        return {str(one.pk): str(one) for one in Category.objects.all()} | {NONE: value_of("", NONE)}
    if dimension.name == "source":
        return {value: str(label) for value, label in Source.choices}
    return {NONE: value_of("", NONE)}


def _hours(rows: QuerySet[Case], column: str) -> dict:
    """Hours from receiving to the first attempt, by value of `column`."""
    firsts = attempts().filter(case__in=rows.order_by().values("pk")).order_by().values("case")
    found = firsts.annotate(first=Min("at")).values_list(f"case__{column}", "case__received_at", "first")
    hours: dict = defaultdict(list)
    for value, received, first in found:
        hours[value].append(max((first - received) / HOUR, 0.0))
    return hours


def _median(hours: list[float]) -> float | None:
    return round(median(hours), 1) if hours else None


def _with_customers(lines: list[Line], total: Line) -> None:
    counts = dict(Customer.objects.order_by().values_list("branch").annotate(n=Count("pk")))
    for line in lines:
        line.customers = counts.get(int(line.key), 0)
    total.customers = sum(line.customers or 0 for line in lines)


def on_time_by_month(criteria: Criteria, user, spans) -> list[tuple]:
    """(month, on time, untimely) of the cases received in it."""
    rows = criteria.rows(user).order_by()
    if not spans:
        return []
    names: dict[str, Count] = {}
    for n, span in enumerate(spans):
        month = Q(received_at__gte=start_of(span.first), received_at__lt=start_of(span.last + timedelta(days=1)))
        names |= {f"met{n}": Count("pk", filter=month & Q(closed_in_time=True))}
        names |= {f"missed{n}": Count("pk", filter=month & Q(closed_in_time=False))}
    found = rows.aggregate(**names)
    return [(span, found[f"met{n}"], found[f"missed{n}"]) for n, span in enumerate(spans)]
