"""The pages of the points: through the door, by everybody."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.cases.codes import State
from complaints.models import Consequence, PointEntry, PointProposal, PointRule, Respondent
from crm.privacy.models import AccessEvent
from tests.complaints.conduct_world import appealed, decided, propose
from tests.complaints.world import case_at

XSS = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


def body(response) -> str:
    return response.content.decode()


@pytest.fixture
def case(outlet, teller, service, president, head, now):
    return case_at(State.FOUND, respondent=outlet, actor=teller, officer=service, investigator=president, contact=head, now=now)  # fmt: skip


@pytest.fixture
def waiting(teller, head, now):
    return propose(employee=teller, by=head, now=now, why=f"争吵 {XSS}")


@pytest.fixture
def done(teller, head, president, now):
    return decided(employee=teller, by=head, decider=president, now=now)


@pytest.fixture
def appealing(teller, head, president, now):
    return appealed(employee=teller, by=head, decider=president, now=now)


def form(**changes) -> dict:
    day = timezone.localdate().isoformat()
    return {"employee": "TH-TELLER", "rule": "quarrel", "happened_on": day, "inspection": "飞行检查", "why": "与客户争吵"} | changes  # fmt: skip


def test_a_head_proposes_from_an_inspection(client_of, head, teller):
    response = client_of(head).post("/points/propose/", form(), follow=True)
    found = PointProposal.objects.get()
    assert response.redirect_chain == [(f"/points/proposals/{found.number}/", 302)]
    assert (found.employee, found.proposed_by, found.inspection, found.case) == (teller, head, "飞行检查", None)


def test_from_a_case_only_its_people_are_offered(client_of, head, case, teller, bank):
    page = body(client_of(head).get(f"/points/propose/?case={case.number}"))
    assert "TH-TELLER" in page and 'name="inspection"' not in page and case.number in page
    response = client_of(head).post(f"/points/propose/?case={case.number}", form(rule="complaint-at-fault"))
    assert response.status_code == 302 and PointProposal.objects.get().case == case


def test_the_office_is_offered_nobody_of_another_outlet(client_of, service, case):
    page = body(client_of(service).get(f"/points/propose/?case={case.number}"))
    assert "TH-STRANGER" not in page and "TH-TELLER" in page


def test_a_case_out_of_sight_cannot_be_named(client_of, stranger_head, head, case):
    assert client_of(stranger_head).get(f"/points/propose/?case={case.number}").status_code == 404
    Respondent.objects.create(case=case, employee=head, named_at=timezone.now())
    assert client_of(head).get(f"/points/propose/?case={case.number}").status_code == 404
    assert client_of(head).get("/points/propose/?case=TS1").status_code == 404


def test_a_case_without_a_finding_says_so(client_of, service, outlet, teller, president, head, now):
    case = case_at(State.ASSIGNED, respondent=outlet, actor=teller, officer=service, investigator=president, contact=head, now=now)  # fmt: skip
    client = client_of(service)
    assert "tone-warn" in body(client.get(f"/points/propose/?case={case.number}"))
    response = client.post(f"/points/propose/?case={case.number}", form())
    assert response.status_code == 409 and not PointProposal.objects.exists()


def test_a_stranger_cannot_be_proposed(client_of, head):
    response = client_of(head).post("/points/propose/", form(employee="TH-STRANGER"))
    assert response.status_code == 200 and not PointProposal.objects.exists()


@pytest.mark.parametrize("changes", [{"why": ""}, {"inspection": ""}, {"rule": "none"}, {"happened_on": "gestern"}, {"happened_on": "2019-01-01"}, {"happened_on": "9999-12-31"}, {"why": "长" * 501}])  # fmt: skip
def test_what_was_typed_stays_in_the_form(client_of, head, changes):
    response = client_of(head).post("/points/propose/", form(**{"inspection": "飞行检查之一"} | changes))
    assert response.status_code in (200, 409) and not PointProposal.objects.exists()
    assert "飞行检查之一" in body(response) or "inspection" in changes
    assert "is-invalid" in body(response)


def test_a_posted_extra_field_changes_nothing(client_of, head, president):
    extra = {
        "state": "decided",
        "points": "12",
        "decided_by": president.pk,
        "version": "9",
        "number": "VJ1",
        "branch": "1",
    }
    client_of(head).post("/points/propose/", form() | extra)
    found = PointProposal.objects.get()
    assert (found.state, found.points, found.decided_by, found.version) == ("proposed", 3, None, 1)


VISIBLE = {
    "teller": 200, "head": 200, "president": 200, "service": 200, "headoffice": 200, "auditor": 200,
    "manager": 403, "colleague": 403, "lobby": 403, "stranger": 404, "stranger_head": 404, "admin": 404,
}  # fmt: skip


@pytest.mark.parametrize(("name", "status"), VISIBLE.items())
def test_who_sees_a_proposal(client_of, cast, waiting, name, status):
    response = client_of(cast[name]).get(f"/points/proposals/{waiting.number}/")
    assert response.status_code == status
    assert AccessEvent.objects.filter(action="denied", object_type="points").exists() is (status != 200)


def test_text_is_shown_escaped(client_of, teller, waiting):
    page = body(client_of(teller).get(f"/points/proposals/{waiting.number}/"))
    assert XSS not in page and ESCAPED in page


@pytest.mark.parametrize("number", ["VJ20200101-0001", "VJ", "x" * 60, "违规"])
def test_an_unknown_number_is_not_there(client_of, service, number):
    assert client_of(service).get(f"/points/proposals/{number}/").status_code == 404


PERSON = {name: status if status != 404 else 403 for name, status in VISIBLE.items()} | {"teller": 403, "stranger_head": 404}  # fmt: skip


@pytest.mark.parametrize(("name", "status"), PERSON.items())
def test_who_reads_a_persons_sheet(client_of, cast, done, name, status):
    assert client_of(cast[name]).get("/points/people/TH-TELLER/").status_code == status


def test_reading_a_sheet_is_logged(client_of, head, teller, done):
    client_of(head).get("/points/people/TH-TELLER/")
    event = AccessEvent.objects.get(object_type="points", action="view")
    assert (event.actor, event.object_id, event.object_label) == (head, teller.pk, "TH-TELLER")


def test_ones_own_sheet_shows_ones_own_alone(client_of, teller, colleague, done, head, president, now):
    other = decided(employee=colleague, by=head, decider=president, now=now)
    page = body(client_of(teller).get("/points/mine/"))
    assert done.number in page and other.number not in page
    page = body(client_of(colleague).get("/points/mine/"))
    assert other.number in page and done.number not in page


@pytest.mark.parametrize("name", ["lobby", "admin", "auditor", "service"])
def test_everybody_has_a_sheet_and_reads_the_rules(client_of, cast, name):
    client = client_of(cast[name])
    assert client.get("/points/mine/").status_code == client.get("/points/rules/?all=1").status_code == 200


def test_the_ledger_shows_the_own_branches_only(client_of, head, stranger_head, president, headoffice, done, bank):
    assert "何静" in body(client_of(head).get("/points/"))
    assert "何静" not in body(client_of(stranger_head).get("/points/"))
    assert "何静" in body(client_of(president).get("/points/?branch=0101"))
    assert "何静" not in body(client_of(headoffice).get("/points/?branch=0200"))
    assert client_of(headoffice).get("/points/?branch=zzz").status_code == 200


@pytest.mark.parametrize("tab", ["waiting", "appeals", "all", "x"])
def test_the_lists_open_for_every_tab(client_of, service, waiting, appealing, tab):
    page = body(client_of(service).get(f"/points/proposals/?tab={tab}&branch=0100"))
    assert (waiting.number in page) is (tab != "appeals")
    assert (appealing.number in page) is (tab in ("appeals", "all"))


def test_the_list_of_all_filters_by_state(client_of, service, waiting, appealing):
    page = body(client_of(service).get("/points/proposals/?tab=all&state=appealed"))
    assert appealing.number in page and waiting.number not in page


def test_a_president_decides_on_the_page(client_of, president, waiting):
    client = client_of(president)
    page = body(client.get(f"/points/proposals/{waiting.number}/"))
    assert 'data-key="a"' in page and 'data-key="r"' in page
    answer = {"version": waiting.version, "decision": "accept", "comment": ""}
    assert client.post(f"/points/proposals/{waiting.number}/decide/", answer).status_code == 302
    assert PointEntry.objects.get().by == president
    assert AccessEvent.objects.filter(action="decision", object_type="points", result="decided").exists()
    assert 'data-key="a"' not in body(client.get(f"/points/proposals/{waiting.number}/"))
    assert client.post(f"/points/proposals/{waiting.number}/decide/", answer).status_code == 409


@pytest.mark.parametrize(
    "answer",
    [
        {"decision": "reject", "comment": "", "version": "1"},
        {"decision": "", "comment": "x", "version": "1"},
        {"decision": "accept", "comment": "意见" * 200, "version": "1"},
        {"decision": "accept", "comment": "意见", "version": "9"},
        {"decision": "accept", "comment": "意见"},
        {"decision": "accept", "comment": "意见", "version": "x"},
    ],
)
def test_a_bad_decision_is_refused_with_the_page(client_of, president, waiting, answer):
    response = client_of(president).post(f"/points/proposals/{waiting.number}/decide/", answer)
    assert response.status_code == 409 and not PointEntry.objects.exists()
    assert answer["comment"] in body(response) and 'role="alert"' in body(response)


DECIDE = {"teller": 403, "head": 403, "manager": 403, "stranger": 403, "stranger_head": 403, "auditor": 403, "admin": 403, "lobby": 403}  # fmt: skip


@pytest.mark.parametrize(("name", "status"), DECIDE.items())
def test_others_do_not_decide_on_the_page(client_of, cast, waiting, name, status):
    answer = {"version": waiting.version, "decision": "accept"}
    for page in ("decide", "decide-appeal"):
        assert client_of(cast[name]).post(f"/points/proposals/{waiting.number}/{page}/", answer).status_code == status
    assert not PointEntry.objects.exists()


def test_the_proposer_with_the_right_is_refused_on_the_page(client_of, president, teller, now):
    own = propose(employee=teller, by=president, now=now)
    client = client_of(president)
    assert 'data-key="a"' not in body(client.get(f"/points/proposals/{own.number}/"))
    answer = {"version": own.version, "decision": "accept", "comment": ""}
    assert client.post(f"/points/proposals/{own.number}/decide/", answer).status_code == 403


def test_the_employee_appeals_on_the_page(client_of, teller, done):
    client = client_of(teller)
    assert "/appeal/" in body(client.get(f"/points/proposals/{done.number}/"))
    answer = {"version": done.version, "text": f"并未争吵 {XSS}"}
    assert client.post(f"/points/proposals/{done.number}/appeal/", answer).status_code == 302
    page = body(client.get(f"/points/proposals/{done.number}/"))
    assert ESCAPED in page and XSS not in page and 'name="text"' not in page
    assert client.post(f"/points/proposals/{done.number}/appeal/", answer).status_code == 409


@pytest.mark.parametrize(("name", "status"), [("head", 403), ("president", 403), ("colleague", 403), ("stranger", 404), ("admin", 404)])  # fmt: skip
def test_others_do_not_appeal(client_of, cast, done, name, status):
    response = client_of(cast[name]).post(f"/points/proposals/{done.number}/appeal/", {"version": done.version, "text": "不服"})  # fmt: skip
    assert response.status_code == status and PointProposal.objects.get().state == "decided"


def test_too_late_an_appeal_says_until_when(client_of, teller, done):
    PointProposal.objects.update(appeal_until=timezone.localdate() - timedelta(days=1))
    client = client_of(teller)
    assert 'name="text"' not in body(client.get(f"/points/proposals/{done.number}/"))
    assert client.post(f"/points/proposals/{done.number}/appeal/", {"version": done.version, "text": "不服"}).status_code == 409  # fmt: skip


def test_head_office_grants_an_appeal_on_the_page(client_of, headoffice, teller, appealing):
    client = client_of(headoffice)
    answer = {"version": appealing.version, "decision": "accept", "answer": ""}
    assert client.post(f"/points/proposals/{appealing.number}/decide-appeal/", answer).status_code == 409
    answer["answer"] = "证据不足"
    assert client.post(f"/points/proposals/{appealing.number}/decide-appeal/", answer).status_code == 302
    assert PointEntry.objects.count() == 2
    page = body(client_of(teller).get("/points/mine/"))
    assert "证据不足" in body(client_of(teller).get(f"/points/proposals/{appealing.number}/"))
    assert page.count(appealing.number) >= 3  # two lines and the proposal


def test_a_head_records_a_consequence(client_of, head, done):
    task, client = Consequence.objects.get(), client_of(head)
    assert f"/points/consequences/{task.pk}/finish/" in body(client.get("/points/consequences/"))
    assert client.post(f"/points/consequences/{task.pk}/finish/?tab=mine", {"note": ""}).status_code == 409
    assert client.post(f"/points/consequences/{task.pk}/finish/", {"note": f"已谈 {XSS}"}).status_code == 302
    again = client.post(f"/points/consequences/{task.pk}/finish/?tab=open", {"note": "又谈"})
    assert again.status_code == 409
    page = body(client.get("/points/consequences/?tab=ended"))
    assert ESCAPED in page and XSS not in page


@pytest.mark.parametrize(("name", "status"), [("teller", 403), ("colleague", 403), ("stranger_head", 404), ("auditor", 403), ("president", 302), ("service", 302)])  # fmt: skip
def test_who_records_a_consequence(client_of, cast, done, name, status):
    task = Consequence.objects.get()
    assert (
        client_of(cast[name]).post(f"/points/consequences/{task.pk}/finish/", {"note": "已谈话"}).status_code == status
    )


def test_the_employee_reads_what_follows_but_records_nothing(client_of, head, president, service, now):
    decided(employee=head, by=service, decider=president, now=now)
    task, client = Consequence.objects.get(), client_of(head)
    assert "/finish/" not in body(client.get("/points/consequences/?tab=open"))
    assert client.post(f"/points/consequences/{task.pk}/finish/", {"note": "已谈"}).status_code == 403


RULE = {"code": "left-post", "kind": "violation", "item": f"擅离岗位 {XSS}", "item_en": "", "points": "1.5", "award": "0", "basis": "服务办法"}  # fmt: skip


def test_the_office_keeps_the_catalogue_on_its_pages(client_of, service, today):
    client = client_of(service)
    assert client.post("/points/rules/add/", RULE | {"valid_from": today.isoformat()}).status_code == 302
    page = body(client.get("/points/rules/"))
    assert ESCAPED in page and XSS not in page
    url, day = "/points/rules/left-post/revise/", (today + timedelta(days=3)).isoformat()
    assert client.get(url).status_code == 200
    assert client.post(url, RULE | {"version": "1", "valid_from": day, "points": "2"}).status_code == 302
    assert client.post(url, RULE | {"version": "1", "valid_from": day, "points": "3"}).status_code == 409
    assert client.post("/points/rules/left-post/end/", {"version": "1", "last_day": day}).status_code == 409
    assert client.post("/points/rules/left-post/end/", {"version": "2", "last_day": day}).status_code == 302
    assert client.post("/points/rules/left-post/end/", {"version": "2", "last_day": day}).status_code == 409
    assert sorted(PointRule.objects.filter(code="left-post").values_list("version", "points")) == [(1, 1.5), (2, 2)]
    assert client.get("/points/rules/?all=1").status_code == 200


@pytest.mark.parametrize("changes", [{"points": "1.2"}, {"points": ""}, {"points": "99"}, {"code": "quarrel"}, {"code": "a b"}, {"valid_from": "2020-01-01"}, {"award": "5"}, {"basis": ""}])  # fmt: skip
def test_a_bad_item_stays_in_its_form(client_of, service, today, changes):
    response = client_of(service).post("/points/rules/add/", RULE | {"valid_from": today.isoformat()} | changes)
    assert response.status_code in (200, 409) and not PointRule.objects.filter(code="left-post").exists()
    assert "擅离岗位" in body(response) and "is-invalid" in body(response)


@pytest.mark.parametrize("name", ["teller", "head", "president", "headoffice", "auditor", "admin"])
def test_nobody_else_edits_the_catalogue(client_of, cast, name):
    client = client_of(cast[name])
    for url in ("/points/rules/add/", "/points/rules/quarrel/revise/", "/points/rules/quarrel/end/"):
        assert client.get(url).status_code == client.post(url).status_code == 403
    assert "/points/rules/add/" not in body(client.get("/points/rules/"))


def test_an_item_that_is_not_there_is_404(client_of, service):
    assert client_of(service).get("/points/rules/none/revise/").status_code == 404


@pytest.mark.parametrize("url", ["/points/", "/points/proposals/?tab=all", "/points/consequences/?tab=open"])
def test_a_list_asks_as_much_for_many_rows_as_for_one(client_of, cast, now, url):
    client, counts = client_of(cast["service"]), []
    for people in (["teller"], ["colleague", "manager", "lobby"]):
        for name in people:
            decided(employee=cast[name], by=cast["head"], decider=cast["president"], now=now)
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1], counts
