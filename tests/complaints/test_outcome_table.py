"""Every (state × action) pair of the outcome: what the table does not know is refused and changes nothing."""

from contextlib import contextmanager

import pytest
from django.db import transaction

from complaints.cases.codes import Kind, Role, State
from complaints.cases.rules import KINDS, STEPS, TABLE, Action
from complaints.handling import (
    apologising,
    calling_back,
    closing,
    ending,
    redressing,
    renewing,
    reopening,
    replying,
    resolving,
    returning,
    reviewing,
    transferring,
)
from complaints.models import Case, Redress, Review, Transfer
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused
from tests.complaints.outcome_cases import TEXTS, at, prints, ready
from tests.complaints.world import make_case

pytestmark = pytest.mark.django_db


def _apologise(case, cast, actor, now):
    return apologising.apologise(case=case, actor=actor, now=now, by=cast["head"], at=now, means="visit", reaction="forgiven")  # fmt: skip


def _pay(case, cast, actor, now):
    row = Redress.objects.create(
        case=case, round=case.round, kind="refund", amount_cents=1, reason="x", proposed_by=cast["head"], proposed_at=now,
        decided_by=cast["president"], decided_at=now, granted=True,
    )  # fmt: skip
    return redressing.note_payment(case=case, redress=row, actor=actor, now=now, paid_on=local_day(now))


def _review(case, cast, actor, now):
    row, _new = Review.objects.get_or_create(case=case, round=case.round, defaults={"asked_at": now, "asked_text": "x", "recorded_by": cast["teller"], "branch": cast["headoffice"].branch})  # fmt: skip
    return reviewing.decide_review(case=case, review=row, actor=actor, now=now, decision="upheld", reasons="维持")


def _merge(case, cast, actor, now):
    target = make_case(respondent=case.respondent, actor=cast["teller"], now=now)
    return ending.merge(case=case, target=target, actor=actor, now=now, no_new_facts=True)


def _answered(case, cast, actor, now):
    row = Transfer.objects.create(case=case, round=1, direction="in", body="x", at=now, by=cast["service"])
    return transferring.note_answer(case=case, transfer=row, actor=actor, now=now)


# Action: (who may, the service with fit arguments)
STEPPERS = {
    Action.PLAN: ("president", lambda c, _w, a, n: resolving.decide_solution(case=c, actor=a, now=n, text="退还")),
    Action.REDRESS: ("head", lambda c, _w, a, n: redressing.propose_redress(case=c, actor=a, now=n, kind="refund", amount_cents=100, reason="x")),
    Action.PAY: ("head", _pay),
    Action.APOLOGISE: ("head", _apologise),
    Action.REPLY: ("president", lambda c, _w, a, n: replying.send_reply(case=c, actor=a, now=n, parts=TEXTS, means="letter")),
    Action.RETURN: ("service", lambda c, _w, a, n: returning.return_for_rework(case=c, actor=a, now=n, reason="证据不足")),
    Action.CLOSE: ("service", lambda c, _w, a, n: closing.close(case=c, actor=a, now=n)),
    Action.CALL_BACK: ("headoffice", lambda c, _w, a, n: calling_back.call_back(case=c, actor=a, now=n, means="phone", answer="4")),
    Action.TRY_CALL: ("headoffice", lambda c, _w, a, n: calling_back.call_back(case=c, actor=a, now=n, means="phone", answer="none")),
    Action.REOPEN: ("service", lambda c, _w, a, n: reopening.reopen(case=c, actor=a, now=n, reason="不满意")),
    Action.ASK_REVIEW: ("service", lambda c, _w, a, n: reviewing.ask_review(case=c, actor=a, now=n, text="请核查")),
    Action.DECIDE_REVIEW: ("headoffice", _review),
    Action.WITHDRAW: ("service", lambda c, _w, a, n: ending.withdraw(case=c, actor=a, now=n, means="phone", said_on=local_day(n), note="x撤回")),
    Action.MERGE: ("service", _merge),
    Action.TRANSFER: ("service", lambda c, _w, a, n: transferring.pass_on(case=c, actor=a, now=n, body="法院", note="已告知")),
    Action.TRANSFER_IN: ("service", lambda c, _w, a, n: transferring.take_in(case=c, actor=a, now=n, body="NFRA", number="1")),
    Action.ANSWER_BODY: ("service", _answered),
    Action.NEW_FACTS: ("service", lambda c, _w, a, n: renewing.add_new_facts(case=c, actor=a, now=n, text="新证据")),
    Action.DISPUTE: ("service", lambda c, _w, a, n: ending.set_dispute(case=c, actor=a, now=n, way="mediation")),
    Action.ARCHIVE: ("service", lambda c, _w, a, n: ending.file_case(case=c, actor=a, now=n)),
}  # fmt: skip
# Where the table allows it and a rule of the service still refuses: a closed case is filed after its call-back.
NOT_YET = {(State.CLOSED, Action.ARCHIVE)}


OWN = {"Redress": 0, "Review": 0}  # rows that the steppers themselves make


@contextmanager
def undone():
    """What happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", State)
def test_the_table_decides(state, cast, outlet, now):
    case, wrong = at(state, cast, outlet, now=now), []
    for action, (who, do) in STEPPERS.items():
        known = None if (state, action) in NOT_YET else TABLE.get((state, action))
        with undone():
            tried, before = Case.objects.get(pk=case.pk), prints(case)
            try:
                do(tried, cast, cast[who], now)
            except Refused:
                right = known is None and prints(case) | OWN == before | OWN
            else:
                tried.refresh_from_db()
                taken = tried.events.filter(action=action).exists()
                right = known is not None and taken and tried.state == (known.to or state)
        wrong += [] if right else [action]
    assert wrong == []


@pytest.mark.parametrize("action", STEPPERS)
def test_others_do_not_take_the_step(action, cast, outlet, now):
    """A colleague of the outlet, the head of another one and the auditor hold no role in the case."""
    _who, do = STEPPERS[action]
    state = next(s for s in [State.REPLIED, State.PLANNED, State.FOUND, State.CLOSED, State.CALLED_BACK] if (s, action) in TABLE)  # fmt: skip
    case = at(state, cast, outlet, now=now)
    for who in ("colleague", "auditor", "admin"):
        before = prints(case)
        with pytest.raises(NotYours):
            do(case, cast, cast[who], now)
        assert prints(case) | OWN == before | OWN


@pytest.mark.parametrize("kind", Kind)
def test_only_inquiries_and_suggestions_are_settled_at_once(kind, cast, outlet, now):
    case = ready(cast, outlet, State.ACCEPTED, now=now, kind=kind)
    if kind in KINDS[Action.SETTLE]:
        resolving.settle(case=case, actor=cast["teller"], now=now, text="已解答利率", means="phone")
        assert (case.state, case.closed_at, case.resolutions.get().text) == ("closed", now, "已解答利率")
    else:
        with pytest.raises(Refused):
            resolving.settle(case=case, actor=cast["service"], now=now, text="x", means="phone")


def test_whoever_is_complained_about_has_no_part(cast, outlet, now):
    case = at(State.REPLIED, cast, outlet, now=now)
    case.respondents.create(employee=cast["head"], named_at=now)
    with pytest.raises(NotYours):
        _apologise(case, cast, cast["head"], now)


def test_the_actions_of_this_half_are_all_tried():
    others = {"register", "accept", "refuse", "forward", "assign", "reassign", "contact", "delegate", "investigate", "find", "pause", "resume",
              "extend", "extend_again", "ask_pause", "ask_extension", "escalate", "retype", "supplement", "recuse", "acknowledge", "recalculate"}  # fmt: skip
    assert set(Action) - set(STEPPERS) - {Action.SETTLE, Action.JOIN} == others
    assert set(STEPS[Action.JOIN][0].who) == {Role.OFFICE}
