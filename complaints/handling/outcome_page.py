"""What the case page shows from the solution on: redress, apology, answer, closing, call-back, review."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.cases.access import sees_identity
from complaints.cases.codes import ENDED, Kind, State
from complaints.cases.models import Case
from complaints.cases.rules import Action, allowed
from complaints.handling import apologising, ending, reviewing
from complaints.handling.calling_back import tries_left
from complaints.handling.closing import LIGHT, conditions
from complaints.handling.limits import kept_until
from complaints.handling.models import Transfer
from complaints.handling.redressing import may_decide
from complaints.handling.reopening import reopen_until, rounds_of
from complaints.handling.stepping import link_of

BEFORE_FINDING = frozenset({State.REGISTERED, State.ACCEPTED, State.ASSIGNED, State.CONTACTED, State.INVESTIGATING})


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    icon: str


def outcome_of(case: Case, user, roles: set[str], now: datetime) -> dict:
    """Context of `complaints/handling/_outcome.html`."""
    rounds = rounds_of(case)
    present = rounds[-1]
    gate = conditions(case)
    may = {action.value for action in Action if allowed(case.state, action, roles, case.kind)}
    shown: dict[str, Any] = {
        "may": may,
        "round": present,
        "earlier": rounds[:-1],
        "locked": case.state in BEFORE_FINDING,
        "light": case.kind in LIGHT,
        "gate": gate,
        "met": sum(one.is_met for one in gate),
        "owes_apology": apologising.is_owed(case),
        "in_person": apologising.wants_the_head(case),
        "redress": [(row, Action.REDRESS in may and may_decide(row, user)) for row in present.redress],
        "reads_letters": sees_identity(case, user),
        "asides": _asides(case, may),
        **_after(case, user, present, may),
    }
    return {"outcome": shown}


def _after(case: Case, user, present, may: set[str]) -> dict:
    """What belongs to the time after the answer."""
    review = present.reviews[-1] if present.reviews else None
    decides = Action.DECIDE_REVIEW in may and review is not None and reviewing.may_decide_review(case, review, user)
    return {
        "review": review,
        "review_due": reviewing.due_on(review) if review else None,
        "decides_review": decides,
        "tries": tries_left(case),
        "reopen_until": reopen_until(case),
        "kept_until": kept_until(case),
        "why_not_filed": ending.why_not_filed(case) if case.state in ENDED else "",
        "transfers": [(row, Action.ANSWER_BODY in may and not row.answered_at) for row in case.transfers.all()],
        "incoming": Transfer.Direction.IN,
        "withdrawal": case.withdrawals.filter(round=case.round).select_related("by").first(),
        "merged": list(case.merged.only("number")),
    }


def _asides(case: Case, may: set[str]) -> list[Link]:
    """Steps beside the main line that this person may take now."""
    known = [
        (Action.SETTLE, "settle", _("Answer at once and close"), "check"),
        (Action.RETURN, "rework", _("Return it to be done again"), "redo"),
        (Action.NEW_FACTS, "new_facts", _("New facts"), "plus"),
        (Action.WITHDRAW, "withdraw", _("The customer withdraws"), "x"),
        (Action.MERGE, "merge", _("Merge a repeat"), "link"),
        (Action.TRANSFER_IN, "take_in", _("Passed on by a regulator or another body"), "left"),
        (Action.TRANSFER, "pass_on", _("Pass to another body"), "right"),
        (Action.DISPUTE, "dispute", _("Mediation, arbitration or lawsuit"), "flag"),
        (Action.ASK_REVIEW, "ask_review", _("The customer asks for a review"), "search"),
        (Action.REOPEN, "reopen", _("Open the case again"), "redo"),
        (Action.ARCHIVE, "file_case", _("File the case"), "lock"),
    ]
    return [Link(label, link_of(case, page), icon) for action, page, label, icon in known if action in may and _fits(case, action)]  # fmt: skip


def _fits(case: Case, action: str) -> bool:
    """What the table allows and this case has no use for is not offered."""
    if action == Action.ASK_REVIEW:
        return case.kind not in (Kind.INQUIRY, Kind.SUGGESTION) and not case.reviews.filter(round=case.round).exists()
    if action == Action.MERGE:
        return ending.targets(case).exists()
    if action == Action.ARCHIVE:
        return not ending.why_not_filed(case)
    return True
