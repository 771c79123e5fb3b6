"""What pages show of a case's clocks."""

from datetime import datetime

from complaints.cases.models import Case


def clocks_of(case: Case, now: datetime) -> dict:
    """Context of `complaints/clocks/_clocks.html`."""
    return {"clocks": []}
