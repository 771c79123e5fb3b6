"""The figures of an analysis as page and paper show them, and the paper's filing."""

from datetime import datetime
from typing import Any

from archives.reviews.analysis_figures import by_branch, by_class, by_manager, total, with_base
from archives.reviews.analysis_rows import Span, year_before
from archives.reviews.models import Analysis
from crm.lib.paper import file_paper

PAPER = "archives/reviews/analysis_print.html"
MANAGERS_SHOWN = 60


def figures_of(analysis: Analysis) -> dict[str, Any]:
    """Everything that page and paper show: a dict of lines, each beside last year's."""
    now, before = by_class(analysis), by_class(analysis, is_base=True)
    whole = total(analysis)
    whole.base = total(analysis, is_base=True)
    classes = [(kind, with_base(lines, before[kind])) for kind, lines in now.items()]
    return {
        "analysis": analysis,
        "span": Span.of(analysis.period),
        "base_period": year_before(analysis.period),
        "base_span": Span.of(year_before(analysis.period)),
        "whole": whole,
        "classes": [(kind, [line for line in lines if _says_something(line)]) for kind, lines in classes],
        "branches": with_base(by_branch(analysis), by_branch(analysis, is_base=True)),
        "managers": with_base(by_manager(analysis), by_manager(analysis, is_base=True))[:MANAGERS_SHOWN],
    }


def _says_something(line) -> bool:
    return any(line.counts.values()) or bool(line.base and any(line.base.counts.values()))


def file_analysis(*, analysis: Analysis, now: datetime) -> None:
    """Once it is signed off. Raise Refused where no PDF can be made here."""
    file_paper(owner=analysis, template=PAPER, context=lambda: figures_of(analysis), now=now)
