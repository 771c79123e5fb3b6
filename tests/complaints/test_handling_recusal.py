"""回避: whoever is complained about or has an interest has no part, and the next level up takes their place."""

import pytest

from complaints.cases.access import roles_of
from complaints.cases.codes import State
from complaints.cases.models import Respondent
from complaints.handling.assigning import accept_case, assign_case, forward_case
from complaints.handling.recusing import declare_interest
from complaints.models import Case, Recusal
from crm.lib.refusals import NotYours, Refused
from tests.cast import make_user
from tests.complaints.handling import fresh
from tests.complaints.world import make_category

AT_WORK = [State.ASSIGNED, State.CONTACTED, State.INVESTIGATING, State.FOUND, State.PLANNED, State.REPLIED]


def accuse(case, *people, now):
    for person in people:
        case.respondents.create(employee=person, named_at=now)
    return fresh(case)


def test_a_head_complained_of_is_replaced_by_the_president(at, head, president, service, now):
    case = accept_case(case=accuse(at(), head, now=now), actor=service, now=now)
    assert (case.contact, case.investigator) == (president, president)
    (row,) = Recusal.objects.all()
    assert (row.role, row.person, row.replaced_by, row.reason) == ("contact", head, president, Respondent.Why.ACCUSED)


def test_a_president_complained_of_is_replaced_by_head_office(at, head, president, headoffice, service, now):
    case = accept_case(case=accuse(at(), president, now=now), actor=service, now=now)
    assert (case.contact, case.investigator) == (head, headoffice)
    assert Recusal.objects.get().person == president


def test_with_head_and_president_complained_of_both_places_move_up(at, head, president, headoffice, service, now):
    case = accept_case(case=accuse(at(), head, president, now=now), actor=service, now=now)
    assert (case.contact, case.investigator) == (headoffice, headoffice)
    assert Recusal.objects.count() == 2


def test_all_barred_leaves_it_to_the_office_to_name_somebody(at, cast, head, president, headoffice, service, now):
    case = accept_case(case=accuse(at(), head, president, headoffice, now=now), actor=service, now=now)
    assert case.state == State.ACCEPTED
    with pytest.raises(Refused):
        assign_case(case=case, actor=service, now=now)
    second = make_user(username="second", role="headoffice", branch=headoffice.branch)
    assert assign_case(case=fresh(case), actor=service, now=now).investigator == second


def test_an_officer_complained_of_does_nothing_with_the_case(at, service, client_of, now):
    case = accuse(at(), service, now=now)
    with pytest.raises(NotYours):
        accept_case(case=case, actor=service, now=now)
    client = client_of(service)
    assert client.get(f"/complaints/{case.number}/").status_code == 404
    assert client.post(f"/complaints/{case.number}/accept/", {"version": case.version}).status_code == 404
    assert case.number not in client.get("/complaints/desk/").content.decode()


def test_a_forwarded_case_recuses_its_contact_too(at, head, president, service, now):
    case = accuse(at(State.ACCEPTED, cause=make_category(key="pricing", is_service=False)), head, now=now)
    case = forward_case(case=case, actor=service, department="个人信贷部", handler="colleague", now=now)
    assert case.contact == president and [row.role for row in case.recusals.all()] == ["contact"]


@pytest.mark.parametrize("state", AT_WORK)
def test_a_handler_with_an_interest_leaves_at_any_step(at, president, headoffice, now, state):
    case = at(state)
    rows = declare_interest(case=case, actor=president, note="投诉人是亲属", now=now)
    case = fresh(case)
    assert [(row.role, row.replaced_by) for row in rows] == [("investigator", headoffice)]
    assert case.investigator == headoffice and case.state == state
    assert roles_of(case, president) == set() and not Case.objects.visible_to(president).exists()
    with pytest.raises(NotYours):
        declare_interest(case=case, actor=president, note="再次", now=now)


def test_the_head_declares_and_the_next_level_contacts_the_customer(at, head, president, now):
    case = at(State.ASSIGNED)
    declare_interest(case=case, actor=head, note="同学", now=now)
    assert fresh(case).contact == president


@pytest.mark.parametrize("who", ["teller", "colleague", "headoffice", "auditor", "stranger"])
def test_nobody_else_declares_anything(at, cast, now, who):
    case = at(State.ASSIGNED)
    with pytest.raises(NotYours):
        declare_interest(case=case, actor=cast[who], note="无关", now=now)
    assert not case.respondents.exists()


def test_on_the_page_whoever_declares_loses_sight_of_it(at, head, president, client_of):
    case, client = at(State.ASSIGNED), client_of(head)
    url = f"/complaints/{case.number}/declare-interest/"
    assert client.post(url, {"version": case.version, "note": ""}).status_code == 409
    assert client.post(url, {"version": case.version - 1, "note": "亲属"}).status_code == 409
    assert client.post(url, {"version": case.version, "note": "亲属"}).status_code == 302
    assert client.get(f"/complaints/{case.number}/").status_code == 404
    shown = client_of(president).get(f"/complaints/{case.number}/").content.decode()
    assert head.name in shown and president.name in shown


def test_about_me_tells_the_accused_little(at, colleague, teller, client_of, now):
    case = accuse(at(State.INVESTIGATING, facts="秘密的投诉内容", demand="秘密诉求"), colleague, now=now)
    other = at(State.INVESTIGATING)
    other.respondents.create(employee=colleague, why=Respondent.Why.INTEREST, named_at=now)
    text = client_of(colleague).get("/complaints/about-me/").content.decode()
    assert case.number in text and other.number not in text
    for hidden in ("秘密", "王建国", "王*国", "13800001234", "138****", "郑海峰", f"/complaints/{case.number}/"):
        assert hidden not in text, hidden
    assert case.number not in client_of(teller).get("/complaints/about-me/").content.decode()


@pytest.mark.parametrize("state", [State.FOUND, State.CLOSED])
def test_about_me_gives_the_finding_when_it_is_closed(at, colleague, client_of, now, state):
    accuse(at(state, finding="partly"), colleague, now=now)
    text = client_of(colleague).get("/complaints/about-me/", headers={"accept-language": "en"}).content.decode()
    shown = "Bank partly at fault" in text or "部分有责" in text
    assert shown == (state == State.CLOSED)
