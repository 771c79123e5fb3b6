"""The page of a case, the office's desk: what each person sees, and that looking is logged."""

from datetime import timedelta

import pytest

from complaints.cases.codes import State
from complaints.handling.case_page import PATH, may_of, next_of, roles_of, strip_of, tone_of, workers_of
from complaints.handling.desk import TRAYS, rows_of
from complaints.handling.history import SIZE
from complaints.models import Case, CaseEvent, Delegation, Extension, Pause
from crm.privacy.models import AccessEvent
from tests.archives import make_personal
from tests.complaints.handling import fresh
from tests.complaints.world import PATH as MADE

ENGLISH = {"headers": {"accept-language": "en"}}
MINE = {
    State.REGISTERED: "service", State.ACCEPTED: "service", State.ASSIGNED: "head", State.CONTACTED: "president",
    State.INVESTIGATING: "president", State.FOUND: "president", State.PLANNED: "president", State.REPLIED: "service",
    State.CLOSED: "headoffice",
}  # fmt: skip


def page(client, case, query=""):
    return client.get(f"/complaints/{case.number}/{query}")


def test_opening_a_case_is_logged_each_time(at, client_of, head, stranger):
    case, client = at(State.ASSIGNED), client_of(head)
    for _n in range(2):
        assert page(client, case).status_code == 200
    seen = AccessEvent.objects.filter(object_type="case", object_id=case.pk)
    assert seen.filter(action="view", actor=head).count() == 2
    assert page(client_of(stranger), case).status_code == 404
    assert seen.filter(action="denied", actor=stranger).count() == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("teller", 200), ("head", 200), ("president", 200), ("service", 200), ("headoffice", 200), ("auditor", 200),
        ("manager", 404), ("colleague", 404), ("lobby", 404), ("stranger", 404), ("stranger_head", 404), ("admin", 403),
    ],
)  # fmt: skip
def test_who_sees_a_case(at, client_of, cast, who, status):
    assert page(client_of(cast[who]), at(State.ASSIGNED)).status_code == status


def test_a_number_of_no_case_is_not_found(client_of, service):
    assert client_of(service).get("/complaints/TS20261124-99999/").status_code == 404
    assert client_of(service).post("/complaints/TS20261124-99999/accept/").status_code == 404


@pytest.mark.parametrize("state", MINE)
def test_what_is_next_is_mine_or_waits_for_somebody(at, cast, state):
    case = at(state)
    for name in ("teller", "head", "president", "service", "headoffice"):
        step = next_of(case, roles_of(case, cast[name]))
        if name == MINE[state]:
            assert step.mine, (state, name)
        elif not step.mine:
            assert step.who
    assert not next_of(case, roles_of(case, cast["teller"])).mine


def test_an_ended_case_has_nothing_next(at, service):
    case = at(State.REGISTERED)
    Case.objects.filter(pk=case.pk).update(state=State.REFUSED)
    assert next_of(fresh(case), roles_of(case, service)) is None


@pytest.mark.parametrize("state", MADE)
def test_the_strip_shows_what_is_done_and_what_is_next(at, state):
    case = at(state)
    strip = strip_of(case)
    height = PATH.index(state)
    assert [one["css"] for one in strip[: height + 1]] == ["done"] * (height + 1)
    assert strip[height]["at"] is not None
    assert strip[height + 1]["css"] == ("now" if case.is_open else "")


def test_the_strip_of_a_withdrawn_case_stops_where_it_was(at, now):
    case = at(State.CONTACTED)
    CaseEvent.objects.create(case=case, round=1, action="withdraw", frm="contacted", to="withdrawn", at=now)
    Case.objects.filter(pk=case.pk).update(state=State.WITHDRAWN)
    assert [one["css"] for one in strip_of(fresh(case))].count("done") == 4
    assert "now" not in [one["css"] for one in strip_of(fresh(case))]


@pytest.mark.parametrize(("hours", "tone"), [(-1, "late"), (1, "warn"), (100, "info"), (None, "none")])
def test_the_nearest_limit_gives_the_colour(at, now, hours, tone):
    case = at(State.ASSIGNED)
    case.nearest_at = now + timedelta(hours=hours) if hours is not None else None
    assert tone_of(case, now) == tone


def test_who_works_on_it_and_why(at, client_of, head, service, president):
    case = at(State.ASSIGNED)
    people = [one.person for one in workers_of(case)]
    assert people == [president, head, service, case.first_receiver]
    assert all(one.why or one.person == service for one in workers_of(case))


def test_the_complainant_is_plain_to_who_works_on_it_and_masked_to_others(at, client_of, bank, manager, head, auditor):
    customer = make_personal(branch=bank["0101"], manager=manager, name="欧阳建国")
    case = at(State.ASSIGNED, customer=customer)
    text = page(client_of(head), case).content.decode()
    assert "欧阳建国" in text and f"/customers/{customer.number}/" in text
    masked = page(client_of(auditor), case).content.decode()
    assert "欧阳建国" not in masked and "欧阳**" in masked
    assert f"/customers/{customer.number}/" not in masked


def test_the_name_of_somebody_who_is_no_customer_is_masked_too(at, client_of, head, auditor):
    case = at(State.ASSIGNED, name="司马相如")
    assert "司马相如" in page(client_of(head), case).content.decode()
    assert "司马相如" not in page(client_of(auditor), case).content.decode()


def test_the_history_is_paged_by_round(at, client_of, head, now):
    case = at(State.CONTACTED)
    CaseEvent.objects.bulk_create(
        CaseEvent(case=case, round=1, action="supplement", frm="contacted", to="contacted", reason=f"第{n}条", at=now)
        for n in range(SIZE + 5)
    )
    CaseEvent.objects.create(case=case, round=2, action="reopen", frm="closed", to="assigned", reason="又来", at=now)
    client = client_of(head)
    first = page(client, case).context
    assert len(first["entries"]) == SIZE and first["history"].has_next and first["rounds"] == {1: SIZE + 8, 2: 1}
    second = page(client, case, f"?after={first['history'].next_token}").context
    assert len(second["entries"]) == 8
    other = page(client, case, "?round=2").context
    assert [one["text"] for one in other["entries"]] == ["又来"]
    for odd in ("?round=9", "?round=x", "?round=²", "?after=%00", "?round=1&before=x"):
        assert page(client, case, odd).status_code == 200


def test_a_reason_is_shown_and_not_run(at, client_of, head, now):
    case = at(State.CONTACTED)
    CaseEvent.objects.create(case=case, round=1, action="supplement", frm="contacted", to="contacted", reason="<script>x</script>", at=now)  # fmt: skip
    assert "<script>x</script>" not in page(client_of(head), case).content.decode()


@pytest.mark.parametrize("state", MADE)
def test_a_form_is_shown_to_whom_the_table_lets(at, client_of, cast, state):
    case = at(state)
    for name in ("head", "president", "service", "auditor", "headoffice", "teller"):
        text = page(client_of(cast[name]), case).content.decode()
        may = may_of(case, roles_of(case, cast[name]))
        for action in ("accept", "refuse", "forward", "reassign", "contact", "escalate"):
            office = action in ("accept", "refuse", "forward", "reassign")
            shown = f'action="/complaints/{case.number}/{action}/"' in text
            assert shown == (action in may and (not office or name == "service")), (state, name, action)


def test_the_desk_is_the_offices(client_of, cast):
    for name in ("teller", "head", "president", "headoffice", "auditor", "admin"):
        assert client_of(cast[name]).get("/complaints/desk/").status_code == 403
    assert client_of(cast["service"]).get("/complaints/desk/").status_code == 200


def test_every_tray_holds_what_waits(at, service, president, manager, now):
    found = {state: at(state) for state in (State.REGISTERED, State.ACCEPTED, State.CONTACTED, State.REPLIED, State.CLOSED)}  # fmt: skip
    case = found[State.CONTACTED]
    common = {"case": case, "round": 1, "asked_by": president, "asked_at": now}
    Delegation.objects.create(to=manager, reason="外出", **common)
    Pause.objects.create(reason="appraisal", note="x", **common)
    Extension.objects.create(step=1, reason="x", **common)
    alone = at(State.ASSIGNED)
    Case.objects.filter(pk=alone.pk).update(investigator=None)
    wanted = {
        "accept": found[State.REGISTERED], "assign": found[State.ACCEPTED], "nobody": alone, "delegations": case,
        "pauses": case, "extensions": case, "close": found[State.REPLIED], "call": found[State.CLOSED],
    }  # fmt: skip
    assert {tray.key: rows_of(tray, service).get() for tray in TRAYS} == wanted


def test_the_desk_puts_the_nearest_limit_first_and_none_last(at, client_of, service, now):
    cases = [at(State.REGISTERED) for _n in range(3)]
    for case, hours in zip(cases, (9, None, -2), strict=True):
        near = now + timedelta(hours=hours) if hours is not None else None
        Case.objects.filter(pk=case.pk).update(nearest_at=near)
    shown = client_of(service).get("/complaints/desk/?tray=accept").context["rows"]
    assert [case.pk for case, _tone in shown] == [cases[2].pk, cases[0].pk, cases[1].pk]
    assert [tone for _case, tone in shown] == ["late", "warn", "none"]
    assert client_of(service).get("/complaints/desk/?tray=nonsense&after=x").status_code == 200


def test_pages_read_in_english_too(at, client_of, service, head):
    case = at(State.ASSIGNED)
    client = client_of(head)
    client.post("/i18n/setlang/", {"language": "en"})
    assert client.get(f"/complaints/{case.number}/").status_code == 200


def test_a_page_costs_a_fixed_number_of_queries(at, client_of, head, now, django_assert_max_num_queries):
    case = at(State.INVESTIGATING)
    client = client_of(head)
    page(client, case)
    with django_assert_max_num_queries(80):
        page(client, case)
