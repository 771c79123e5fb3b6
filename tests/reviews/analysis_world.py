"""An analysis here and there, for the permission matrix and the canary walk."""

from datetime import date

from archives.models import Analysis, AnalysisRow

ANALYSIS_PAGES = ("analysis", "analysis_customers", "analysis_print", "analysis_document")
ANALYSIS_SCOPED = {f"reviews:{page}" for page in ANALYSIS_PAGES}


def add_analyses(found: dict, *, now) -> None:
    for place in ("here", "there"):
        customer = found[place]["customer"]
        analysis = Analysis.objects.create(
            number=f"FXBG2026H1-{customer.branch.code}", branch=customer.branch, period="2026H1", opened_at=now,
            due_on=date(2026, 8, 14), computed_at=now,
        )  # fmt: skip
        AnalysisRow.objects.create(
            analysis=analysis, customer=customer, number=customer.number, branch=customer.branch, kind=customer.kind
        )
        found[place]["analysis"] = analysis


def analysis_arguments(place: dict) -> dict:
    return {name: {"number": place["analysis"].number} for name in ANALYSIS_SCOPED}
