"""What changes on a case after its registration: who may, what follows, what is kept when it is refused."""

from datetime import timedelta

import pytest

from complaints.cases.codes import State
from complaints.models import Case, Category, ClockShift
from crm.lib.dates import SHANGHAI
from tests.archives import make_personal
from tests.complaints.intake_world import pdf, registered
from tests.complaints.world import case_at
from tests.races import at_once

pytestmark = pytest.mark.django_db
PAGES = ("retype", "supplement", "party", "respondents", "received", "acknowledgement")
SENT = {
    "retype": {"kind": "report", "level": "complex", "urgency": "2", "reason": "举报员工违规"},
    "supplement": {"text": "客户补充:当天另有两位证人。"},
    "party": {"part": "complainant", "name": "赵六", "phone": "13800002222"},
    "respondents": {"employees": "邓凯", "why": "accused"},
    "received": {"reason": "来信邮戳更早"},
    "acknowledgement": {"means": "sms", "note": "已发短信"},
}


@pytest.fixture
def case(teller, outlet, now):
    return registered(respondent=outlet, actor=teller, now=now - timedelta(days=2))


def url(case, page: str) -> str:
    return f"/complaints/{case.number}/{page}/"


def sent(case, page: str, **fields) -> dict:
    found = SENT[page] | {"version": case.version}
    if page == "received":
        found["received_at"] = (case.received_at - timedelta(days=1)).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    return found | fields


def send(client, case, page: str, **fields):
    return client.post(url(case, page), sent(case, page, **fields))


def fresh(case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("page", PAGES)
def test_the_office_and_the_first_receiver_take_the_step_once(case, cast, client_of, page):
    for who in ("teller", "service"):
        if (who, page) == ("teller", "received"):
            continue
        client, seen = client_of(cast[who]), fresh(case)
        assert client.get(url(case, page)).status_code == 200
        fields = {"employees": "周雅"} if who == "service" and page == "respondents" else {}
        fields |= {"urgency": "1"} if who == "service" and page == "retype" else {}
        response = send(client, seen, page, **fields)
        assert response.status_code == 302 and response.url == f"/complaints/{case.number}/", page
        assert fresh(case).events.filter(actor=cast[who]).exclude(action="register").count() == 1
        before = fresh(case).events.count()
        again = send(client, seen, page, **fields)  # the same page, sent again: its version is gone
        assert again.status_code in (200, 409) and fresh(case).events.count() == before


@pytest.mark.parametrize("page", PAGES)
def test_others_are_kept_out(case, cast, client_of, page):
    for who, status in (("stranger", 404), ("colleague", 404), ("head", 403), ("president", 403), ("auditor", 403)):
        client = client_of(cast[who])
        wanted = {403} if page == "received" else {status}
        assert {client.get(url(case, page)).status_code, send(client, case, page).status_code} == wanted, who
    assert client_of(cast["admin"]).get(url(case, page)).status_code == 403
    assert fresh(case).events.count() == 1


@pytest.mark.parametrize("page", PAGES)
def test_whoever_comes_second_is_told_and_keeps_what_was_typed(case, service, teller, client_of, page):
    send(client_of(teller), case, "supplement")
    client = client_of(service)
    response = send(client, case, page)  # the version of before
    text = response.content.decode()
    assert response.status_code == 409 and "何静" in text
    assert all(value in text for value in SENT[page].values())
    later = {**sent(case, page), "version": fresh(case).version}
    assert f'name="version" value="{later["version"]}"' in text
    assert client.post(url(case, page), later).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_an_ended_case_says_so(cast, outlet, client_of, page):
    people = {"officer": cast["service"], "investigator": cast["president"], "contact": cast["head"]}
    case = case_at(State.CLOSED, respondent=outlet, actor=cast["teller"], **people)
    client = client_of(cast["service"])
    assert client.get(url(case, page)).status_code == 409
    before = case.events.count()
    assert send(client, case, page).status_code == 409 and case.events.count() == before


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("retype", {"reason": " "}), ("retype", {"kind": "x"}), ("retype", {"reason": "长" * 501}), ("retype", {"version": "x"}),
        ("supplement", {"text": "\0 "}), ("supplement", {"text": "长" * 2001}),
        ("party", {"name": " "}), ("party", {"phone": "12"}), ("party", {"part": "proxy"}), ("party", {"customer": "100000000009"}),
        ("respondents", {"employees": "查无此人"}), ("respondents", {"employees": " "}), ("respondents", {"why": "x"}),
        ("received", {"received_at": "2999-01-01T00:00"}), ("received", {"received_at": "1999-01-01T00:00"}), ("received", {"reason": ""}),
        ("acknowledgement", {"sent_at": "2999-01-01T00:00"}), ("acknowledgement", {"sent_at": "1999-01-01T00:00"}), ("acknowledgement", {"means": "x"}),
    ],
)  # fmt: skip
def test_what_is_wrong_comes_back_with_what_was_typed(case, service, client_of, page, fields):
    response = send(client_of(service), case, page, **fields)
    assert response.status_code == 200 and 'role="alert"' in response.content.decode()
    assert fresh(case).version == case.version and fresh(case).events.count() == 1


def test_typing_anew_keeps_the_reason_and_moves_the_clocks(case, teller, client_of):
    internal = case.clocks.get(kind="internal").due_at
    pick = Category.objects.get(face="C", key="pricing")
    fields = {"kind": "complaint", "cause": pick.pk, "flags": ["upset"], "amount": "12.30", "product": "三年定期"}
    assert send(client_of(teller), case, "retype", **fields).status_code == 302
    found = fresh(case)
    assert (found.level, found.urgency, found.cause, found.amount_cents) == ("complex", "2", pick, 1230)
    assert list(found.flags.values_list("flag", flat=True)) == ["upset"]
    event = found.events.get(action="retype")
    assert event.reason == "举报员工违规" and event.facts["level"] == ["ordinary", "complex"]
    assert event.facts["cause"] == [None, "pricing"] and event.facts["product"] == [False, True]
    assert found.clocks.get(kind="internal").due_at > internal
    assert ClockShift.objects.filter(clock__case=case, why="level").exists()


def test_only_the_office_makes_less_of_a_case(case, teller, service, client_of):
    assert send(client_of(teller), case, "retype", kind="inquiry").status_code == 403
    send(client_of(teller), case, "retype", kind="complaint", level="major")
    assert send(client_of(teller), fresh(case), "retype", kind="complaint", level="ordinary").status_code == 403
    assert send(client_of(service), fresh(case), "retype", kind="suggestion", level="ordinary").status_code == 302
    assert (fresh(case).kind, fresh(case).level) == ("suggestion", "ordinary")


def test_what_somebody_handles_stays_a_complaint(cast, outlet, client_of):
    people = {"officer": cast["service"], "investigator": cast["president"], "contact": cast["head"]}
    case = case_at(State.ASSIGNED, respondent=outlet, actor=cast["teller"], **people)
    assert send(client_of(cast["service"]), case, "retype", kind="inquiry").status_code == 200
    assert fresh(case).kind == "complaint"


def test_twenty_complainants_stay_a_major_complaint(teller, service, outlet, now, client_of):
    case = registered(respondent=outlet, actor=teller, now=now, people=20)
    send(client_of(service), case, "retype", kind="complaint", level="ordinary")
    assert fresh(case).level == "major"


def test_typing_the_same_changes_nothing(case, service, client_of):
    fields = {"kind": "complaint", "level": "ordinary", "urgency": "3"}
    assert send(client_of(service), case, "retype", **fields).status_code == 200
    assert fresh(case).events.count() == 1


def test_what_is_added_stands_beside_the_first_words(case, teller, client_of):
    client = client_of(teller)
    send(client, case, "supplement", files=[pdf("录音文字.pdf")])
    page = client.get(f"/complaints/{case.number}/").content.decode()
    assert "另有两位证人" in page and "柜员态度生硬" in page and "录音文字.pdf" in page
    assert fresh(case).events.get(action="supplement").facts == {"files": 1}


def test_a_sixth_representative_is_refused(case, teller, client_of):
    client = client_of(teller)
    for n in range(1, 7):
        response = send(client, fresh(case), "party", part="representative", name=f"代表{n}", phone="")
        assert response.status_code == (302 if n < 6 else 200)
    assert case.parties.filter(part="representative").count() == 5 and fresh(case).people == 6


def test_whoever_was_anonymous_may_be_named_with_an_archive(teller, outlet, now, manager, client_of):
    case = registered(respondent=outlet, actor=teller, now=now, is_anonymous=True)
    customer = make_personal(branch=outlet, manager=manager)
    send(client_of(teller), case, "party", customer=customer.number, name="", phone="")
    found = fresh(case)
    assert not found.is_anonymous and found.customer == customer and found.customer_number == customer.number
    assert customer.holds.filter(source=case.number, released_at=None).exists()


def test_only_the_office_corrects_when_it_was_received(case, teller, service, client_of):
    assert client_of(teller).get(url(case, "received")).status_code == 403
    due = case.clocks.get(kind="statutory").due_at
    send(client_of(service), case, "received")
    found = fresh(case)
    clock = found.clocks.get(kind="statutory")
    assert case.received_at - found.received_at > timedelta(hours=23) and due - clock.due_at == timedelta(days=1)
    assert clock.started_at == found.received_at
    assert ClockShift.objects.filter(clock=clock, why="received", reason="来信邮戳更早").exists()
    event = found.events.get(action="supplement")
    assert event.reason == "来信邮戳更早" and event.facts["received"][0] == case.received_at.isoformat()


def test_it_was_not_registered_before_it_came(teller, service, outlet, now, client_of):
    case = registered(respondent=outlet, actor=teller, now=now - timedelta(days=2))
    later = (case.registered_at + timedelta(hours=5)).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    assert send(client_of(service), case, "received", received_at=later).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_in_the_same_instant_and_one_is_first(teller, service, outlet, now):
    from complaints.intake.amending import retype
    from crm.lib.refusals import TooLate

    case = registered(respondent=outlet, actor=teller, now=now)
    told = {"urgency": "1", "reason": "同时", "now": now}
    works = [lambda who=who: retype(case=fresh_of(case), actor=who, **told) for who in (teller, service)]
    results = at_once(*works, errors=TooLate)
    assert sum(isinstance(found, TooLate) for found in results) == 1 and fresh(case).version == case.version + 1


def fresh_of(case) -> Case:
    found = Case.objects.get(pk=case.pk)
    found.version = case.version
    return found
