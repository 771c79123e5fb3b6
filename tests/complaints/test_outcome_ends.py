"""Withdrawal, merging, new facts, transfers, disputes; and two people at once."""

from datetime import timedelta

import pytest

from complaints.cases.codes import State
from complaints.clocks.services import start_clocks
from complaints.handling import closing, ending, redressing, renewing, replying, transferring
from complaints.models import Case, Clock, Redress, Reply, Supplement, Transfer, Withdrawal
from crm.lib.dates import local_day
from crm.lib.refusals import Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_personal
from tests.complaints.outcome_cases import TEXTS, prints, ready
from tests.complaints.test_outcome_main import post, says, url
from tests.complaints.world import make_case
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast, outlet, now):
    return ready(cast, outlet, State.CONTACTED, now=now)


# Withdrawal


def test_a_withdrawal_ends_it_the_day_it_is_received(case, cast, now, client_of):
    start_clocks(case=case, now=now)
    client = client_of(cast["teller"])
    assert (
        post(client, "withdraw", case, said_on=f"{local_day(now)}", means="phone", note="误会已消除").status_code == 302
    )
    case.refresh_from_db()
    assert (case.state, case.closed_at, case.nearest_at) == ("withdrawn", None, None)
    row = Withdrawal.objects.get()
    assert (row.said_on, row.means, row.note, row.by) == (local_day(now), "phone", "误会已消除", cast["teller"])
    assert set(Clock.objects.filter(case=case, kind="statutory").values_list("end", flat=True)) == {"void"}
    assert "误会已消除" in says(client_of(cast["service"]).get(url("case", case)))
    assert case.events.last().facts == {"means": "phone", "said_on": f"{local_day(now)}"}


@pytest.mark.parametrize("wrong", [{"said_on": "2999-01-01"}, {"said_on": "2001-01-01"}, {"said_on": ""}, {"means": ""}, {"note": " "}])  # fmt: skip
def test_how_and_when_it_was_said_is_asked_for(wrong, case, cast, now, client_of):
    values = {"said_on": f"{local_day(now)}", "means": "phone", "note": "撤回原话"} | wrong
    before = prints(case)
    assert post(client_of(cast["service"]), "withdraw", case, **values).status_code in (200, 409)
    assert prints(case) == before and not Withdrawal.objects.exists()


# Merging


def test_a_repeat_ends_and_points_to_the_open_one(case, cast, outlet, now, client_of):
    repeat = make_case(respondent=outlet, actor=cast["teller"], now=now)
    client = client_of(cast["service"])
    assert case.number in says(client.get(url("merge", repeat)))
    assert post(client, "merge", repeat, target=case.number).status_code == 409  # says nothing of new facts
    assert post(client, "merge", repeat, target=case.number, no_new_facts="on").status_code == 302
    repeat.refresh_from_db()
    assert (repeat.state, repeat.merged_into, repeat.is_repeat, repeat.repeat_of) == ("merged", case, True, case)
    assert repeat.facts and repeat.parties.exists()
    case.refresh_from_db()
    assert case.is_open and case.events.last().action == "join"
    assert case.number in says(client.get(url("case", repeat))) and repeat.number in says(client.get(url("case", case)))


def test_only_an_open_case_of_the_same_people_is_a_target(case, cast, outlet, now, client_of):
    other = make_case(respondent=outlet, actor=cast["teller"], now=now, phone="13900009999")
    ended = make_case(respondent=outlet, actor=cast["teller"], now=now, state="withdrawn")
    client, before = client_of(cast["service"]), prints(case)
    for wrong in (other, ended, case):
        assert post(client, "merge", case, target=wrong.number, no_new_facts="on").status_code == 200
        with pytest.raises(Refused):
            ending.merge(case=case, target=wrong, actor=cast["service"], now=now, no_new_facts=True)
    assert prints(case) == before
    assert ending.targets(case).count() == 0


def test_cases_of_one_customer_merge_whatever_the_telephone(cast, outlet, now):
    customer = make_personal(branch=outlet)
    one = make_case(respondent=outlet, actor=cast["teller"], now=now, customer=customer, phone="13700000001")
    two = make_case(respondent=outlet, actor=cast["teller"], now=now, customer=customer, phone="13700000002")
    ending.merge(case=two, target=one, actor=cast["service"], now=now, no_new_facts=True)
    assert two.merged_into == one


def test_a_target_that_moved_meanwhile_is_looked_at_again(case, cast, outlet, now):
    repeat = make_case(respondent=outlet, actor=cast["teller"], now=now)
    seen = Case.objects.get(pk=case.pk)
    ending.withdraw(case=case, actor=cast["service"], now=now, means="phone", said_on=local_day(now), note="撤回")
    with pytest.raises(Refused):
        ending.merge(case=repeat, target=seen, actor=cast["service"], now=now, no_new_facts=True)
    repeat.refresh_from_db()
    assert repeat.state == "registered"


# New facts


def test_new_facts_start_the_period_again(cast, outlet, now, client_of):
    began = now - timedelta(days=10)
    case = ready(cast, outlet, State.INVESTIGATING, now=began)
    start_clocks(case=case, now=began)
    due = case.clocks.get(kind="statutory").due_at
    client = client_of(cast["teller"])
    assert post(client, "new_facts", case, text=" ").status_code in (200, 409)
    assert post(client, "new_facts", case, text="客户提供了新的录音").status_code == 302
    clock = case.clocks.get(kind="statutory")
    assert clock.due_at > due + timedelta(days=9) and clock.shifts.get().why == "facts"
    assert Supplement.objects.get().text == "客户提供了新的录音" and case.events.last().reason == ""
    assert Notice.objects.get(kind="case-new-facts").recipient == cast["president"]


# Other bodies


def test_another_body_takes_it(case, cast, now, client_of):
    client = client_of(cast["service"])
    values = {"body": "临江市人民法院", "number": "民初12号", "due_on": "", "note": "已书面告知客户"}
    for wrong in ({"body": " "}, {"note": ""}, {"due_on": "2001-01-01"}, {"number": "9" * 41}):
        assert post(client, "pass_on", case, **values | wrong).status_code in (200, 409)
    assert not Transfer.objects.exists()
    assert post(client, "pass_on", case, **values).status_code == 302
    case.refresh_from_db()
    row = Transfer.objects.get()
    assert (case.state, row.direction, row.body, row.number) == ("transferred", "out", "临江市人民法院", "民初12号")
    assert post(client, "note_answer", case, row.pk).status_code == 302
    case.refresh_from_db()
    assert post(client, "note_answer", case, row.pk).status_code == 409


def test_a_regulators_day_becomes_a_limit(case, cast, now, client_of):
    start_clocks(case=case, now=now)
    client, due = client_of(cast["service"]), local_day(now) + timedelta(days=7)
    values = {"body": "NFRA", "number": "12378-77", "due_on": f"{due}", "note": ""}
    assert post(client, "take_in", case, **values).status_code == 302
    case.refresh_from_db()
    assert (case.regulator_number, case.regulator_due_on) == ("12378-77", due)
    assert case.clocks.filter(kind="regulator", stopped_at=None).exists()
    assert post(client, "take_in", case, **values).status_code == 409  # twice
    case.refresh_from_db()
    assert post(client, "note_answer", case, Transfer.objects.get().pk).status_code == 302
    assert not case.clocks.filter(kind="regulator", stopped_at=None).exists()
    assert Transfer.objects.get().answered_at


@pytest.mark.parametrize("way", ["mediation", "arbitration", "lawsuit"])
def test_a_dispute_is_marked_and_taken_off(way, case, cast, now, client_of):
    client = client_of(cast["service"])
    assert post(client, "dispute", case, way="duel").status_code == 200
    assert post(client, "dispute", case, way=way).status_code == 302
    case.refresh_from_db()
    assert case.dispute == way
    assert post(client, "dispute", case, way=way).status_code == 409
    assert post(client, "dispute", case, way="").status_code == 302


PAGES = ["withdraw", "merge", "pass_on", "take_in", "dispute", "new_facts", "reopen", "ask_review", "call_back", "file_case", "settle"]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_strangers_find_nothing(page, case, cast, client_of):
    before = prints(case)
    for who, status in (("stranger", 404), ("stranger_head", 404), ("colleague", 404), ("admin", 403)):
        client = client_of(cast[who])
        assert client.get(url(page, case)).status_code == status
        assert post(client, page, case).status_code == status
    assert prints(case) == before


# At once

RACES = pytest.mark.django_db(transaction=True)
ERRORS = (Refused,)


def fresh(case):
    return Case.objects.for_page().get(pk=case.pk)


@RACES
def test_two_close_at_once(cast, outlet, now):
    case = ready(cast, outlet, now=now)
    results = at_once(
        lambda: closing.close(case=fresh(case), actor=cast["service"], now=now),
        lambda: closing.close(case=fresh(case), actor=cast["president"], now=now),
        errors=ERRORS,
    )
    assert one_won(results) and case.events.filter(action="close").count() == 1


@RACES
def test_one_closes_while_the_customer_withdraws(cast, outlet, now):
    case = ready(cast, outlet, now=now)
    results = at_once(
        lambda: closing.close(case=fresh(case), actor=cast["service"], now=now),
        lambda: ending.withdraw(
            case=fresh(case), actor=cast["head"], now=now, means="phone", said_on=local_day(now), note="撤回"
        ),
        errors=ERRORS,
    )
    assert one_won(results)
    case.refresh_from_db()
    assert Withdrawal.objects.exists() == (case.state == "withdrawn") and case.state in ("closed", "withdrawn")


@RACES
def test_two_approvers_decide_one_redress(cast, outlet, now):
    case = ready(cast, outlet, State.PLANNED, now=now)
    row = redressing.propose_redress(
        case=case, actor=cast["head"], now=now, kind="refund", amount_cents=100, reason="多收费"
    )

    def decide(who, granted):
        return lambda: redressing.decide_redress(case=fresh(case), redress=Redress.objects.get(pk=row.pk), actor=cast[who], now=now, granted=granted, comment="意见")  # fmt: skip

    results = at_once(decide("president", True), decide("service", False), errors=ERRORS)
    assert one_won(results)
    row.refresh_from_db()
    winner = next(result for result in results if isinstance(result, Redress))
    assert (row.granted, row.decided_by) == (winner.granted, winner.decided_by)


@RACES
def test_a_repeat_is_merged_while_its_target_closes(cast, outlet, now):
    """Either the target was open when it was merged, or the repeat stays open: never merged into what had ended."""
    case = ready(cast, outlet, now=now)
    repeat = make_case(respondent=outlet, actor=cast["teller"], now=now)
    seen = fresh(case)
    results = at_once(
        lambda: closing.close(case=fresh(case), actor=cast["service"], now=now),
        lambda: ending.merge(case=fresh(repeat), target=seen, actor=cast["service"], now=now, no_new_facts=True),
        errors=ERRORS,
    )
    repeat.refresh_from_db()
    case.refresh_from_db()
    won = not isinstance(results[1], Refused)
    assert (repeat.state == "merged") == won == case.events.filter(action="join").exists()
    if won and case.state == "closed":
        order = list(case.events.filter(action__in=["join", "close"]).order_by("pk").values_list("action", flat=True))
        assert order == ["join", "close"]


@RACES
def test_two_cases_merge_into_each_other(cast, outlet, now):
    one, two = (make_case(respondent=outlet, actor=cast["teller"], now=now) for _n in range(2))
    a, b = fresh(one), fresh(two)
    results = at_once(
        lambda: ending.merge(case=a, target=fresh(two), actor=cast["service"], now=now, no_new_facts=True),
        lambda: ending.merge(case=b, target=fresh(one), actor=cast["service"], now=now, no_new_facts=True),
        errors=ERRORS,
    )
    assert one_won(results)
    assert sorted(Case.objects.values_list("state", flat=True)) == ["merged", "registered"]


@RACES
def test_an_answer_races_a_rework(cast, outlet, now):
    from complaints.handling.returning import return_for_rework

    case = ready(cast, outlet, State.PLANNED, now=now)
    results = at_once(
        lambda: replying.send_reply(case=fresh(case), actor=cast["president"], now=now, parts=TEXTS, means="letter"),
        lambda: return_for_rework(case=fresh(case), actor=cast["service"], now=now, reason="证据不足"),
        errors=ERRORS,
    )
    case.refresh_from_db()
    if one_won(results):
        assert Reply.objects.exists() == (case.state == "replied")
    else:  # the rework came after the answer, and saw it
        assert case.state == "investigating" and case.replied_at is None


@RACES
def test_two_tabs_send_new_facts_from_the_same_page(cast, outlet, now):
    case = ready(cast, outlet, State.CONTACTED, now=now)
    seen = [fresh(case), fresh(case)]
    results = at_once(
        *(lambda c=c: renewing.add_new_facts(case=c, actor=cast["service"], now=now, text="新证据") for c in seen),
        errors=ERRORS,
    )
    assert one_won(results) and Supplement.objects.count() == 1
    assert any(isinstance(result, TooLate) for result in results)


@RACES
def test_a_body_is_recorded_once_from_the_same_page(cast, outlet, now):
    case = ready(cast, outlet, State.CONTACTED, now=now)
    seen = [fresh(case), fresh(case)]
    results = at_once(
        *(
            lambda c=c: transferring.take_in(case=c, actor=cast["service"], now=now, body="NFRA", number="1")
            for c in seen
        ),
        errors=ERRORS,
    )
    assert one_won(results) and Transfer.objects.count() == 1


def one_won(results) -> bool:
    return sum(isinstance(result, Refused) for result in results) == len(results) - 1
