"""回访 after closing, by somebody who did not handle the case; whoever is unsatisfied is not left alone."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.escalating import superior_of
from complaints.handling.limits import CALL_TRIES
from complaints.handling.models import CallBack
from complaints.handling.reopening import reopen
from complaints.handling.stepping import at_field, known_means
from complaints.handling.telling import officers_of, tell
from crm.lib.wording import typed

Answer = CallBack.Answer
UNSATISFIED = frozenset({Answer.UNSATISFIED, Answer.VERY_UNSATISFIED})
FOLLOW_UPS = ("reopen", "escalate")


@transaction.atomic
def call_back(
    *, case: Case, actor, now: datetime, means: str, answer: str, note: str = "", follow_up: str = ""
) -> CallBack:
    """Record one call. Not reached, it stays open for another try until the third; a refusal to rate is an answer.

    Unsatisfied, `follow_up` opens the case again or takes it to the next level: one of the two.
    """
    means = known_means(means)
    if answer not in Answer.values:
        raise at_field("answer", _("Say what the customer answered."))
    follow_up = _follow_up(answer, follow_up)
    note = typed(note, 500, field="note", missing=_("Say what the customer is unsatisfied with.") if follow_up else "")
    tries = case.callbacks.filter(round=case.round, answer=Answer.UNREACHED).count() + 1
    facts = {"answer": answer, "means": means} | ({"try": tries} if answer == Answer.UNREACHED else {})
    if answer == Answer.UNREACHED and tries < CALL_TRIES:
        act(case=case, action=Action.TRY_CALL, actor=actor, now=now, facts=facts)
    else:
        act(case=case, action=Action.CALL_BACK, actor=actor, now=now, facts=facts, satisfaction=answer)
    made = CallBack.objects.create(
        case=case, round=case.round, at=now, by=actor, means=means, answer=answer, note=note, follow_up=follow_up
    )
    if follow_up == "reopen":
        reopen(case=case, actor=actor, now=now, reason=_("unsatisfied at the call-back"))
    elif follow_up == "escalate":
        _escalate(case, actor, now)
    return made


def _follow_up(answer: str, choice: str) -> str:
    if answer not in UNSATISFIED:
        return ""
    if choice not in FOLLOW_UPS:
        raise at_field("follow_up", _("The customer is unsatisfied: open the case again or take it to the next level."))
    return choice


def _escalate(case: Case, actor, now: datetime) -> None:
    act(case=case, action=Action.ESCALATE, actor=actor, now=now, facts={"why": "call_back"}, escalated_at=now)
    for person in {superior_of(case), *officers_of(case)}:
        tell(case=case, person=person, kind="case-unsatisfied", now=now, by=actor)


def tries_left(case: Case) -> int:
    return CALL_TRIES - case.callbacks.filter(round=case.round, answer=Answer.UNREACHED).count()
