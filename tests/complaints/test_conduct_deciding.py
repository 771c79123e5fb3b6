"""From a finding or an inspection to a decision and an appeal: who may, in which state, until when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from complaints.cases.codes import Finding, State
from complaints.conduct.services import appeal_points, decide_appeal, decide_points
from complaints.conduct.sources import may_propose_from
from complaints.models import Investigation, PointEntry, PointProposal, PointRule, Respondent
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.cast import make_user
from tests.complaints.conduct_world import appealed, decided, propose, rule
from tests.complaints.world import case_at


@pytest.fixture(autouse=True)
def in_english():
    """What is refused is read in its source words."""
    with translation.override("en"):
        yield


DAY = datetime(2026, 11, 24, 2, tzinfo=UTC)


def notices(person) -> list[str]:
    return list(Notice.objects.filter(recipient=person).order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def case_with(outlet, teller, service, president, head):
    def make(state=State.FOUND, finding=Finding.RESPONSIBLE, **fields):
        return case_at(
            state, respondent=outlet, actor=teller, officer=service, investigator=president, contact=head, finding=finding, now=DAY, **fields
        )  # fmt: skip

    return make


@pytest.mark.parametrize("finding", [Finding.RESPONSIBLE, Finding.PARTLY])
def test_points_follow_a_signed_finding_of_fault(case_with, colleague, head, president, finding):
    case = case_with(finding=finding)
    proposal = propose(employee=colleague, by=head, now=DAY, code="complaint-at-fault", case=case)
    assert (proposal.points, proposal.inspection, proposal.state) == (2, "", "proposed")
    assert proposal.number.startswith("VJ20261124-") and proposal.branch == colleague.branch
    assert not PointEntry.objects.exists()
    assert notices(president)[-1] == "points-proposed" and "points-decided" not in notices(colleague)


@pytest.mark.parametrize("state", [State.REGISTERED, State.ASSIGNED, State.INVESTIGATING])
def test_a_filed_complaint_gives_no_points(case_with, colleague, head, service, state):
    case = case_with(state)
    assert not may_propose_from(case, service)
    with pytest.raises(Refused, match="only after"):
        propose(employee=colleague, by=service, now=DAY, case=case)


def test_a_finding_of_no_fault_gives_no_points_but_the_forbearance_award(case_with, colleague, head):
    case = case_with(finding=Finding.NOT)
    with pytest.raises(Refused, match="only after"):
        propose(employee=colleague, by=head, now=DAY, case=case)
    assert propose(employee=colleague, by=head, now=DAY, case=case, code="forbearance-100").points == 0


def test_an_unsigned_report_gives_nothing(case_with, colleague, head):
    case = case_with()
    Investigation.objects.filter(case=case).update(signed_at=None)
    for code in ("quarrel", "forbearance-100"):
        with pytest.raises(Refused):
            propose(employee=colleague, by=head, now=DAY, case=case, code=code)


def test_a_finding_of_an_earlier_round_is_enough(case_with, colleague, head):
    case = case_with()
    type(case).objects.filter(pk=case.pk).update(round=2, finding="", state="assigned")
    assert propose(employee=colleague, by=head, now=DAY, case=case).pk


def test_a_finding_taken_back_before_the_decision_stops_it(case_with, colleague, head, president):
    case = case_with()
    proposal = propose(employee=colleague, by=head, now=DAY, case=case)
    Investigation.objects.filter(case=case).update(signed_at=None)
    with pytest.raises(Refused, match="only after"):
        decide_points(proposal=proposal, accept=True, comment="", actor=president, now=DAY)
    assert (
        decide_points(proposal=proposal, accept=False, comment="认定已撤", actor=president, now=DAY).state == "rejected"
    )


def test_whoever_is_outside_the_case_gets_no_points_from_it(case_with, bank, service, stranger, now):
    case = case_with()
    with pytest.raises(Refused, match="neither complained about"):
        propose(employee=stranger, by=service, now=DAY, case=case)
    Respondent.objects.create(case=case, employee=stranger, why="interest", named_at=DAY)
    with pytest.raises(Refused, match="neither complained about"):
        propose(employee=stranger, by=service, now=DAY, case=case)
    Respondent.objects.update(why="accused")
    assert propose(employee=stranger, by=service, now=DAY, case=case).employee == stranger


def test_the_accused_takes_no_part(case_with, teller, head, president, service, headoffice):
    case = case_with()
    for person in (head, president):
        Respondent.objects.create(case=case, employee=person, named_at=DAY)
    with pytest.raises(NotYours, match="complained about"):
        propose(employee=teller, by=head, now=DAY, case=case)
    proposal = propose(employee=teller, by=service, now=DAY, case=case)
    assert notices(headoffice)[-1] == "points-proposed"
    with pytest.raises(NotYours, match="complained about"):
        decide_points(proposal=proposal, accept=True, comment="", actor=president, now=DAY)


PROPOSERS = {"head", "president", "service", "headoffice"}


@pytest.mark.parametrize("name", ["manager", "colleague", "lobby", "head", "stranger", "stranger_head", "president", "service", "headoffice", "auditor", "admin"])  # fmt: skip
def test_who_proposes(cast, teller, name):
    if name in PROPOSERS:
        assert propose(employee=teller, by=cast[name], now=DAY).proposed_by == cast[name]
    else:
        with pytest.raises(NotYours):
            propose(employee=teller, by=cast[name], now=DAY)
        assert not PointProposal.objects.exists()


def test_nobody_proposes_for_themselves(head):
    with pytest.raises(NotYours, match="themselves"):
        propose(employee=head, by=head, now=DAY)


DECIDERS = {"president", "service", "headoffice"}


@pytest.mark.parametrize("name", ["teller", "manager", "head", "stranger_head", "president", "service", "headoffice", "auditor", "admin"])  # fmt: skip
@pytest.mark.parametrize("accept", [True, False])
def test_who_decides(cast, teller, head, name, accept):
    proposal = propose(employee=teller, by=head, now=DAY)
    if name in DECIDERS:
        done = decide_points(proposal=proposal, accept=accept, comment="依据充分", actor=cast[name], now=DAY)
        assert done.state == ("decided" if accept else "rejected") and PointEntry.objects.exists() is accept
    else:
        with pytest.raises(NotYours):
            decide_points(proposal=proposal, accept=accept, comment="依据充分", actor=cast[name], now=DAY)
        assert not PointEntry.objects.exists()


def test_neither_proposer_nor_employee_decides(president, head, service, headoffice, bank):
    own = propose(employee=head, by=president, now=DAY)
    about = propose(employee=president, by=service, now=DAY)
    for proposal in (own, about):
        with pytest.raises(NotYours):
            decide_points(proposal=proposal, accept=True, comment="", actor=president, now=DAY)


def test_another_sub_branchs_president_does_not_decide(bank, teller, head):
    other = make_user(username="other", role="president", branch=bank["0200"])
    with pytest.raises(NotYours):
        decide_points(
            proposal=propose(employee=teller, by=head, now=DAY), accept=True, comment="", actor=other, now=DAY
        )


def test_a_right_lost_meanwhile_is_gone(teller, head, president):
    proposal = propose(employee=teller, by=head, now=DAY)
    _ = president.permissions  # read while the page was open
    president.role_grants.all().delete()
    with pytest.raises(NotYours):
        decide_points(proposal=proposal, accept=True, comment="", actor=president, now=DAY)


def test_a_disabled_account_decides_nothing(teller, head, president):
    proposal = propose(employee=teller, by=head, now=DAY)
    type(president).objects.filter(pk=president.pk).update(is_active=False)
    with pytest.raises(NotYours):
        decide_points(proposal=proposal, accept=True, comment="", actor=president, now=DAY)


def test_a_rejection_needs_its_reason(teller, head, president):
    proposal = propose(employee=teller, by=head, now=DAY)
    with pytest.raises(Refused, match="reason"):
        decide_points(proposal=proposal, accept=False, comment="  ", actor=president, now=DAY)
    decide_points(proposal=proposal, accept=False, comment="证据不足", actor=president, now=DAY)
    assert notices(head) == ["points-rejected"] and notices(teller) == []


def test_the_employee_is_told_and_until_when_to_appeal(teller, head, president):
    done = decided(employee=teller, by=head, decider=president, now=DAY)
    assert done.appeal_until == date(2026, 12, 1)  # five working days
    notice = Notice.objects.get(recipient=teller)
    assert (notice.kind, notice.params["day"], notice.params["points"]) == ("points-decided", "2026-12-01", "3")
    assert notice.link == f"/points/proposals/{done.number}/"


def test_the_days_of_an_appeal_leave_out_the_spring_festival(teller, head, president):
    """Decided on 2026-02-12: 13th, Saturday the 14th is worked, then the holiday until the 23rd."""
    before = datetime(2026, 2, 12, 2, tzinfo=UTC)
    done = decided(employee=teller, by=head, decider=president, now=before)
    assert done.appeal_until == date(2026, 2, 26)


def test_an_award_is_told_and_not_appealed(teller, head, president):
    done = decided(employee=teller, by=head, decider=president, now=DAY, code="forbearance-100")
    assert done.appeal_until is None and notices(teller) == ["points-awarded"]
    with pytest.raises(Refused, match="no appeal"):
        appeal_points(proposal=done, text="不服", actor=teller, now=DAY)


def test_a_second_decision_comes_too_late(teller, head, president, service):
    proposal = propose(employee=teller, by=head, now=DAY)
    decide_points(proposal=proposal, accept=True, comment="", actor=president, now=DAY)
    for accept in (True, False):
        with pytest.raises(TooLate, match="陈立群"):
            decide_points(proposal=proposal, accept=accept, comment="不同意", actor=service, now=DAY)
    assert PointEntry.objects.count() == 1


def test_a_stale_page_decides_nothing(teller, head, president):
    proposal = propose(employee=teller, by=head, now=DAY)
    proposal.version = 7
    with pytest.raises(TooLate):
        decide_points(proposal=proposal, accept=True, comment="", actor=president, now=DAY)
    assert not PointEntry.objects.exists()


@pytest.mark.parametrize(
    ("moment", "in_time"),
    [
        ("2026-11-24T02:00:00", True),
        ("2026-12-01T15:59:59", True),  # 23:59:59 in Shanghai
        ("2026-12-01T16:00:00", False),  # midnight
        ("2026-12-05T00:00:00", False),
    ],
)
def test_an_appeal_is_in_time_until_the_end_of_its_last_day(teller, head, president, moment, in_time):
    done = decided(employee=teller, by=head, decider=president, now=DAY)
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    if in_time:
        assert appeal_points(proposal=done, text="当时并非争吵", actor=teller, now=at).state == "appealed"
    else:
        with pytest.raises(Refused, match="until 2026-12-01"):
            appeal_points(proposal=done, text="当时并非争吵", actor=teller, now=at)


def test_only_the_employee_appeals_once_with_words(cast, teller, head, president):
    done = decided(employee=teller, by=head, decider=president, now=DAY)
    for name in ("manager", "head", "president", "headoffice", "stranger"):
        with pytest.raises(NotYours):
            appeal_points(proposal=done, text="不服", actor=cast[name], now=DAY)
    with pytest.raises(Refused, match="Say why"):
        appeal_points(proposal=done, text=" \u200b ", actor=teller, now=DAY)
    appeal_points(proposal=done, text="不服", actor=teller, now=DAY)
    with pytest.raises(TooLate):
        appeal_points(proposal=done, text="又不服", actor=teller, now=DAY)


def test_nobody_appeals_before_a_decision(teller, head):
    with pytest.raises(TooLate):
        appeal_points(proposal=propose(employee=teller, by=head, now=DAY), text="不服", actor=teller, now=DAY)


def test_an_appeal_is_head_offices_first(teller, head, president, headoffice):
    proposal = appealed(employee=teller, by=head, decider=president, now=DAY)
    assert proposal.appeal_due_on == date(2026, 12, 8)
    assert notices(headoffice)[-1] == "points-appealed"


def test_where_head_office_decided_the_service_office_hears_the_appeal(teller, head, service, headoffice):
    appealed(employee=teller, by=head, decider=headoffice, now=DAY)
    assert "points-appealed" in notices(service) and "points-appealed" not in notices(headoffice)


@pytest.mark.parametrize("name", ["teller", "manager", "head", "president", "service", "headoffice", "auditor", "stranger_head", "admin"])  # fmt: skip
@pytest.mark.parametrize("grant", [True, False])
def test_who_decides_the_appeal(cast, teller, head, president, name, grant):
    proposal = appealed(employee=teller, by=head, decider=president, now=DAY)
    if name in ("service", "headoffice"):
        done = decide_appeal(proposal=proposal, grant=grant, answer="已复核", actor=cast[name], now=DAY)
        assert done.state == ("void" if grant else "upheld")
        assert PointEntry.objects.filter(reverses__isnull=False).exists() is grant
        assert notices(teller)[-1] == ("points-void" if grant else "points-upheld")
    else:
        with pytest.raises(NotYours):
            decide_appeal(proposal=proposal, grant=grant, answer="已复核", actor=cast[name], now=DAY)
        assert PointEntry.objects.count() == 1


def test_a_president_who_did_neither_may_answer(teller, head, president, headoffice):
    proposal = appealed(employee=teller, by=head, decider=headoffice, now=DAY)
    assert decide_appeal(proposal=proposal, grant=True, answer="证据不足", actor=president, now=DAY).state == "void"


def test_an_answer_has_its_words_and_comes_once(teller, head, president, headoffice, service):
    proposal = appealed(employee=teller, by=head, decider=president, now=DAY)
    with pytest.raises(Refused, match="answer"):
        decide_appeal(proposal=proposal, grant=True, answer="", actor=headoffice, now=DAY)
    decide_appeal(proposal=proposal, grant=True, answer="证据不足", actor=headoffice, now=DAY)
    with pytest.raises(TooLate, match="沈国栋"):
        decide_appeal(proposal=proposal, grant=False, answer="维持", actor=service, now=DAY)
    assert PointEntry.objects.count() == 2
    assert notices(head)[-1] == "points-void" and notices(president)[-1] == "points-void"


def test_a_late_answer_is_still_an_answer(teller, head, president, headoffice):
    proposal = appealed(employee=teller, by=head, decider=president, now=DAY)
    later = DAY + timedelta(days=60)
    assert decide_appeal(proposal=proposal, grant=False, answer="维持", actor=headoffice, now=later).state == "upheld"


def test_the_same_matter_is_proposed_once(case_with, colleague, head, service, president):
    case = case_with()
    first = propose(employee=colleague, by=head, now=DAY, case=case)
    with pytest.raises(Refused, match=first.number):
        propose(employee=colleague, by=service, now=DAY, case=case)
    propose(employee=colleague, by=service, now=DAY, case=case, code="first-receiver")
    decide_points(proposal=first, accept=False, comment="证据不足", actor=president, now=DAY)
    assert propose(employee=colleague, by=service, now=DAY, case=case).pk


def test_the_same_inspection_is_entered_once(teller, head, service):
    first = propose(employee=teller, by=head, now=DAY, inspection="十一月飞行检查")
    with pytest.raises(Refused, match=first.number):
        propose(employee=teller, by=service, now=DAY, inspection="十一月飞行检查")
    assert propose(employee=teller, by=service, now=DAY, inspection="十二月飞行检查").pk


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"why": ""}, "why"),
        ({"why": "x" * 501}, "why"),
        ({"inspection": " "}, "inspection"),
        ({"inspection": "x" * 201}, "inspection"),
        ({"on": date(2026, 11, 25)}, "happened_on"),
        ({"on": date(2019, 12, 31)}, "rule"),
    ],
)
def test_bad_input_is_named(teller, head, fields, place):
    with pytest.raises(Refused) as refusal:
        propose(employee=teller, by=head, now=DAY, **fields)
    assert list(refusal.value.fields) == [place] and not PointProposal.objects.exists()


def test_the_version_of_the_day_counts(teller, head):
    old = rule("quarrel")
    PointRule.objects.filter(pk=old.pk).update(valid_until=date(2026, 10, 31))
    PointRule.objects.create(
        code="quarrel", version=2, kind="violation", item="与客户争吵", points=4, basis="修订稿", valid_from=date(2026, 11, 1), set_at=DAY
    )  # fmt: skip
    assert propose(employee=teller, by=head, now=DAY, on=date(2026, 10, 31)).points == 3
    assert propose(employee=teller, by=head, now=DAY, on=date(2026, 11, 1)).points == 4
