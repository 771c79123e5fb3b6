"""First contact first: who may try, when, what a failed attempt counts, what it unlocks."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints.cases.codes import State
from complaints.cases.rules import step
from complaints.handling.apologising import apologise
from complaints.handling.contacting import contact_state, judge, record_contact
from complaints.handling.stepping import past_moment
from complaints.intake.amending import acknowledge
from complaints.models import Case, Contact, Party
from crm.lib.refusals import NotYours, Refused, TooLate
from tests.complaints.handling import fresh

MON, TUE = date(2026, 11, 23), date(2026, 11, 24)


def attempt(case, actor, now, result="reached", means="phone", note="客户要求书面答复", moment=None):
    return record_contact(
        case=case, actor=actor, at=moment or now, means=means, result=result, note=note, now=now
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attempts", "reached", "enough"),
    [
        ([], False, False),
        ([("reached", MON)], True, True),
        ([("refused", MON)], True, True),
        ([("nobody", MON)], False, True),
        ([("no_answer", MON)], False, False),
        ([("no_answer", MON)] * 3, False, False),
        ([("no_answer", MON), ("wrong", TUE)], False, False),
        ([("no_answer", MON), ("no_answer", MON), ("wrong", TUE)], False, True),
        ([("no_answer", MON), ("reached", TUE)], True, True),
    ],
)
def test_what_is_enough_before_an_answer(attempts, reached, enough):
    state = judge(attempts)
    assert (state.reached, state.enough, state.attempts) == (reached, enough, len(attempts))


def test_a_failed_attempt_unlocks_the_investigation_and_counts(at, head, president, now):
    case = at(State.ASSIGNED)
    attempt(case, head, now, result="no_answer", note="")
    assert (case.state, case.contacted_at) == (State.CONTACTED, now)
    assert case.events.last().facts == {"result": "no_answer", "means": "phone"}
    attempt(case, president, now, result="wrong", note="")
    state = contact_state(case)
    assert (state.failed, state.days, state.enough) == (2, 1, False) and case.state == State.CONTACTED
    assert case.contacted_at == now


@pytest.mark.parametrize("who", ["teller", "colleague", "service", "headoffice", "auditor", "stranger", "admin"])
def test_nobody_else_makes_the_first_contact(at, cast, now, who):
    case = at(State.ASSIGNED)
    with pytest.raises(NotYours):
        attempt(case, cast[who], now)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("state", State)
def test_only_a_case_under_way_takes_contacts(at, president, now, state):
    from tests.complaints.test_handling_assigning import put_at

    case = at(state) if state in State.values[:9] else put_at(at(State.ASSIGNED), state)
    before = case.contacts.count()
    if step(state, "contact") is None:
        with pytest.raises(Refused) as refusal:
            attempt(case, president, now)
        assert not isinstance(refusal.value, NotYours) and case.contacts.count() == before
    else:
        attempt(case, president, now)
        assert case.contacts.count() == before + 1


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("at", {"moment": timezone.now() + timedelta(hours=1)}),
        ("at", {"moment": timezone.now() - timedelta(days=400)}),
        ("means", {"means": "smoke"}),
        ("result", {"result": "perhaps"}),
        ("result", {"result": "nobody"}),
        ("note", {"note": ""}),
        ("note", {"note": "长" * 501}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(at, head, now, field, values):
    case = at(State.ASSIGNED)
    with pytest.raises(Refused) as refusal:
        attempt(case, head, now, **values)
    assert field in refusal.value.fields and not Contact.objects.exists() and fresh(case).version == case.version


def test_with_nobody_to_reach_saying_so_is_enough(at, head, now):
    case = at(State.ASSIGNED, is_anonymous=True)
    attempt(case, head, now, result="nobody", means="", note="")
    assert case.state == State.CONTACTED and contact_state(case).enough
    assert Contact.objects.get().means == ""
    other = at(State.ASSIGNED, is_anonymous=True)
    Party.objects.create(case=other, phone="13800001234")
    with pytest.raises(Refused):
        attempt(other, head, now, result="nobody", means="", note="")


def test_an_old_page_records_nothing(at, head, now):
    case = at(State.ASSIGNED)
    Case.objects.filter(pk=case.pk).update(version=case.version + 1)
    with pytest.raises(TooLate):
        attempt(case, head, now)
    assert not Contact.objects.exists()


def test_a_reopened_round_counts_anew(at, head, now):
    case = at(State.CONTACTED)
    assert contact_state(case).enough
    Case.objects.filter(pk=case.pk).update(round=2, state=State.ASSIGNED, contacted_at=None)
    assert contact_state(fresh(case)).attempts == 0


def test_the_page_records_and_says_how_many_are_left(at, client_of, head, president):
    case, client = at(State.ASSIGNED), client_of(head)
    url = f"/complaints/{case.number}/contact/"
    form = {"at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "means": "phone", "result": "no_answer", "note": ""}
    assert client.post(url, form | {"version": case.version - 1}).status_code == 409
    answer = client.post(url, form | {"version": case.version}, follow=True, headers={"accept-language": "en"})
    assert answer.status_code == 200 and fresh(case).state == State.CONTACTED
    assert contact_state(case).failed == 1
    # The same form a second time: told, not doubled, and the text stays.
    again = client.post(url, form | {"version": case.version, "note": "第二次仍在表单里"})
    assert again.status_code == 409 and "第二次仍在表单里" in again.content.decode()
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(("who", "status"), [("service", 403), ("teller", 403), ("colleague", 404), ("stranger", 404), ("admin", 403)])  # fmt: skip
def test_the_page_tells_whose_it_is(at, client_of, cast, who, status):
    case = at(State.ASSIGNED)
    form = {"at": "2026-11-24T10:00", "means": "phone", "result": "no_answer", "version": case.version}
    assert client_of(cast[who]).post(f"/complaints/{case.number}/contact/", form).status_code == status
    assert not Contact.objects.exists()


@pytest.mark.parametrize("at_text", ["", "gestern", "2026-13-45T99:99", "２０２６"])
def test_an_unreadable_time_is_asked_for_again(at, client_of, head, at_text):
    case = at(State.ASSIGNED)
    form = {"at": at_text, "means": "phone", "result": "no_answer", "version": case.version}
    assert client_of(head).post(f"/complaints/{case.number}/contact/", form).status_code == 409


def test_what_is_done_in_the_minute_of_the_receipt_counts(at, head, service, now):
    """Forms know whole minutes: contact, notice and apology may carry the minute in which the case came in."""
    minute = now.replace(second=0, microsecond=0)
    case = at(State.REPLIED)
    Case.objects.filter(pk=case.pk).update(received_at=minute + timedelta(seconds=40))
    case, later = fresh(case), minute + timedelta(minutes=5)
    assert acknowledge(case=case, sent_at=minute, means="sms", note="", actor=service, now=later).sent_at == minute
    case = fresh(case)
    told = {"means": "meeting", "reaction": "forgiven", "note": ""}
    assert apologise(case=case, actor=head, now=later, by=head, at=minute, **told).at == minute
    with pytest.raises(Refused):
        past_moment(minute - timedelta(minutes=1), field="at", earliest=case.received_at, now=later)
