"""After closing: call-back by somebody else, reopening with its round, review by the upper level, filing."""

from datetime import timedelta

import pytest

from complaints.cases.codes import Kind, State
from complaints.cases.rules import Action
from complaints.clocks.services import start_clocks
from complaints.handling import calling_back, closing, ending, reopening, reviewing
from complaints.handling.limits import ended_at, kept_until
from complaints.handling.outcome_page import outcome_of
from complaints.models import CallBack, Case, Clock, Investigation, Review
from crm.lib.dates import add_months, local_day
from crm.lib.refusals import NotYours, Refused
from crm.notifications.models import Notice
from tests.cast import make_user
from tests.complaints.outcome_cases import at, prints, ready
from tests.complaints.test_outcome_main import post, says, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(cast, outlet, now):
    """Closed a moment ago by the office."""
    case = ready(cast, outlet, now=now - timedelta(minutes=5))
    start_clocks(case=case, now=now)
    return closing.close(case=case, actor=cast["service"], now=now - timedelta(minutes=1))


def call(case, cast, now, answer="5", who="headoffice", **values):
    return calling_back.call_back(case=case, actor=cast[who], now=now, means="phone", answer=answer, **values)


# Call-back


def test_nobody_who_handled_the_case_calls_back(closed, cast, bank, now, client_of):
    """Investigator, outlet head and the officer who closed it are known by what they did."""
    for who in ("president", "head", "service"):
        with pytest.raises(NotYours):
            call(closed, cast, now, who=who)
        assert client_of(cast[who]).get(url("call_back", closed)).status_code == 403
    other = make_user(username="service2", role="service", branch=bank["0000"])
    assert closed.number in says(client_of(other).get("/complaints/follow-up/"))
    assert post(client_of(other), "call_back", closed, means="phone", answer="4").status_code == 302
    closed.refresh_from_db()
    assert (closed.state, closed.satisfaction, CallBack.objects.get().by) == ("called_back", "4", other)


@pytest.mark.parametrize("answer", ["5", "4", "3", "refused"])
def test_an_answer_ends_the_call_back_and_a_refusal_to_rate_is_one(answer, closed, cast, now):
    call(closed, cast, now, answer)
    assert (closed.state, closed.satisfaction) == ("called_back", answer)


def test_not_reached_three_times_counts_as_not_reached(closed, cast, now):
    for left in (2, 1):
        call(closed, cast, now, "none")
        assert (closed.state, closed.satisfaction, calling_back.tries_left(closed)) == ("closed", "", left)
    call(closed, cast, now, "none")
    assert (closed.state, closed.satisfaction, CallBack.objects.count()) == ("called_back", "none", 3)


@pytest.mark.parametrize("answer", ["2", "1"])
def test_an_unsatisfied_customer_is_not_left_alone(answer, closed, cast, now, client_of):
    before = prints(closed)
    client = client_of(cast["headoffice"])
    for wrong in ({"follow_up": ""}, {"follow_up": "forget"}, {"follow_up": "reopen", "note": " "}):
        answered = post(client, "call_back", closed, **{"means": "phone", "answer": answer, "note": "态度依旧"} | wrong)
        assert answered.status_code in (200, 409) and prints(closed) == before
    with pytest.raises(Refused):
        call(closed, cast, now, answer)
    call(closed, cast, now, answer, follow_up="reopen", note="态度依旧")
    assert (closed.state, closed.round, closed.satisfaction) == ("assigned", 2, answer)
    assert CallBack.objects.get().round == 1 and Notice.objects.filter(kind="case-reopened").exists()


def test_or_it_goes_to_the_next_level(closed, cast, now):
    call(closed, cast, now, "1", follow_up="escalate", note="要求上级处理")
    assert (closed.state, closed.round, closed.escalated_at) == ("called_back", 1, now)
    told = set(Notice.objects.filter(kind="case-unsatisfied").values_list("recipient__username", flat=True))
    assert "service" in told


def test_a_satisfied_customer_reopens_nothing(closed, cast, now):
    call(closed, cast, now, "5", follow_up="reopen")
    assert (closed.state, CallBack.objects.get().follow_up) == ("called_back", "")


# Reopening and its round


def test_a_new_round_begins_without_the_first_ones_results_and_keeps_them(closed, cast, now, client_of):
    call(closed, cast, now)
    first = Clock.objects.filter(case=closed, round=1).order_by("kind")
    ends = list(first.values_list("kind", "end", "stopped_at"))
    assert ("statutory", "met") in [(kind, end) for kind, end, _at in ends] and closed.closed_in_time
    reopening.reopen(case=closed, actor=cast["service"], now=now, reason="客户补充意见")
    assert (closed.state, closed.round) == ("assigned", 2)
    columns = ("contacted_at", "apologised_at", "replied_at", "closed_at", "closed_in_time")
    assert all(getattr(closed, name) is None for name in columns) and closed.finding == ""
    assert (closed.investigator, closed.contact) == (cast["president"], cast["head"])
    rounds = reopening.rounds_of(closed)
    assert [one.number for one in rounds] == [1, 2] and rounds[1].began.reason == "客户补充意见"
    assert rounds[0].report.finding == "yes" and rounds[0].closed and rounds[0].calls and rounds[0].replies
    assert rounds[1].report is None and not rounds[1].replies
    text = says(client_of(cast["service"]).get(url("case", closed)))
    assert rounds[0].report.facts in text and rounds[0].replies[0].decision in text
    assert closed.clocks.get(round=2, kind="statutory").started_at == now and rounds[0].in_time
    assert list(first.all().values_list("kind", "end", "stopped_at")) == ends


def test_round_two_runs_to_its_own_end(closed, cast, now):
    """Contact, report and answer of the second round; both stay apart."""
    from complaints.handling import replying, resolving
    from complaints.handling.contacting import record_contact
    from complaints.handling.investigating import Words, save_report, sign_report
    from tests.complaints.outcome_cases import TEXTS

    reopening.reopen(case=closed, actor=cast["service"], now=now, reason="不满意")
    at_two = now + timedelta(hours=1)
    record_contact(
        case=closed, actor=cast["head"], at=at_two, means="phone", result="reached", note="再次说明", now=at_two
    )
    words = Words(
        facts="复查属实", evidence="录像", root="培训不足", measures="培训", finding="no", cause=closed.cause_id
    )
    report = save_report(case=closed, actor=cast["president"], seen=0, words=words, now=at_two)
    closed.refresh_from_db()
    sign_report(case=closed, actor=cast["president"], seen=report.version, words=words, now=at_two)
    closed.refresh_from_db()
    resolving.decide_solution(case=closed, actor=cast["president"], now=at_two, text="维持")
    replying.send_reply(case=closed, actor=cast["president"], now=at_two, parts=TEXTS, means="phone")
    closing.close(case=closed, actor=cast["service"], now=at_two)
    one, two = reopening.rounds_of(closed)
    assert (one.report.finding, two.report.finding) == ("yes", "no") and one.solution != two.solution
    assert len(one.apologies) == 1 and two.apologies == [] and len(one.replies) == len(two.replies) == 1
    assert Investigation.objects.filter(case=closed).count() == 2 and closed.round == 2


@pytest.mark.parametrize(("days", "may"), [(30, True), (31, False)])
@pytest.mark.parametrize("state", [State.CLOSED, State.CALLED_BACK, State.ARCHIVED, State.WITHDRAWN])
def test_it_is_opened_again_within_thirty_days(state, days, may, cast, outlet, now):
    case = at(state, cast, outlet, now=now)
    when = ended_at(case) + timedelta(days=days)
    if may:
        reopening.reopen(case=case, actor=cast["service"], now=when, reason="x不满")
        assert case.state == "assigned" and case.investigator and case.contact
    else:
        before = prints(case)
        with pytest.raises(Refused, match=f"{reopening.reopen_until(case)}"):
            reopening.reopen(case=case, actor=cast["service"], now=when, reason="x不满")
        assert prints(case) == before


def test_somebody_who_left_is_replaced_by_the_tree(closed, cast, now):
    cast["president"].is_active = False
    cast["president"].save()
    reopening.reopen(case=closed, actor=cast["service"], now=now, reason="x不满")
    assert closed.investigator == cast["headoffice"] and closed.contact == cast["head"]


def test_somebody_named_since_is_avoided_on_the_record(closed, cast, now):
    closed.respondents.create(employee=cast["head"], named_at=now)
    reopening.reopen(case=closed, actor=cast["service"], now=now, reason="x不满")
    assert closed.contact != cast["head"] and closed.recusals.get(role="contact").person == cast["head"]


# Review


def test_the_upper_level_decides_a_review(closed, cast, now, client_of):
    assert post(client_of(cast["teller"]), "ask_review", closed, text="请上级核查").status_code == 302
    closed.refresh_from_db()
    review = Review.objects.get()
    assert (review.branch.code, closed.reviewing_since is not None) == ("0000", True)
    assert Notice.objects.get(kind="review-asked").recipient == cast["headoffice"]
    assert closed.number in says(client_of(cast["headoffice"]).get("/complaints/follow-up/"))
    for who in ("president", "service", "head", "teller"):
        answer = post(client_of(cast[who]), "decide_review", closed, review.pk, decision="upheld", reasons="维持")
        assert answer.status_code == 403, who
    with pytest.raises(Refused):  # one a round
        reviewing.ask_review(case=closed, actor=cast["service"], now=now, text="再次")
    assert post(client_of(cast["headoffice"]), "decide_review", closed, review.pk, decision="overturned", reasons="证据不足").status_code == 302  # fmt: skip
    closed.refresh_from_db()
    review.refresh_from_db()
    assert (review.decision, review.decided_by, closed.reviewing_since) == ("overturned", cast["headoffice"], None)
    assert Notice.objects.filter(kind="review-decided", recipient=cast["president"]).exists()
    with pytest.raises(Refused):
        reviewing.decide_review(case=closed, review=review, actor=cast["headoffice"], now=now, decision="upheld", reasons="x")  # fmt: skip


def test_a_second_president_of_the_same_sub_branch_is_no_upper_level(closed, cast, bank, now):
    review = reviewing.ask_review(case=closed, actor=cast["service"], now=now, text="请核查")
    second = make_user(username="president2", role="president", branch=bank["0100"])
    with pytest.raises(NotYours):
        reviewing.decide_review(case=closed, review=review, actor=second, now=now, decision="upheld", reasons="维持")
    upper = make_user(username="president3", role="president", branch=bank["0000"])
    reviewing.decide_review(case=closed, review=review, actor=upper, now=now, decision="upheld", reasons="维持")


def test_head_office_does_not_review_what_it_investigated(closed, cast, now):
    Case.objects.filter(pk=closed.pk).update(investigator=cast["headoffice"])
    closed.refresh_from_db()
    review = reviewing.ask_review(case=closed, actor=cast["service"], now=now, text="请核查")
    with pytest.raises(NotYours):
        reviewing.decide_review(case=closed, review=review, actor=cast["headoffice"], now=now, decision="upheld", reasons="x维持")  # fmt: skip


@pytest.mark.parametrize(("days", "may"), [(30, True), (31, False)])
def test_a_review_is_asked_for_within_thirty_days_of_the_answer(days, may, closed, cast, now):
    when = closed.replied_at + timedelta(days=days)
    if may:
        assert reviewing.ask_review(case=closed, actor=cast["service"], now=when, text="请核查").asked_at == when
    else:
        with pytest.raises(Refused):
            reviewing.ask_review(case=closed, actor=cast["service"], now=when, text="请核查")


@pytest.mark.parametrize(("days", "late"), [(30, False), (31, True)])
def test_a_late_decision_is_marked(days, late, closed, cast, now):
    review = reviewing.ask_review(case=closed, actor=cast["service"], now=now, text="请核查")
    when = now + timedelta(days=days)
    reviewing.decide_review(case=closed, review=review, actor=cast["headoffice"], now=when, decision="changed", reasons="部分调整")  # fmt: skip
    assert closed.events.get(action="decide_review").facts == {"decision": "changed", "late": late}


def test_an_overturned_result_is_opened_again_within_thirty_days_of_the_decision(closed, cast, now):
    review = reviewing.ask_review(case=closed, actor=cast["service"], now=now + timedelta(days=29), text="请核查")
    decided = now + timedelta(days=50)
    reviewing.decide_review(case=closed, review=review, actor=cast["headoffice"], now=decided, decision="overturned", reasons="撤销原结论")  # fmt: skip
    assert reopening.reopen_until(closed) == local_day(decided) + timedelta(days=30)
    reopening.reopen(case=closed, actor=cast["service"], now=decided + timedelta(days=30), reason="核查撤销")
    assert (closed.round, closed.state) == (2, "assigned")


@pytest.mark.parametrize("wrong", [{"decision": ""}, {"decision": "x"}, {"reasons": " "}])
def test_a_review_needs_decision_and_reasons(wrong, closed, cast, now, client_of):
    review = reviewing.ask_review(case=closed, actor=cast["service"], now=now, text="请核查")
    values = {"decision": "upheld", "reasons": "事实清楚"} | wrong
    answer = post(client_of(cast["headoffice"]), "decide_review", closed, review.pk, **values)
    review.refresh_from_db()
    assert answer.status_code in (200, 409) and review.decided_at is None


# Filing


def test_a_closed_case_is_filed_after_its_call_back(closed, cast, now, client_of):
    client = client_of(cast["service"])
    assert post(client, "file_case", closed).status_code == 409
    call(closed, cast, now)
    until = add_months(local_day(closed.closed_at), 60)
    assert f"{until}" in says(client.get(url("file_case", closed)))
    assert post(client, "file_case", closed).status_code == 302
    closed.refresh_from_db()
    assert (closed.state, kept_until(closed)) == ("archived", until)
    assert f"{until}" in says(client.get(url("case", closed)))


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.MERGED, State.REFUSED, State.TRANSFERRED])
def test_what_ended_otherwise_is_filed_at_once(state, cast, outlet, now):
    case = at(state, cast, outlet, now=now)
    until = kept_until(case)
    assert until == add_months(local_day(now), 60)
    ending.file_case(case=case, actor=cast["service"], now=now + timedelta(days=3))
    assert case.state == "archived" and kept_until(case) == until


def test_a_settled_inquiry_is_filed_without_a_call_back(cast, outlet, now):
    from complaints.handling import resolving

    case = ready(cast, outlet, State.REGISTERED, now=now, kind=Kind.INQUIRY)
    resolving.settle(case=case, actor=cast["service"], now=now, text="已解答", means="phone")
    assert ending.file_case(case=case, actor=cast["service"], now=now).state == "archived"


def test_nothing_is_filed_under_review_or_in_dispute(closed, cast, now):
    call(closed, cast, now)
    review = reviewing.ask_review(case=closed, actor=cast["service"], now=now, text="请核查")
    with pytest.raises(Refused):
        ending.file_case(case=closed, actor=cast["service"], now=now)
    reviewing.decide_review(case=closed, review=review, actor=cast["headoffice"], now=now, decision="upheld", reasons="维持")  # fmt: skip
    ending.set_dispute(case=closed, actor=cast["service"], now=now, way="lawsuit")
    with pytest.raises(Refused):
        ending.file_case(case=closed, actor=cast["service"], now=now)
    ending.set_dispute(case=closed, actor=cast["service"], now=now, way="")
    assert ending.file_case(case=closed, actor=cast["service"], now=now).state == "archived"


def test_the_page_offers_what_may_be_done_and_nothing_else(closed, cast, now):
    from complaints.cases.access import roles_of

    def labels(who):
        user = cast[who]
        found = outcome_of(closed, user, roles_of(closed, user), now)["outcome"]
        return {link.url.rstrip("/").rpartition("/")[2] for link in found["asides"]}

    assert labels("service") == {"dispute", "review", "reopen"}
    assert labels("teller") == {"review"} and labels("auditor") == set()
    assert Action.CALL_BACK in outcome_of(closed, cast["headoffice"], roles_of(closed, cast["headoffice"]), now)["outcome"]["may"]  # fmt: skip
