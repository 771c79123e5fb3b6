"""A step on a case with all that follows from it: its clocks, the hold on the customer's archive."""

from datetime import datetime

from complaints.cases.models import Case, CaseEvent
from complaints.cases.rules import Action
from complaints.cases.transitions import transition
from complaints.clocks.holding import follow_hold
from complaints.clocks.services import follow


def act(
    *, case: Case, action: Action, actor, now: datetime, reason: str = "", facts: dict | None = None, **changes
) -> CaseEvent:
    """`transition`, then start and stop clocks and keep or free the archive. Inside the caller's transaction."""
    event = transition(case=case, action=action, actor=actor, now=now, reason=reason, facts=facts, **changes)
    follow(case=case, action=action, now=now)
    follow_hold(case=case, actor=actor, now=now)
    return event
