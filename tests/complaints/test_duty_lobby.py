"""The lobby's day: what happened, in two clicks; the log, frozen when finished; the handover with both signatures."""

from datetime import date, timedelta

import pytest

from archives.customers.links import links
from complaints.duty.handovers import give, take
from complaints.duty.lobby import finish_log, missing_of, record_event, save_log, settle_event
from complaints.models import Handover, LobbyEvent, LobbyLog
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_personal
from tests.complaints.duty_world import at, make_duty
from tests.races import at_once

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 12)
NOW = at(DAY, "10:00")
ROUND = {"environment": "ok", "equipment": "fault"}
FULL = {
    "customers": 120, "diverted": 40, "special": 3, "peak": "10:00-11:00", "leads": "两户有意开户", "summary": "秩序良好",
    "opinion_book": True, "checks": {"before": ROUND, "during": ROUND, "after": ROUND},
}  # fmt: skip


def record(branch, actor, **fields):
    return record_event(branch=branch, actor=actor, now=NOW, **{"kind": "settled"} | fields)


def save(branch, actor, version=0, *, day=DAY, now=NOW, **fields):
    return save_log(branch=branch, day=day, actor=actor, now=now, version=version, values=FULL | fields)


# What happened


@pytest.mark.parametrize(
    ("kind", "settled"), [("settled", True), ("help", True), ("incident", False), ("opinion", False)]
)
def test_it_is_recorded_by_its_button_alone(outlet, teller, kind, settled):
    event = record(outlet, teller, kind=kind)
    assert (event.kind, event.is_settled, event.by, event.at, event.text) == (kind, settled, teller, NOW, "")


def test_settled_on_the_spot_is_counted_apart(outlet, teller):
    for kind in ("settled", "settled", "help", "opinion"):
        record(outlet, teller, kind=kind)
    today = LobbyEvent.objects.filter(branch=outlet).on(DAY, DAY)
    assert (today.settled_on_the_spot().count(), today.count(), today.unsettled().count()) == (2, 4, 1)
    assert not LobbyEvent.objects.on(DAY + timedelta(days=1), DAY + timedelta(days=1)).exists()


def test_a_double_click_is_one_event(outlet, teller):
    one, two = (record(outlet, teller, token="t" * 24) for _n in range(2))
    assert one == two and LobbyEvent.objects.count() == 1


def test_a_customer_goes_with_it_when_in_sight(outlet, bank, teller, manager, stranger):
    own, foreign = make_personal(branch=outlet, manager=manager), make_personal(branch=bank["0201"], manager=stranger)
    number = f"{own.number[:4]} {own.number[4:]}"
    assert record(outlet, teller, customer_number=number).customer == own
    for number in (foreign.number, "999999999999", "x' OR 1=1"):
        with pytest.raises(Refused) as refusal:
            record(outlet, teller, customer_number=number)
        assert set(refusal.value.fields) == {"customer"}


@pytest.mark.parametrize("who", ["stranger", "auditor", "service"])
def test_only_whoever_works_there_records(outlet, cast, who):
    with pytest.raises(NotYours):
        record(outlet, cast[who])


def test_somebody_on_duty_there_from_elsewhere_records_too(outlet, stranger):
    make_duty(person=stranger, day=DAY, branch=outlet)
    assert record(outlet, stranger)


@pytest.mark.parametrize("fields", [{"kind": "party"}, {"text": "长" * 501}])
def test_what_makes_no_sense_is_refused(outlet, teller, fields):
    with pytest.raises(Refused):
        record(outlet, teller, **fields)


def test_an_incident_is_settled_once(outlet, teller, stranger):
    event = record(outlet, teller, kind="incident")
    with pytest.raises(NotYours):
        settle_event(event=event, actor=stranger, now=NOW)
    settle_event(event=event, actor=teller, now=NOW)
    with pytest.raises(TooLate):
        settle_event(event=event, actor=teller, now=NOW)


def test_a_customers_merge_and_purge_know_the_event():
    (found,) = [link for link in links() if link.model == "lobbyevent"]
    assert found.blank == ("text",)


# The log


@pytest.mark.parametrize("who", ["lobby", "head", "president", "headoffice"])
def test_who_keeps_the_log(outlet, cast, who):
    log = save(outlet, cast[who])
    assert (log.by, log.version, log.customers, log.checks["after"]) == (cast[who], 1, 120, ROUND)


@pytest.mark.parametrize("who", ["teller", "manager", "stranger_head", "service", "auditor", "admin"])
def test_who_does_not(outlet, cast, who):
    with pytest.raises(NotYours):
        save(outlet, cast[who])
    assert not LobbyLog.objects.exists()


def test_a_substitute_keeps_it_on_their_day(outlet, teller, lobby):
    make_duty(person=teller, day=DAY, stands_in_for=lobby)
    assert save(outlet, teller).by == teller
    with pytest.raises(NotYours):
        save(outlet, teller, day=DAY - timedelta(days=1))


def test_a_stale_page_overwrites_nothing(outlet, lobby, head):
    save(outlet, lobby)
    for version in (0, 7, -1):
        with pytest.raises(TooLate) as refusal:
            save(outlet, head, version, summary="别的")
        assert lobby.name in refusal.value.message
    assert save(outlet, head, 1, summary="补记").version == 2


@pytest.mark.parametrize(
    ("fields", "where"),
    [({"customers": -1}, "customers"), ({"special": None}, "special"), ({"diverted": 121}, "diverted"), ({"summary": "长" * 2001}, "summary"), ({"peak": "长" * 41}, "peak")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_at_its_field(outlet, lobby, fields, where):
    with pytest.raises(Refused) as refusal:
        save(outlet, lobby, **fields)
    assert set(refusal.value.fields) == {where} and not LobbyLog.objects.exists()


def test_tomorrow_has_no_log(outlet, lobby):
    with pytest.raises(Refused):
        save(outlet, lobby, day=DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"opinion_book": False}, 1),
        ({"summary": ""}, 1),
        ({"checks": {"before": ROUND, "during": ROUND}}, 1),
        ({"checks": {"before": ROUND, "during": {"environment": "ok"}, "after": ROUND}}, 1),
        ({"checks": {}, "summary": "", "opinion_book": False}, 5),
    ],
)
def test_it_is_not_finished_while_something_is_missing(outlet, lobby, fields, missing):
    log = save(outlet, lobby, **fields)
    assert len(missing_of(log)) == missing
    with pytest.raises(Refused):
        finish_log(log=log, actor=lobby, now=NOW, version=log.version)
    assert LobbyLog.objects.get().finished_at is None


def test_finished_it_is_frozen(outlet, lobby, head, teller):
    log = save(outlet, lobby)
    with pytest.raises(NotYours):
        finish_log(log=log, actor=teller, now=NOW, version=1)
    with pytest.raises(TooLate):
        finish_log(log=log, actor=lobby, now=NOW, version=9)
    finish_log(log=log, actor=lobby, now=NOW, version=1)
    for work in (lambda: save(outlet, head, 2), lambda: finish_log(log=log, actor=head, now=NOW, version=2)):
        with pytest.raises(TooLate):
            work()
    assert LobbyLog.objects.get().summary == "秩序良好"


# The handover


def hand(branch, actor, taker, **fields):
    return give(branch=branch, actor=actor, now=NOW, taker=taker, **{"equipment": "两台自助机正常"} | fields)


def test_both_sign(outlet, lobby, teller, head):
    sheet = hand(outlet, lobby, teller, shift="早班", urgent="一台取号机缺纸", rest="两份回单待领")
    assert (sheet.given_at, sheet.taken_at) == (NOW, None)
    assert Notice.objects.get(kind="handover-waits").recipient == teller
    for actor in (lobby, head):
        with pytest.raises(NotYours):
            take(handover=sheet, actor=actor, now=NOW)
    assert take(handover=sheet, actor=teller, now=NOW).taken_at == NOW
    with pytest.raises(TooLate):
        take(handover=sheet, actor=teller, now=NOW)


@pytest.mark.parametrize(
    ("fields", "where"),
    [({"equipment": "无"}, "equipment"), ({"taker": "lobby"}, "taker"), ({"taker": "stranger"}, "taker"), ({"urgent": "长" * 1001}, "urgent")],
)  # fmt: skip
def test_a_senseless_handover_is_refused_at_its_field(outlet, cast, lobby, teller, fields, where):
    values = {"taker": teller} | {key: cast.get(value, value) for key, value in fields.items()}
    with pytest.raises(Refused) as refusal:
        hand(outlet, lobby, **values)
    assert set(refusal.value.fields) == {where} and not Handover.objects.exists()


@pytest.mark.parametrize("who", ["stranger", "auditor", "president"])
def test_only_whoever_works_there_hands_over(outlet, cast, teller, who):
    with pytest.raises(NotYours):
        hand(outlet, cast[who], teller)


def test_the_same_sheet_twice_waits_for_its_signature(outlet, lobby, teller):
    hand(outlet, lobby, teller)
    with pytest.raises(TooLate):
        hand(outlet, lobby, teller)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_hands_over_once(outlet, lobby, teller):
    for n in range(20):
        works = [lambda n=n: hand(outlet, lobby, teller, shift=f"{n}")] * 3
        results = at_once(*works, errors=TooLate)
        assert sum(not isinstance(result, TooLate) for result in results) == 1
    assert Handover.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_two_at_one_log_write_it_once(outlet, lobby, head):
    for n in range(20):
        day = DAY - timedelta(days=n)
        results = at_once(
            *[lambda who=who, day=day: save(outlet, who, day=day) for who in (lobby, head)], errors=TooLate
        )
        assert sum(not isinstance(result, TooLate) for result in results) == 1
        assert LobbyLog.objects.get(day=day).version == 1
