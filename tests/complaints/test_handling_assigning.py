"""Who handles a case: accepted, refused, assigned, forwarded, given to somebody else, escalated."""

import pytest

from complaints.cases.codes import ENDED, Kind, Role, State
from complaints.cases.rules import Action, step
from complaints.handling import assigning
from complaints.handling.assigning import accept_case, assign_case, forward_case, reassign_case, refuse_case
from complaints.handling.escalating import escalate_case
from complaints.models import Case, CaseEvent
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.cast import make_user
from tests.complaints.handling import fresh
from tests.complaints.world import make_category

EVERYBODY = [
    "teller",
    "colleague",
    "lobby",
    "head",
    "president",
    "service",
    "headoffice",
    "auditor",
    "admin",
    "stranger",
]
ACTS = {
    Action.ACCEPT: lambda case, actor, now: accept_case(case=case, actor=actor, now=now),
    Action.REFUSE: lambda case, actor, now: refuse_case(case=case, actor=actor, reason="不属本行", now=now),
    Action.ASSIGN: lambda case, actor, now: assign_case(case=case, actor=actor, now=now),
    Action.FORWARD: lambda case, actor, now: forward_case(
        case=case, actor=actor, department="个人信贷部", handler="colleague", now=now
    ),
    Action.REASSIGN: lambda case, actor, now: reassign_case(
        case=case, actor=actor, reason="更合适", investigator="headoffice", now=now
    ),
    Action.ESCALATE: lambda case, actor, now: escalate_case(case=case, actor=actor, reason="久拖未决", now=now),
}


def notices(kind, case) -> set[str]:
    rows = Notice.objects.filter(kind=kind, params__number=case.number)
    return set(rows.values_list("recipient__username", flat=True))


def put_at(case, state) -> Case:
    """Into a state from which nothing of its path led there."""
    more = {State.MERGED: {"merged_into": case}}.get(state, {})
    Case.objects.filter(pk=case.pk).update(
        state=state, closed_at=case.received_at, contacted_at=case.received_at, replied_at=case.received_at, finding="no",
        **more,
    )  # fmt: skip
    return fresh(case)


def test_accepting_a_service_case_assigns_it_by_the_tree(at, service, president, head, now):
    case = accept_case(case=at(), actor=service, now=now)
    assert (case.state, case.officer, case.investigator, case.contact) == (State.ASSIGNED, service, president, head)
    assert [event.action for event in case.events.all()] == ["accept", "assign"]
    assert case.events.last().facts["by"] == {"investigator": "tree", "contact": "tree"}
    assert notices("case-to-investigate", case) == {"president"}
    assert notices("case-to-contact", case) == {"head"}


def test_a_case_of_another_kind_waits_for_its_department(at, service, colleague, head, now):
    loans = make_category(key="pricing", is_service=False)
    case = accept_case(case=at(cause=loans), actor=service, now=now)
    assert case.state == State.ACCEPTED
    case = forward_case(case=case, actor=service, department="个人信贷部", handler=colleague.employee_number, now=now)
    assert (case.state, case.department, case.investigator, case.contact) == (
        State.ASSIGNED,
        "个人信贷部",
        colleague,
        head,
    )
    again = forward_case(case=case, actor=service, department="运营部", handler="manager", now=now)
    assert (again.state, again.department, again.investigator.username) == (State.ASSIGNED, "运营部", "manager")


@pytest.mark.parametrize("kind", [Kind.REPORT, Kind.PETITION])
def test_reports_and_petitions_are_not_assigned_by_themselves(at, service, now, kind):
    assert accept_case(case=at(kind=kind), actor=service, now=now).state == State.ACCEPTED


def test_where_the_tree_names_nobody_an_accepted_case_waits(at, service, cast, now):
    for name in ("head", "president", "headoffice"):
        cast[name].is_active = False
        cast[name].save()
    case = accept_case(case=at(), actor=service, now=now)
    assert case.state == State.ACCEPTED and case.investigator is None
    with pytest.raises(Refused):
        assign_case(case=case, actor=service, now=now)


def test_of_a_directly_managed_outlet_its_head_investigates(bank, cast, service, now):
    from tests.complaints.world import make_case

    direct = make_user(username="direct", role="head", branch=bank["0901"])
    case = make_case(respondent=bank["0901"], actor=cast["teller"])
    case = accept_case(case=fresh(case), actor=service, now=now)
    assert (case.investigator, case.contact) == (direct, direct)


def test_a_refusal_needs_its_reason_and_tells_the_receiver(at, service, teller, now):
    case = at()
    with pytest.raises(Refused) as refusal:
        refuse_case(case=case, actor=service, reason=" ", now=now)
    assert "reason" in refusal.value.fields and fresh(case).state == State.REGISTERED
    case = refuse_case(case=case, actor=service, reason="他行业务", now=now)
    assert case.state == State.REFUSED and case.events.last().reason == "他行业务"
    assert notices("case-refused", case) == {"teller"}


def test_the_office_gives_it_to_somebody_else_with_a_reason(at, service, headoffice, head, now):
    case = at(State.INVESTIGATING)
    with pytest.raises(Refused):
        reassign_case(case=case, actor=service, reason="", investigator="headoffice", now=now)
    with pytest.raises(Refused):
        reassign_case(case=case, actor=service, reason="同一人", investigator="president", now=now)
    case = reassign_case(case=case, actor=service, reason="避免重复", investigator=headoffice.employee_number, now=now)
    assert (case.state, case.investigator, case.contact) == (State.INVESTIGATING, headoffice, head)
    assert assigning.how_of(case) == {"investigator": "hand", "contact": "tree"}
    assert notices("case-to-investigate", case) == {"headoffice"} and not notices("case-to-contact", case)


@pytest.mark.parametrize("who", ["nobody-there", "head", "admin", "left"])
def test_only_somebody_who_may_takes_it(at, service, head, bank, now, who):
    make_user(username="left", role="manager", branch=bank["0101"], is_active=False)
    case = at(State.ASSIGNED)
    case.respondents.create(employee=head, named_at=now)
    with pytest.raises(Refused) as refusal:
        reassign_case(case=case, actor=service, reason="换人", investigator=who, now=now)
    assert "investigator" in refusal.value.fields


def test_two_of_one_name_are_told_apart_by_number(at, service, bank, now):
    for username in ("twin1", "twin2"):
        make_user(username=username, role="manager", branch=bank["0101"], name="李娜")
    case = at(State.ASSIGNED)
    with pytest.raises(Refused):
        reassign_case(case=case, actor=service, reason="换人", investigator="李娜", now=now)
    assert reassign_case(case=case, actor=service, reason="换人", investigator="TH-TWIN2 李娜", now=now).investigator.username == "twin2"  # fmt: skip


def test_escalating_tells_the_next_level_once(at, head, headoffice, now):
    case = escalate_case(case=at(State.INVESTIGATING), actor=head, reason="客户情绪激动", now=now)
    assert case.escalated_at == now and case.events.last().facts == {"to": headoffice.pk}
    assert notices("case-escalated", case) == {"headoffice", "service"}
    with pytest.raises(Refused):
        escalate_case(case=case, actor=head, reason="再次", now=now)


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("state", State)
def test_every_state_and_action_by_everybody(at, cast, now, action, state):
    """What the table says of state and role is what happens; the rest changes nothing."""
    path = state in State.values[:9]
    case = at(state) if path else put_at(at(State.ASSIGNED), state)
    found = step(state, action)
    who = {
        Role.OFFICE: {"service"}, Role.INVESTIGATOR: {"president"}, Role.CONTACT: {"head"}, Role.FIRST: {"teller"},
        Role.CALLER: {"service", "headoffice"}, Role.SYSTEM: set(),
    }  # fmt: skip
    allowed = set().union(*(who.get(role, set()) for role in found.who)) if found else set()
    if state in (State.REGISTERED, State.ACCEPTED):  # nobody handles it yet
        allowed -= {"president", "head"}
    events = CaseEvent.objects.count()
    for name in EVERYBODY:
        if name in allowed:
            continue
        with pytest.raises(Refused) as refusal:
            ACTS[action](fresh(case), cast[name], now)
        assert found is None or isinstance(refusal.value, NotYours), (name, refusal.value.message)
    assert CaseEvent.objects.count() == events and fresh(case).version == case.version
    for name in sorted(allowed)[:1]:
        done = ACTS[action](fresh(case), cast[name], now)
        assert done.state == (found.to or state) or (action, done.state) == (Action.ACCEPT, State.ASSIGNED)


@pytest.mark.parametrize("action", [Action.ACCEPT, Action.REFUSE, Action.ASSIGN, Action.FORWARD])
def test_whoever_acts_on_an_old_page_is_told(at, service, now, action):
    case = at(State.ACCEPTED if action in (Action.ASSIGN, Action.FORWARD) else State.REGISTERED)
    Case.objects.filter(pk=case.pk).update(version=case.version + 1)
    with pytest.raises(TooLate):
        ACTS[action](case, service, now)
    assert not Notice.objects.filter(kind__startswith="case-to").exists()


def test_a_second_accepting_is_refused(at, service, now):
    case = at()
    accept_case(case=fresh(case), actor=service, now=now)
    with pytest.raises(Refused):
        accept_case(case=fresh(case), actor=service, now=now)
    assert case.events.filter(action="accept").count() == 1


def test_an_ended_case_knows_none_of_these_steps():
    for state in ENDED - {State.CLOSED, State.CALLED_BACK}:
        assert not any(step(state, action) for action in ACTS)


@pytest.mark.parametrize("page", ["accept", "refuse", "assign", "reassign", "forward"])
def test_office_pages_are_the_offices_alone(at, client_of, cast, page):
    case = at()
    for name in ("teller", "head", "president", "headoffice", "auditor", "admin"):
        assert client_of(cast[name]).post(f"/complaints/{case.number}/{page}/").status_code == 403
    assert client_of(cast["service"]).get(f"/complaints/{case.number}/{page}/").status_code == 405


def test_accepting_on_the_page(at, client_of, service):
    case, client = at(), client_of(service)
    url = f"/complaints/{case.number}/accept/"
    assert client.post(url, {"version": case.version + 5}).status_code == 409
    answer = client.post(url, {"version": case.version}, follow=True)
    assert answer.status_code == 200 and fresh(case).state == State.ASSIGNED
    assert client.post(url, {"version": case.version}).status_code == 409


@pytest.mark.parametrize(
    ("page", "state", "typed"),
    [
        ("refuse", State.REGISTERED, {"reason": "x" * 501}),
        ("reassign", State.ASSIGNED, {"reason": "换成更熟悉的人", "investigator": "nobody-there"}),
        ("forward", State.ACCEPTED, {"department": "个人信贷部", "handler": "nobody-there"}),
        ("escalate", State.ASSIGNED, {"reason": "长" * 501}),
    ],
)
def test_what_was_typed_stays_in_the_form(at, client_of, service, page, state, typed):
    case = at(state)
    answer = client_of(service).post(f"/complaints/{case.number}/{page}/", typed | {"version": case.version})
    text = answer.content.decode()
    assert answer.status_code == 409 and fresh(case).version == case.version
    assert all(value in text for value in typed.values())


def test_the_page_forwards_and_gives_to_somebody_else(at, client_of, service, headoffice):
    case, client = at(State.ACCEPTED), client_of(service)
    sent = {"version": case.version, "department": "个人信贷部", "handler": "colleague"}
    assert client.post(f"/complaints/{case.number}/forward/", sent).status_code == 302
    case = fresh(case)
    sent = {"version": case.version, "reason": "换人", "investigator": headoffice.employee_number}
    assert client.post(f"/complaints/{case.number}/reassign/", sent).status_code == 302
    assert fresh(case).investigator == headoffice


def test_an_absent_president_is_passed_over_where_the_limit_comes_first(at, service, president, headoffice, later, now):
    from crm.staff.models import Absence

    case = at(State.ACCEPTED)
    Case.objects.filter(pk=case.pk).update(nearest_at=later(1))
    case.clocks.update(due_at=later(1))
    Absence.objects.create(user=president, deputy=headoffice, starts=now.date(), ends=later(9).date())
    case = assign_case(case=fresh(case), actor=service, now=now)
    assert case.investigator == headoffice and not case.recusals.exists()
