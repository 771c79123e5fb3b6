"""What the case page shows from the solution on: redress, apology, answer, closing, call-back, review."""

from datetime import datetime

from complaints.cases.models import Case


def outcome_of(case: Case, user, roles: set[str], now: datetime) -> dict:
    """Context of `complaints/handling/_outcome.html`."""
    return {}
