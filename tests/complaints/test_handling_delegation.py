"""Investigated in person: a delegation is the office's exception, shown and counted."""

import pytest

from complaints.cases.access import delegate_of, roles_of
from complaints.cases.codes import Role, State
from complaints.handling.assigning import reassign_case
from complaints.handling.delegating import Share, ask_delegation, decide_delegation, share_of_personal
from complaints.handling.investigating import save_report, sign_report
from complaints.models import Case, Delegation
from crm.lib.refusals import NotYours, Refused, TooLate
from tests.complaints.handling import fresh, words
from tests.complaints.test_handling_assigning import notices


def ask(case, actor, now, to="manager", reason="外出培训"):
    return ask_delegation(case=case, actor=actor, to=to, reason=reason, now=now)


def decide(case, row, actor, now, *, granted=True):
    return decide_delegation(case=case, delegation=row, actor=actor, granted=granted, now=now)


def test_granted_the_delegate_investigates_and_the_president_no_more(at, president, manager, service, now):
    case = at(State.CONTACTED)
    row = ask(case, president, now)
    assert Role.INVESTIGATOR in roles_of(case, president)
    assert notices("case-delegation-asked", case) == {"service"}
    decide(case, row, service, now)
    assert delegate_of(case) == manager
    assert Role.INVESTIGATOR in roles_of(case, manager) and Role.INVESTIGATOR not in roles_of(case, president)
    with pytest.raises(NotYours):
        save_report(case=case, actor=president, seen=0, words=words(), now=now)
    report = sign_report(case=case, actor=manager, seen=0, words=words(), now=now)
    assert (report.by, report.on_behalf_of) == (manager, president)
    assert notices("case-delegated", case) == {"manager"}
    assert notices("case-delegation-granted", case) == {"president"}
    assert share_of_personal(Case.objects.all()) == Share(0, 1)


def test_the_share_of_personal_investigations(at, president, now):
    for _n in range(2):
        sign_report(case=at(State.CONTACTED), actor=president, seen=0, words=words(), now=now)
    at(State.INVESTIGATING)
    share = share_of_personal(Case.objects.all())
    assert (share, share.percent) == (Share(2, 2), 100)
    assert share_of_personal(Case.objects.none()).percent is None


def test_refused_the_investigator_goes_on_and_may_ask_again(at, president, manager, service, now):
    case = at(State.CONTACTED)
    decide(case, ask(case, president, now), service, now, granted=False)
    assert delegate_of(case) is None and Role.INVESTIGATOR in roles_of(case, president)
    assert ask(case, president, now, to="head").granted is None


@pytest.mark.parametrize("who", ["teller", "head", "manager", "service", "headoffice", "auditor", "stranger"])
def test_nobody_asks_for_the_investigator(at, cast, now, who):
    with pytest.raises(NotYours):
        ask(at(State.CONTACTED), cast[who], now, to="colleague")
    assert not Delegation.objects.exists()


@pytest.mark.parametrize("who", ["teller", "head", "manager", "president", "headoffice", "auditor", "stranger"])
def test_only_the_office_decides(at, cast, president, now, who):
    case = at(State.CONTACTED)
    row = ask(case, president, now)
    with pytest.raises(NotYours):
        decide(fresh(case), row, cast[who], now)
    row.refresh_from_db()
    assert row.granted is None


def test_an_officer_does_not_decide_on_themselves(at, service, president, now):
    case = at(State.CONTACTED)
    row = ask(case, president, now, to="service")
    with pytest.raises(NotYours):
        decide(case, row, service, now)


def test_whoever_asked_does_not_decide_though_they_are_of_the_office(at, president, now):
    president.role_grants.create(role="service")
    both = type(president).objects.get(pk=president.pk)
    case = at(State.CONTACTED)
    row = ask(case, both, now)
    with pytest.raises(NotYours):
        decide(case, row, both, now)
    row.refresh_from_db()
    assert row.granted is None


@pytest.mark.parametrize(("to", "field"), [("president", "to"), ("nobody-there", "to"), ("", "to"), ("admin", "to")])
def test_whom_it_cannot_go_to(at, president, now, to, field):
    with pytest.raises(Refused) as refusal:
        ask(at(State.CONTACTED), president, now, to=to)
    assert field in refusal.value.fields


def test_it_needs_a_reason_and_is_asked_for_once(at, president, now):
    case = at(State.CONTACTED)
    with pytest.raises(Refused) as refusal:
        ask(case, president, now, reason="")
    assert "reason" in refusal.value.fields
    ask(case, president, now)
    with pytest.raises(Refused):
        ask(case, president, now, to="head")
    assert Delegation.objects.count() == 1 and case.events.filter(action="delegate").count() == 1


def test_it_is_decided_once(at, president, service, now):
    case = at(State.CONTACTED)
    row = ask(case, president, now)
    old = fresh(case)
    decide(case, row, service, now)
    with pytest.raises(TooLate):
        decide(old, row, service, now, granted=False)
    with pytest.raises(TooLate):
        decide(fresh(case), row, service, now, granted=False)
    row.refresh_from_db()
    assert row.granted is True


def test_somebody_who_is_barred_meanwhile_is_not_granted(at, president, manager, service, now):
    case = at(State.CONTACTED)
    row = ask(case, president, now)
    case.respondents.create(employee=manager, named_at=now)
    with pytest.raises(Refused):
        decide(case, row, service, now)


def test_with_another_investigator_it_ends(at, president, manager, service, headoffice, now):
    case = at(State.CONTACTED)
    row = decide(case, ask(case, president, now), service, now)
    reassign_case(case=case, actor=service, reason="换人", investigator="headoffice", now=now)
    row.refresh_from_db()
    assert row.ended_at == now and delegate_of(case) is None
    assert Role.INVESTIGATOR in roles_of(case, headoffice) and Role.INVESTIGATOR not in roles_of(case, manager)


def test_the_pages_ask_show_and_decide(at, client_of, president, service, manager, head):
    case = at(State.CONTACTED)
    url = f"/complaints/{case.number}/"
    client = client_of(president)
    empty = client.post(f"{url}delegate/", {"version": case.version, "to": "manager", "reason": ""})
    assert empty.status_code == 409 and 'value="manager"' in empty.content.decode()
    sent = {"version": case.version, "to": "manager", "reason": "外出培训三日"}
    assert client.post(f"{url}delegate/", sent).status_code == 302
    row = Delegation.objects.get()
    assert "外出培训三日" in client_of(head).get(url).content.decode()
    decision = f"{url}delegate/{row.pk}/decide/"
    assert client_of(head).post(decision, {"version": fresh(case).version, "granted": "yes"}).status_code == 403
    office = client_of(service)
    assert "外出培训三日" in office.get(url).content.decode()
    assert office.post(decision, {"version": fresh(case).version, "granted": "yes"}).status_code == 302
    assert office.post(decision, {"version": fresh(case).version, "granted": "no"}).status_code == 409
    assert client_of(manager).get(f"{url}report/").status_code == 200
    assert office.post(f"{url}delegate/999999/decide/", {"granted": "yes"}).status_code == 404
