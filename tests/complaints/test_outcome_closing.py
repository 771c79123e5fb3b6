"""The close gate holds on every path: page, bulk, later rounds, imports, admin, and writing past the services."""

from datetime import timedelta
from functools import partial

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.urls import reverse

from complaints.cases.codes import Finding, Kind, State
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling import closing, redressing, reopening, replying, resolving
from complaints.models import Apology, Case, Clock, Contact, Investigation, Redress, Reply
from crm.lib.refusals import Refused, TooLate
from tests.complaints.outcome_cases import TEXTS, prints, ready
from tests.complaints.test_outcome_main import post, says, url

pytestmark = pytest.mark.django_db


def without_acknowledgement(case):
    case.acknowledgements.all().delete()


def without_contact(case):
    Contact.objects.filter(case=case).update(result="no_answer")


def without_first_contact(case):
    Case.objects.filter(pk=case.pk).update(contacted_at=None)


def without_signature(case):
    Investigation.objects.filter(case=case).update(signed_at=None)


def without_finding(case):
    Case.objects.filter(pk=case.pk).update(finding="")


def without_apology(case):
    Apology.objects.filter(case=case).delete()


def without_answer(case):
    Reply.objects.filter(case=case).delete()


def with_half_an_answer(case):
    Reply.objects.filter(case=case).update(remedies="可申请核查")


def with_open_redress(case):
    Redress.objects.create(case=case, round=case.round, kind="refund", amount_cents=1, reason="x", proposed_by=case.contact, proposed_at=case.received_at)  # fmt: skip


LACKS = {
    without_acknowledgement: "acknowledged",
    without_contact: "contact",
    without_first_contact: "contact",
    without_signature: "report",
    without_finding: "report",
    without_apology: "apology",
    without_answer: "reply",
    with_half_an_answer: "reply",
    with_open_redress: "redress",
}


@pytest.fixture
def case(cast, outlet, now):
    return ready(cast, outlet, now=now)


def test_what_lacks_nothing_closes(case, cast, now, client_of):
    assert closing.missing(case) == []
    answer = post(client_of(cast["service"]), "close", case)
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.state == "closed" and case.closed_at


@pytest.mark.parametrize(("take", "code"), LACKS.items())
def test_what_is_missing_is_named_and_linked_on_every_path(take, code, case, cast, now, client_of):
    take(case)
    case.refresh_from_db()
    before = prints(case)
    lacks = closing.missing(case)
    assert [one.code for one in lacks] == [code]
    client = client_of(cast["service"])
    for page in ("close", "case"):
        text = says(client.get(url(page, case)))
        assert lacks[0].url in text
    answer = post(client, "close", case)
    assert answer.status_code == 409 and case.number in says(answer)
    listed = says(client.get(reverse("complaints:closing")))
    assert lacks[0].url in listed and f'value="{case.number}:{case.version}" checked' not in listed.replace("\n", " ")
    answer = client.post(reverse("complaints:closing"), {"case": f"{case.number}:{case.version}"})
    assert answer.status_code == 200 and "tone-late" in says(answer)
    for actor in (cast["service"], cast["president"]):
        with pytest.raises(Refused):
            closing.close(case=case, actor=actor, now=now)
    result = closing.close_many(cases=[case], actor=cast["service"], now=now)
    assert [one.done for one in result] == [False]
    assert prints(case) == before


@pytest.mark.parametrize("take", [without_first_contact, without_finding])
def test_the_database_holds_what_the_services_hold(take, case, cast, now):
    """A shell, an admin action, an UPDATE: none closes around the gate."""
    take(case)
    assert not database_takes(case, now)


def test_the_database_asks_for_the_apology_and_the_answer(case, now):
    for missing in ("apologised_at", "replied_at"):
        kept = Case.objects.filter(pk=case.pk).values(missing).get()
        Case.objects.filter(pk=case.pk).update(**{missing: None})
        assert not database_takes(case, now), missing
        Case.objects.filter(pk=case.pk).update(**kept)
    assert database_takes(case, now)


def database_takes(case, now) -> list[str]:
    """The ways of writing a closed case past the services that the database lets through; each is taken back."""
    fresh = Case.objects.get(pk=case.pk)
    fresh.state, fresh.closed_at = "closed", now
    row = Case.objects.filter(pk=case.pk)
    ways = {state: partial(row.update, state=state, closed_at=now) for state in ("closed", "called_back", "archived")}
    ways |= {"save": fresh.save, "bulk": partial(Case.objects.bulk_update, [fresh], ["state", "closed_at"])}
    taken = []
    for name, write in ways.items():
        try:
            with transaction.atomic():
                write()
                taken.append(name)
                transaction.set_rollback(True)
        except IntegrityError:
            continue
    return taken


def test_taking_the_step_itself_past_the_gate_is_stopped_below(case, cast, now):
    """Even `act`, called without the gate, does not close what lacks an apology."""
    Case.objects.filter(pk=case.pk).update(apologised_at=None)
    case.refresh_from_db()
    with pytest.raises(IntegrityError), transaction.atomic():
        act(case=case, action=Action.CLOSE, actor=cast["service"], now=now, closed_at=now)
    case.refresh_from_db()
    assert case.state == "replied"


def test_a_closed_case_is_not_stripped_of_its_answer(case, cast, now):
    closing.close(case=case, actor=cast["service"], now=now)
    for column in ("contacted_at", "replied_at", "apologised_at", "closed_at"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(**{column: None})


def test_admin_knows_no_cases(db):
    assert Case not in admin.site._registry and not {Reply, Apology, Contact, Redress} & set(admin.site._registry)


def test_an_imported_open_case_closes_through_the_same_gate(cast, outlet, now):
    case = ready(cast, outlet, now=now, load_key="cfpb:1")
    without_apology(case)
    with pytest.raises(Refused):
        closing.close(case=case, actor=cast["service"], now=now)
    case.refresh_from_db()
    assert case.state == "replied"


def test_no_apology_is_asked_for_where_the_bank_was_not_at_fault(cast, outlet, now):
    case = ready(cast, outlet, finding=Finding.NOT, now=now)
    assert "apology" not in [one.code for one in closing.conditions(case)]
    closing.close(case=case, actor=cast["president"], now=now)
    assert case.state == "closed"


def test_an_anonymous_case_needs_no_acknowledgement(cast, outlet, now):
    case = ready(cast, outlet, now=now, is_anonymous=True)
    without_acknowledgement(case)
    assert closing.missing(case) == []


def test_an_inquiry_that_was_handled_needs_its_answer_only(cast, outlet, now):
    case = ready(cast, outlet, now=now, kind=Kind.INQUIRY)
    without_contact(case)
    without_acknowledgement(case)
    without_apology(case)
    assert closing.missing(case) == []
    closing.close(case=case, actor=cast["service"], now=now)


def test_a_reopened_round_asks_for_everything_anew(case, cast, now, later):
    closing.close(case=case, actor=cast["service"], now=now)
    reopening.reopen(case=case, actor=cast["service"], now=later(1), reason="客户不满意")
    assert {one.code for one in closing.missing(case)} == {"contact", "report", "reply"}
    assert not database_takes(case, now)
    Case.objects.filter(pk=case.pk).update(finding="yes", contacted_at=now, replied_at=now, state="replied")
    case.refresh_from_db()
    assert {one.code for one in closing.missing(case)} == {"contact", "report", "apology", "reply"}
    with pytest.raises(Refused):
        closing.close(case=case, actor=cast["service"], now=later(2))


def test_bulk_gives_a_result_per_row(case, cast, outlet, now, client_of):
    lacking, stale, there = (ready(cast, outlet, now=now) for _n in range(3))
    without_apology(lacking)
    Case.objects.filter(pk=there.pk).update(state="planned", version=there.version + 1)
    rows = [f"{c.number}:{c.version - (c == stale)}" for c in (case, lacking, stale, there)]
    answer = client_of(cast["service"]).post(
        reverse("complaints:closing"), {"case": [*rows, "TS20000101-00001:1", "x", ":::"]}
    )
    text = says(answer)
    assert text.count("tone-ok") >= 1 and all(c.number in text for c in (case, lacking, stale, there))
    states = dict(Case.objects.values_list("number", "state"))
    assert states == {
        case.number: "closed",
        lacking.number: "replied",
        stale.number: "replied",
        there.number: "planned",
    }


def test_bulk_of_somebody_else_closes_nothing(case, cast, client_of):
    for who in ("stranger", "auditor", "head"):
        client = client_of(cast[who])
        assert case.number not in says(client.get(reverse("complaints:closing"))), who
        client.post(reverse("complaints:closing"), {"case": f"{case.number}:{case.version}"})
    case.refresh_from_db()
    assert case.state == "replied"
    assert client_of(cast["admin"]).get(reverse("complaints:closing")).status_code == 403


def test_the_second_comes_too_late(case, cast, now):
    other = Case.objects.get(pk=case.pk)
    closing.close(case=case, actor=cast["service"], now=now)
    with pytest.raises(TooLate, match=cast["service"].name):
        closing.close(case=other, actor=cast["president"], now=now)


@pytest.mark.parametrize(("hours", "in_time"), [(1, True), (-1, False)])
def test_closing_in_time_is_read_from_the_statutory_clock(hours, in_time, case, cast, now):
    Clock.objects.filter(case=case).delete()
    due = now + timedelta(hours=hours)
    Clock.objects.create(case=case, round=1, kind="statutory", unit="d", amount=15, started_at=now - timedelta(days=15), first_due_at=due, due_at=due)  # fmt: skip
    closing.close(case=case, actor=cast["service"], now=now)
    assert Case.objects.get().closed_in_time == in_time


def test_an_inquiry_is_settled_on_its_page_and_a_complaint_is_not(cast, outlet, now, client_of):
    client = client_of(cast["teller"])
    inquiry = ready(cast, outlet, State.REGISTERED, now=now, kind=Kind.INQUIRY)
    assert post(client, "settle", inquiry, text=" ", means="phone").status_code in (200, 409)
    assert post(client, "settle", inquiry, text="已解答", means="phone").status_code == 302
    inquiry.refresh_from_db()
    assert inquiry.state == "closed" and "已解答" in says(client.get(url("case", inquiry)))
    complaint = ready(cast, outlet, State.REGISTERED, now=now)
    assert post(client, "settle", complaint, text="已解答", means="phone").status_code == 409
    with pytest.raises(Refused):
        resolving.settle(case=complaint, actor=cast["service"], now=now, text="x", means="phone")


def test_the_apology_that_comes_after_the_answer_counts(cast, outlet, now, client_of):
    case = ready(cast, outlet, State.PLANNED, now=now)
    replying.send_reply(case=case, actor=cast["president"], now=now, parts=TEXTS, means="letter")
    assert [one.code for one in closing.missing(case)] == ["apology"]


def test_a_refused_redress_does_not_stand_in_the_way(case, cast, now):
    row = redressing.propose_redress(case=case, actor=cast["head"], now=now, kind="refund", amount_cents=10, reason="x")
    assert [one.code for one in closing.missing(case)] == ["redress"]
    redressing.decide_redress(case=case, redress=row, actor=cast["president"], now=now, granted=False, comment="无据")
    assert closing.missing(case) == []
