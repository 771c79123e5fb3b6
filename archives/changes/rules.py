"""What may happen to a change request and who may do it; how decisions on fields add up. Pure."""

from collections.abc import Iterable
from enum import StrEnum

DRAFT, PENDING, APPROVED, PARTLY, REJECTED, WITHDRAWN, SUPERSEDED = (
    "",
    "pending",
    "approved",
    "partly",
    "rejected",
    "withdrawn",
    "superseded",
)
STATES = (DRAFT, PENDING, APPROVED, PARTLY, REJECTED, WITHDRAWN, SUPERSEDED)


class Who(StrEnum):
    PROPOSER = "proposer"
    DECIDER = "decider"
    SYSTEM = "system"


class Action(StrEnum):
    SUBMIT = "submit"
    APPROVE = "approve"
    PARTLY = "partly"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    REVISE = "revise"
    RESUBMIT = "resubmit"
    REROUTE = "reroute"
    REMIND = "remind"
    ESCALATE = "escalate"
    SUPERSEDE = "supersede"


# (from, action) -> (to, who). What is not here cannot happen.
TRANSITIONS: dict[tuple[str, Action], tuple[str, Who]] = {
    (DRAFT, Action.SUBMIT): (PENDING, Who.PROPOSER),
    (PENDING, Action.APPROVE): (APPROVED, Who.DECIDER),
    (PENDING, Action.PARTLY): (PARTLY, Who.DECIDER),
    (PENDING, Action.REJECT): (REJECTED, Who.DECIDER),
    (PENDING, Action.WITHDRAW): (WITHDRAWN, Who.PROPOSER),
    (PENDING, Action.REVISE): (PENDING, Who.PROPOSER),
    (REJECTED, Action.RESUBMIT): (PENDING, Who.PROPOSER),
    (PARTLY, Action.RESUBMIT): (PENDING, Who.PROPOSER),
    (PENDING, Action.REROUTE): (PENDING, Who.SYSTEM),
    (PENDING, Action.REMIND): (PENDING, Who.SYSTEM),
    (PENDING, Action.ESCALATE): (PENDING, Who.SYSTEM),
    (PENDING, Action.SUPERSEDE): (SUPERSEDED, Who.SYSTEM),
}

ACCEPT, REJECT, KEEP = "accept", "reject", "keep"
CHOICES = (ACCEPT, REJECT, KEEP)


def target(status: str, action: Action) -> str | None:
    """Where `action` leads from `status`; None where it is not allowed."""
    found = TRANSITIONS.get((status, action))
    return found[0] if found else None


def who_may(status: str, action: Action) -> Who | None:
    found = TRANSITIONS.get((status, action))
    return found[1] if found else None


def outcome(choices: Iterable[str]) -> Action:
    """All accepted: approved. None accepted: rejected. Else partly approved."""
    choices = list(choices)
    accepted = sum(choice == ACCEPT for choice in choices)
    if accepted == len(choices):
        return Action.APPROVE
    return Action.PARTLY if accepted else Action.REJECT


def undecided(item_ids: Iterable[int], decisions: dict[int, tuple[str, str]]) -> list[int]:
    return [pk for pk in item_ids if pk not in decisions or decisions[pk][0] not in CHOICES]


def unexplained(decisions: dict[int, tuple[str, str]], comment: str) -> list[int]:
    """Rejected items for which nobody wrote why; one opinion on the whole request explains them all."""
    if comment.strip():
        return []
    return [pk for pk, (choice, why) in decisions.items() if choice == REJECT and not why.strip()]


def has_moved(*, old: str, live: str, new: str) -> bool:
    """The live value is neither what the proposer saw nor what they propose."""
    return live not in (old, new)
