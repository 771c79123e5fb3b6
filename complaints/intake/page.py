"""What the case page shows of how the case came in."""

from complaints.cases.models import Case


def intake_of(case: Case, user) -> dict:
    """Context of `complaints/intake/_intake.html`: parties (masked where `user` may not read them), files."""
    return {}
