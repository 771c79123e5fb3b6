"""What waits for one person from the answer on: to close, to call back, redress and reviews to decide."""

from datetime import datetime

from complaints.cases.access import roles_of
from complaints.cases.codes import Role
from complaints.cases.models import Case
from complaints.cases.rules import Action, allowed
from complaints.handling.calling_back import tries_left
from complaints.handling.closing import LIGHT
from complaints.handling.models import Redress, Review
from complaints.handling.redressing import may_decide
from complaints.handling.reviewing import due_on, may_decide_review

MOST = 100


def closable(user) -> list[Case]:
    """Answered cases that `user` may close, by the nearest limit."""
    rows = Case.objects.for_page().visible_to(user).answered()
    if not user.has_perm("complaints.run_office"):
        rows = rows.mine(user)
    return [case for case in rows.order_by("nearest_at", "pk")[:MOST] if _may(case, Action.CLOSE, user)]


def _may(case: Case, action: str, user) -> bool:
    return allowed(case.state, action, roles_of(case, user), case.kind)


def waiting_for(user, now: datetime) -> dict:
    visible = Case.objects.for_page().visible_to(user)
    return {
        "redress": _redress(visible, user),
        "reviews": _reviews(visible, user),
        "calls": _calls(visible, user) if user.has_perm("complaints.call_back") else [],
        "now": now,
    }


def _redress(visible, user) -> list[Redress]:
    rows = Redress.objects.filter(granted=None, case__in=visible.open().values("pk")).select_related("case__respondent", "proposed_by")  # fmt: skip
    mine = [row for row in rows.order_by("proposed_at")[:MOST] if may_decide(row, user)]
    return [row for row in mine if row.round == row.case.round and _may(row.case, Action.REDRESS, user)]


def _reviews(visible, user) -> list[tuple]:
    if not user.has_perm("complaints.decide_review"):
        return []
    rows = Review.objects.filter(decided_at=None, case__in=visible.values("pk")).select_related("case__respondent", "branch")  # fmt: skip
    mine = [row for row in rows.order_by("asked_at")[:MOST] if _may(row.case, Action.DECIDE_REVIEW, user)]
    return [(row, due_on(row)) for row in mine if may_decide_review(row.case, row, user)]


def _calls(visible, user) -> list[tuple]:
    """Closed complaints that somebody else handled; imported ones were called back elsewhere."""
    rows = visible.closed_now().exclude(kind__in=LIGHT).filter(load_key=None).order_by("closed_at", "pk")[:MOST]
    return [(case, tries_left(case)) for case in rows if Role.CALLER in roles_of(case, user)]
