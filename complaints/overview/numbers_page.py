"""What the dashboard shows: each figure with its formula and the address of exactly its rows."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases.codes import Kind
from complaints.overview.counting import DIMENSIONS, LEAST, Line, count, on_time_by_month
from complaints.overview.criteria import ANY, CATEGORIES, Criteria, default_tab
from complaints.overview.figures import FIGURES, RATES
from complaints.overview.periods import Span, offered

# The columns, in their order: a figure, a rate, or one of the two others.
COLUMNS = (
    "received", "closed", "closing_rate", "on_time", "untimely", "on_time_rate", "hours", "reopened", "repeated",
    "unsatisfied", "unsatisfied_rate", "redress", "personal_share", "per_thousand",
)  # fmt: skip
OTHERS: dict[str, tuple["str | Promise", "str | Promise"]] = {
    "hours": (
        gettext_lazy("First contact (hours)"),
        gettext_lazy("median of the hours from receiving to the first attempt, of those contacted"),
    ),
    "per_thousand": (
        gettext_lazy("Per thousand customers"),
        gettext_lazy("received × 1,000 ÷ customers whose archive the outlet keeps today"),
    ),
}
CHARTED = 12


@dataclass(frozen=True)
class Cell:
    """`text` and, where rows stand behind it, their address."""

    column: str
    label: str
    text: str
    address: str


def criteria_of(query, user, span: Span) -> Criteria:
    """The dashboard counts complaints, whatever their state, of the reader's branches."""
    asked = Criteria.read(query, user)
    tab = default_tab(user) if query.get("tab", "") != "all" else "all"
    return Criteria(
        tab=tab, state=ANY, kind=asked.kind or Kind.COMPLAINT, outlet=asked.outlet, first=span.first.isoformat(),
        last=span.last.isoformat(),
    )  # fmt: skip


def facts(query, user, today: date) -> dict:
    span = Span.read(query, today)
    criteria = criteria_of(query, user, span)
    by = query.get("by") if query.get("by") in DIMENSIONS else "outlet"
    total, lines = count(criteria, user, by)
    months = on_time_by_month(criteria, user, span.months())
    columns = [name for name in COLUMNS if name != "per_thousand" or by == "outlet"]
    causes = lines if by == "cause" else count(criteria, user, "cause")[1]
    return {
        "span": span,
        "criteria": criteria,
        "by": by,
        "dimensions": [(one.name, one.label, _address(criteria, span, one.name)) for one in DIMENSIONS.values()],
        "dimension": DIMENSIONS[by].label,
        "periods": offered(today),
        "heads": [(name, label_of(name)) for name in columns],
        "total": cells(total, criteria, columns),
        "lines": [(line, cells(line, _narrowed(criteria, by, line), columns)) for line in lines],
        "formulas": formulas(),
        "months": [_month(criteria, *row) for row in months],
        "month_chart": _month_chart(months),
        "cause_chart": _chart([(line.label, line.rate("on_time_rate")) for line in causes[:CHARTED]]),
        "causes": [(line, cells(line, _narrowed(criteria, "cause", line), ["on_time", "untimely", "on_time_rate"])) for line in causes[:CHARTED]],
        "least": LEAST,
    }  # fmt: skip


def _address(criteria: Criteria, span: Span, by: str) -> str:
    return f"{criteria.address()}&by={by}"


def _narrowed(criteria: Criteria, by: str, line: Line) -> Criteria:
    return criteria.but(**{by: line.key}, exact=by if by in ("outlet", *CATEGORIES) else "")


def cells(line: Line, criteria: Criteria, columns) -> list[Cell]:
    return [Cell(name, label_of(name), text_of(line, name), _rows_of(criteria, line, name)) for name in columns]


def text_of(line: Line, name: str) -> str:
    if name in FIGURES:
        return f"{line.counts.get(name, 0)}"
    value = line.rate(name) if name in RATES else getattr(line, name)
    if value is None:
        return "–"
    return f"{value:.1f} %" if name in RATES else f"{value:.2f}" if name == "per_thousand" else f"{value:.1f}"


def _rows_of(criteria: Criteria, line: Line, name: str) -> str:
    """The rows of a figure; of a rate those above the line, of the median those that were contacted."""
    figure = RATES[name][1] if name in RATES else {"hours": "contacted", "per_thousand": "received"}.get(name, name)
    return criteria.but(figure=figure).address()


def label_of(name: str) -> str:
    if name in RATES:
        return str(RATES[name][0])
    return str(FIGURES[name].label if name in FIGURES else OTHERS[name][0])


def formulas() -> list[tuple[str, str]]:
    found = []
    for name in COLUMNS:
        if name in RATES:
            _label, top, bottom = RATES[name]
            text = f"{FIGURES[top].label} ÷ {FIGURES[bottom].label}"
            if bottom not in COLUMNS:
                text += _(" (%(label)s: %(formula)s)") % {"label": FIGURES[bottom].label, "formula": FIGURES[bottom].formula}  # fmt: skip
        else:
            text = str(FIGURES[name].formula if name in FIGURES else OTHERS[name][1])
        found.append((label_of(name), text))
    return found


def _month(criteria: Criteria, span: Span, met: int, missed: int) -> dict:
    line = Line("", "", {"on_time": met, "untimely": missed, "timed": met + missed})
    inside = criteria.but(first=span.first.isoformat(), last=span.last.isoformat())
    return {"label": span.label, "cells": cells(line, inside, ["on_time", "untimely", "on_time_rate"])}


def _month_chart(months) -> dict:
    lines = [(span.label, Line("", "", {"on_time": met, "timed": met + missed})) for span, met, missed in months]
    return _chart([(label, line.rate("on_time_rate")) for label, line in lines])


def _chart(points: list[tuple[str, float | None]]) -> dict:
    """Bars of what can be said; a rate of too few cases is left out."""
    said = [(label, round(value, 1)) for label, value in points if value is not None]
    return {
        "kind": "bars",
        "unit": "%",
        "labels": [label for label, _value in said],
        "series": [{"name": str(RATES["on_time_rate"][0]), "values": [value for _label, value in said]}],
    }
