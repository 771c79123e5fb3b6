"""Steps of a case in words: what the history says, and what stands on its buttons."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases.codes import Finding, Means, Role
from complaints.cases.models import CaseEvent
from complaints.cases.rules import Action
from complaints.handling.models import Contact

DONE: dict[str, Any] = {
    Action.REGISTER: gettext_lazy("Registered"),
    Action.ACCEPT: gettext_lazy("Case accepted"),
    Action.REFUSE: gettext_lazy("Not accepted"),
    Action.SETTLE: gettext_lazy("Answered at once"),
    Action.FORWARD: gettext_lazy("Passed to the department in charge"),
    Action.ASSIGN: gettext_lazy("Assigned"),
    Action.REASSIGN: gettext_lazy("Given to somebody else"),
    Action.CONTACT: gettext_lazy("Contact attempt"),
    Action.DELEGATE: gettext_lazy("Delegation"),
    Action.INVESTIGATE: gettext_lazy("Investigation begun"),
    Action.FIND: gettext_lazy("Investigation report signed"),
    Action.PLAN: gettext_lazy("Solution decided"),
    Action.REDRESS: gettext_lazy("Redress"),
    Action.APOLOGISE: gettext_lazy("Apology"),
    Action.REPLY: gettext_lazy("Answer to the customer"),
    Action.RETURN: gettext_lazy("Returned to be done again"),
    Action.CLOSE: gettext_lazy("Case closed"),
    Action.CALL_BACK: gettext_lazy("Called back"),
    Action.ARCHIVE: gettext_lazy("Filed"),
    Action.REOPEN: gettext_lazy("Reopened"),
    Action.WITHDRAW: gettext_lazy("Withdrawn"),
    Action.MERGE: gettext_lazy("Merged into another case"),
    Action.TRANSFER: gettext_lazy("Passed to another body"),
    Action.PAUSE: gettext_lazy("Paused"),
    Action.RESUME: gettext_lazy("Resumed"),
    Action.EXTEND: gettext_lazy("Extension"),
    Action.EXTEND_AGAIN: gettext_lazy("Second extension"),
    Action.ESCALATE: gettext_lazy("Escalated"),
    Action.NEW_FACTS: gettext_lazy("New facts"),
    Action.RETYPE: gettext_lazy("Kind changed"),
    Action.SUPPLEMENT: gettext_lazy("Added to"),
    Action.RECUSE: gettext_lazy("Avoidance"),
    Action.DISPUTE: gettext_lazy("Outside settlement"),
    Action.ASK_REVIEW: gettext_lazy("Review asked for"),
    Action.DECIDE_REVIEW: gettext_lazy("Review decided"),
    Action.ACKNOWLEDGE: gettext_lazy("Acceptance told to the customer"),
    Action.RECALCULATE: gettext_lazy("Limits recalculated"),
}
# Added by other topics; named here once they are in the table.
LATER = {
    "pay": gettext_lazy("Redress paid"),
    "try_call": gettext_lazy("Call-back tried"),
    "join": gettext_lazy("Another case joined to it"),
    "transfer_in": gettext_lazy("Passed on by another body"),
    "answer_body": gettext_lazy("Answer exchanged with that body"),
    "ask_pause": gettext_lazy("Pause asked for"),
    "ask_extension": gettext_lazy("Extension asked for"),
}
WHY = {
    "left": gettext_lazy("the person left or was disabled"),
    "moved": gettext_lazy("the person or the branch moved"),
    "away": gettext_lazy("absent beyond the limit"),
    "barred": gettext_lazy("avoidance"),
    "interest": gettext_lazy("declared an interest"),
}
STEPS = {
    "asked": gettext_lazy("asked for"),
    "proposed": gettext_lazy("proposed"),
    "granted": gettext_lazy("granted"),
    "refused": gettext_lazy("refused"),
}


def label_of(event: CaseEvent) -> str:
    return str(DONE.get(event.action) or LATER.get(event.action) or event.action)


def detail_of(event: CaseEvent, people: dict[int, str]) -> str:
    """Reason and facts of an event in a line; `people` are names by id."""
    facts, parts = event.facts, []
    for role in (Role.INVESTIGATOR, Role.CONTACT):
        if name := people.get(facts.get(role, 0) or 0):
            parts.append(f"{role.label}{_(': ')}{name}")
    if name := people.get(facts.get("to", 0) or 0) if isinstance(facts.get("to"), int) else "":
        parts.append(name)
    if event.action == Action.CONTACT:
        parts += [_choice(Means, facts.get("means")), _choice(Contact.Result, facts.get("result"))]
    if event.action == Action.FIND:
        parts.append(_choice(Finding, facts.get("finding")))
    parts.append(str(STEPS.get(facts.get("step", ""), "")))
    parts += [str(WHY[code]) for code in str(facts.get("why", "")).split(",") if code in WHY]
    return " · ".join(part for part in [*parts, event.reason] if part)


def people_in(events) -> set[int]:
    """Ids of the people whom the facts of `events` name."""
    keys = ("investigator", "contact", "to")
    return {event.facts[key] for event in events for key in keys if isinstance(event.facts.get(key), int)}


def _choice(choices, value) -> str:
    return str(choices(value).label) if value in choices.values else ""
