"""Start and stop the clocks of a case."""

from datetime import datetime

from complaints.cases.models import Case


def follow(*, case: Case, action: str, now: datetime) -> None:
    """What `action` starts and stops; see `rules.STARTS` and `rules.STOPS`."""
