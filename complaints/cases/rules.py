"""What may be done in which state, by whom: one table (DOMAIN.md 1.4)."""

from dataclasses import dataclass
from enum import StrEnum

from complaints.cases.codes import ENDED, OPEN, Kind, Role, State


class Action(StrEnum):
    REGISTER = "register"
    ACCEPT = "accept"  # 受理告知
    REFUSE = "refuse"  # 不予受理
    SETTLE = "settle"  # answered at once: inquiries and suggestions
    FORWARD = "forward"  # to the department in charge
    ASSIGN = "assign"
    REASSIGN = "reassign"
    CONTACT = "contact"
    DELEGATE = "delegate"
    INVESTIGATE = "investigate"
    FIND = "find"
    PLAN = "plan"
    REDRESS = "redress"
    PAY = "pay"
    APOLOGISE = "apologise"
    REPLY = "reply"
    RETURN = "return"  # 退回重办
    CLOSE = "close"
    TRY_CALL = "try_call"  # called back, not reached
    CALL_BACK = "call_back"
    ARCHIVE = "archive"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    JOIN = "join"  # a repeat was merged into this one
    TRANSFER = "transfer"
    TRANSFER_IN = "transfer_in"  # a regulator or another body passed it on
    ANSWER_BODY = "answer_body"  # that body had its answer, or gave one
    ASK_PAUSE = "ask_pause"
    PAUSE = "pause"
    RESUME = "resume"
    ASK_EXTENSION = "ask_extension"
    EXTEND = "extend"  # 15 to 30
    EXTEND_AGAIN = "extend_again"  # 30 to 60
    ESCALATE = "escalate"
    NEW_FACTS = "new_facts"
    RETYPE = "retype"
    SUPPLEMENT = "supplement"
    RECUSE = "recuse"
    DISPUTE = "dispute"  # mediation, arbitration, lawsuit
    ASK_REVIEW = "ask_review"  # 核查
    DECIDE_REVIEW = "decide_review"
    ACKNOWLEDGE = "acknowledge"
    RECALCULATE = "recalculate"


@dataclass(frozen=True)
class Step:
    """From any of `frm` to `to` (None: the state stays), by somebody who is any of `who` to the case."""

    frm: frozenset[str]
    to: str | None
    who: frozenset[str]


def _step(frm, to, *who) -> Step:
    return Step(frozenset(frm), to, frozenset(who))


S, R = State, Role
BEFORE = {S.REGISTERED, S.ACCEPTED}
HANDLED = {S.ASSIGNED, S.CONTACTED, S.INVESTIGATING, S.FOUND, S.PLANNED, S.REPLIED}
IN_TOUCH = HANDLED - {S.ASSIGNED}
DONE = {S.CLOSED, S.CALLED_BACK}
HANDLERS = (R.OFFICE, R.INVESTIGATOR, R.CONTACT)
TABLE: dict[tuple[str, str], Step] = {}
STEPS: dict[str, list[Step]] = {
    Action.ACCEPT: [_step({S.REGISTERED}, S.ACCEPTED, R.OFFICE)],
    Action.REFUSE: [_step(BEFORE, S.REFUSED, R.OFFICE)],
    Action.SETTLE: [_step(BEFORE, S.CLOSED, R.OFFICE, R.FIRST)],
    Action.ACKNOWLEDGE: [_step(OPEN, None, R.OFFICE, R.FIRST)],
    Action.FORWARD: [_step(BEFORE, S.ASSIGNED, R.OFFICE), _step({S.ASSIGNED}, None, R.OFFICE)],
    Action.ASSIGN: [_step(BEFORE, S.ASSIGNED, R.OFFICE)],
    Action.REASSIGN: [_step(HANDLED, None, R.OFFICE, R.SYSTEM)],
    Action.RECUSE: [_step(OPEN, None, R.OFFICE, R.INVESTIGATOR, R.CONTACT, R.SYSTEM)],
    Action.DELEGATE: [_step(HANDLED, None, R.INVESTIGATOR, R.OFFICE)],
    Action.CONTACT: [
        _step({S.ASSIGNED}, S.CONTACTED, R.CONTACT, R.INVESTIGATOR),
        _step(IN_TOUCH, None, R.CONTACT, R.INVESTIGATOR),
    ],
    Action.INVESTIGATE: [
        _step({S.CONTACTED}, S.INVESTIGATING, R.INVESTIGATOR),
        _step({S.INVESTIGATING}, None, R.INVESTIGATOR),
    ],
    Action.FIND: [_step({S.INVESTIGATING}, S.FOUND, R.INVESTIGATOR)],
    Action.PLAN: [_step({S.FOUND}, S.PLANNED, R.INVESTIGATOR), _step({S.PLANNED}, None, R.INVESTIGATOR)],
    Action.REDRESS: [_step({S.FOUND, S.PLANNED, S.REPLIED}, None, *HANDLERS, R.UPPER, R.HEAD_OFFICE)],
    Action.PAY: [_step({S.FOUND, S.PLANNED, S.REPLIED, S.ARCHIVED} | DONE, None, *HANDLERS)],
    Action.APOLOGISE: [_step({S.FOUND, S.PLANNED, S.REPLIED}, None, *HANDLERS)],
    Action.REPLY: [_step({S.PLANNED}, S.REPLIED, R.INVESTIGATOR, R.OFFICE), _step({S.REPLIED}, None, R.INVESTIGATOR, R.OFFICE)],
    Action.RETURN: [_step({S.FOUND, S.PLANNED, S.REPLIED}, S.INVESTIGATING, R.OFFICE)],
    Action.CLOSE: [_step({S.REPLIED}, S.CLOSED, R.OFFICE, R.INVESTIGATOR)],
    Action.TRY_CALL: [_step({S.CLOSED}, None, R.CALLER)],
    Action.CALL_BACK: [_step({S.CLOSED}, S.CALLED_BACK, R.CALLER)],
    Action.ARCHIVE: [_step(ENDED - {S.ARCHIVED}, S.ARCHIVED, R.OFFICE, R.SYSTEM)],
    Action.REOPEN: [_step(DONE | {S.ARCHIVED, S.WITHDRAWN}, S.ASSIGNED, R.OFFICE, R.CALLER, R.UPPER)],
    Action.WITHDRAW: [_step(OPEN, S.WITHDRAWN, *HANDLERS, R.FIRST)],
    Action.MERGE: [_step(OPEN, S.MERGED, R.OFFICE)],
    Action.JOIN: [_step(OPEN, None, R.OFFICE)],
    Action.TRANSFER: [_step(OPEN, S.TRANSFERRED, R.OFFICE)],
    Action.TRANSFER_IN: [_step(OPEN, None, R.OFFICE)],
    Action.ANSWER_BODY: [_step(OPEN | ENDED, None, R.OFFICE)],
    Action.ASK_PAUSE: [_step(HANDLED, None, R.OFFICE, R.INVESTIGATOR)],
    Action.PAUSE: [_step(HANDLED, None, R.OFFICE)],
    Action.RESUME: [_step(HANDLED, None, R.OFFICE, R.INVESTIGATOR)],
    Action.ASK_EXTENSION: [_step(HANDLED, None, R.OFFICE, R.INVESTIGATOR)],
    Action.EXTEND: [_step(HANDLED, None, R.OFFICE)],
    Action.EXTEND_AGAIN: [_step(HANDLED, None, R.UPPER, R.HEAD_OFFICE)],
    Action.ESCALATE: [
        _step(OPEN, None, *HANDLERS, R.FIRST, R.SYSTEM),
        _step(DONE, None, *HANDLERS, R.CALLER, R.FIRST, R.SYSTEM),
    ],
    Action.NEW_FACTS: [_step(OPEN, None, *HANDLERS, R.FIRST)],
    Action.RETYPE: [_step(OPEN, None, R.OFFICE, R.FIRST)],
    Action.SUPPLEMENT: [_step(OPEN, None, *HANDLERS, R.FIRST)],
    Action.DISPUTE: [_step(OPEN | DONE, None, R.OFFICE)],
    Action.ASK_REVIEW: [_step(DONE | {S.ARCHIVED}, None, R.OFFICE, R.FIRST)],
    Action.DECIDE_REVIEW: [_step(DONE | {S.ARCHIVED}, None, R.UPPER, R.HEAD_OFFICE)],
    Action.RECALCULATE: [_step(OPEN, None, R.OFFICE)],
}  # fmt: skip
for _action, _steps in STEPS.items():
    for _one in _steps:
        for _from in _one.frm:
            TABLE[_from, _action] = _one

# What only some kinds know: an inquiry or a suggestion may be settled at once, a complaint never.
KINDS: dict[str, frozenset[str]] = {Action.SETTLE: frozenset({Kind.INQUIRY, Kind.SUGGESTION})}


def step(state: str, action: str, kind: str = Kind.COMPLAINT) -> Step | None:
    """The step of `action` from `state` for a case of `kind`; None where the table knows none."""
    if kind not in KINDS.get(action, frozenset(Kind)):
        return None
    return TABLE.get((state, action))


def allowed(state: str, action: str, roles: set[str], kind: str = Kind.COMPLAINT) -> bool:
    found = step(state, action, kind)
    return bool(found and found.who & roles)
