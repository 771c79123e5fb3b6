"""The lobby through the door: every role at every page, forms that keep what was typed, both languages."""

from datetime import date, timedelta

import pytest

from complaints.duty.months import Month
from complaints.duty.services import propose_roster, roster_of
from complaints.models import Duty, Handover, LobbyEvent, LobbyLog, OpeningException, OpeningHours, Roster, Swap
from crm.privacy.models import AccessEvent
from crm.staff.models import Absence
from crm.workdays.loading import load_years, published_year
from tests.archives import make_personal
from tests.complaints.duty_world import at, make_duty, make_roster

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 12)
MONTH = "/lobby/0101/2026-10/"
NEXT = "/lobby/0101/2026-11/"


@pytest.fixture(autouse=True)
def _in_time(time_machine, db):
    time_machine.move_to(at(DAY, "08:20"))
    load_years(days=published_year(2026), source="test")


@pytest.fixture
def draft(outlet, head):
    """November, proposed."""
    now = at(DAY, "08:00")
    roster = roster_of(branch=outlet, month=Month(2026, 11), actor=head, now=now)
    propose_roster(roster=roster, actor=head, now=now, version=roster.version)
    return roster


def text(response) -> str:
    return response.content.decode()


# Who sees what


@pytest.mark.parametrize("who", ["teller", "manager", "lobby", "head", "president", "service", "headoffice", "auditor"])
def test_whoever_may_see_the_outlet_sees_its_lobby(cast, client_of, who):
    client = client_of(cast[who])
    pages = ["", "2026-10/", "2026-10/print/", "hours/", "handovers/", "events/2026-10/", "log/2026-10-12/"]
    assert {client.get(f"/lobby/0101/{page}").status_code for page in pages} == {200}


@pytest.mark.parametrize("who", ["stranger", "stranger_head"])
def test_for_a_stranger_it_does_not_exist(cast, client_of, who):
    client = client_of(cast[who])
    for page in ("", "2026-10/", "hours/", "handovers/", "events/2026-10/", "log/2026-10-12/"):
        assert client.get(f"/lobby/0101/{page}").status_code == client.get(f"/lobby/9999/{page}").status_code == 404
    assert AccessEvent.objects.filter(action=AccessEvent.Action.DENIED, object_label="0101").count() == 6


def test_the_administrator_has_no_lobby_but_the_hours_in_the_admin(admin, client_of):
    client = client_of(admin)
    assert client.get("/lobby/0101/").status_code == client.get("/lobby/mine/").status_code == 403
    for model in ("openinghours", "openingexception"):
        assert client.get(f"/admin/complaints/{model}/").status_code == client.get(f"/admin/complaints/{model}/add/").status_code == 200  # fmt: skip


def test_the_lobby_is_ones_own_outlet_or_a_choice(teller, president, client_of, lobby):
    make_duty(person=lobby, day=DAY, starts="08:00", missed_at=at(DAY, "08:10"))
    assert client_of(teller).get("/lobby/").url == "/lobby/0101/"
    page = text(client_of(president).get("/lobby/"))
    assert "/lobby/0101/" in page and "/lobby/0102/" in page and "/lobby/0201/" not in page
    assert lobby.name in page and "tone-late" in page


def test_a_sub_branch_has_no_lobby(president, client_of):
    assert client_of(president).get("/lobby/0100/").status_code == 404


@pytest.mark.parametrize("path", ["2026-13/", "2026-1/", "log/2026-02-30/", "log/x/", "%00/"])
def test_an_address_that_is_none_is_404(teller, client_of, path):
    assert client_of(teller).get(f"/lobby/0101/{path}").status_code == 404


# The month


def test_a_draft_is_the_planners_alone(draft, head, teller, lobby, client_of):
    assert lobby.name in text(client_of(head).get(NEXT))
    for page in (NEXT, f"{NEXT}print/"):
        assert lobby.name not in text(client_of(teller).get(page))


def test_the_head_proposes_mends_and_publishes(head, teller, manager, lobby, client_of):
    client = client_of(head)
    Absence.objects.create(user=manager, deputy=head, starts=date(2026, 11, 2), ends=date(2026, 11, 2))
    assert client.post(f"{NEXT}propose/").status_code == 302
    duty = Duty.objects.get(day=date(2026, 11, 2), post="lobby")
    Absence.objects.create(user=lobby, deputy=head, starts=duty.day, ends=duty.day)
    response = client.post(f"{NEXT}publish/", {"version": Roster.objects.get().version})
    assert response.status_code == 409 and f"/lobby/duties/{duty.pk}/" in text(response)
    form = {"version": duty.version, "post": "lobby", "starts": "08:30", "ends": "17:30", "person": teller.pk}
    response = client.post(f"/lobby/duties/{duty.pk}/", form)
    assert response.status_code == 409 and response.context["form"].errors.keys() == {"stands_in_for"}
    response = client.post(f"/lobby/duties/{duty.pk}/", form | {"stands_in_for": lobby.pk})
    assert response.status_code == 302 and response.url.endswith("#d-2026-11-02")
    assert client.post(f"{NEXT}publish/", {"version": Roster.objects.get().version}).status_code == 302
    page = text(client_of(teller).get(NEXT))
    assert lobby.name in page and f"/lobby/duties/{duty.pk}/" not in page


def test_a_gap_is_a_link_that_fills_the_form(draft, head, client_of):
    client = client_of(head)
    duty = Duty.objects.get(day=date(2026, 11, 3), post="lobby")
    assert client.post(f"/lobby/duties/{duty.pk}/", {"version": duty.version, "remove": "1"}).status_code == 302
    ((problem, address),) = client.get(NEXT).context["problems"]
    assert (problem.kind, problem.post) == ("gap", "lobby")
    initial = client.get(address).context["form"].initial
    assert (initial["day"], initial["post"], initial["starts"], initial["ends"]) == (
        duty.day,
        "lobby",
        "08:30",
        "17:30",
    )
    assert address.replace("&", "&amp;") in text(client.get(NEXT))


def test_what_was_typed_stays_in_the_form(draft, head, client_of):
    form = {"day": "2026-11-03", "post": "duty", "starts": "09:00", "ends": "08:00", "person": head.pk}
    response = client_of(head).post(f"{NEXT}place/", form)
    assert response.status_code == 409 and 'value="09:00"' in text(response) and "f-ends" in text(response)
    assert client_of(head).post(f"{NEXT}place/", form | {"starts": "noon"}).status_code == 400


@pytest.mark.parametrize("who", ["teller", "lobby", "service", "auditor"])
def test_whoever_does_not_plan_gets_403(draft, cast, client_of, who):
    client, duty = client_of(cast[who]), Duty.objects.first()
    for path in (
        f"{NEXT}propose/",
        f"{NEXT}publish/",
        f"{NEXT}place/",
        f"/lobby/duties/{duty.pk}/",
        "/lobby/0101/hours/exception/",
    ):
        assert client.post(path).status_code == 403
    assert client.post("/lobby/0101/hours/").status_code == 403
    assert Roster.objects.get().version == draft.version


def test_a_stale_page_says_who_was_first(draft, head, president, client_of):
    assert client_of(head).post(f"{NEXT}publish/", {"version": draft.version}).status_code == 302
    response = client_of(president).post(f"{NEXT}propose/", {"version": draft.version})
    assert response.status_code == 409 and head.name in text(response)


def test_a_duty_that_somebody_took_away_sends_back_to_the_month(draft, head, client_of):
    client, duty = client_of(head), Duty.objects.filter(post="lobby").first()
    form = {"version": duty.version, "remove": "1"}
    assert client.post(f"/lobby/duties/{duty.pk}/", form).status_code == 302
    assert client.post(f"/lobby/duties/{duty.pk}/", form).status_code == 404


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages(draft, head, lobby, client_of, outlet, settings, lang):
    client = client_of(head)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = lang
    duty = make_duty(person=head, day=DAY, post="head")
    pages = [
        "/lobby/mine/",
        f"/lobby/duties/{duty.pk}/",
        f"/lobby/duties/{duty.pk}/ask-swap/",
        NEXT,
        f"{NEXT}print/",
        f"{NEXT}place/",
    ]
    pages += [f"/lobby/0101/{page}" for page in ("", "hours/", "handovers/", "events/2026-10/", "log/2026-10-12/")]
    assert {client.get(page).status_code for page in pages} == {200}


def test_the_month_names_holidays_and_make_up_days(head, client_of):
    cells = [cell for week in client_of(head).get(MONTH).context["weeks"] for cell in week if cell.inside]
    notes = {cell.day.day: cell.note for cell in cells if cell.note}
    assert set(notes) == {1, 2, 3, 4, 5, 6, 7, 10} and cells[9].windows and not cells[0].windows


def test_the_month_costs_the_same_however_full_it_is(draft, head, client_of, django_assert_max_num_queries):
    client = client_of(head)
    with django_assert_max_num_queries(40):
        client.get(NEXT)


# Today


def test_check_in_on_the_page(lobby, head, teller, client_of, time_machine):
    duty = make_duty(person=lobby, day=DAY)
    client, path = client_of(lobby), f"/lobby/duties/{duty.pk}/check-in/"
    assert path in text(client.get("/lobby/mine/")) and path in text(client.get("/lobby/0101/"))
    assert path not in text(client_of(teller).get("/lobby/0101/"))
    assert client_of(teller).post(path).status_code == 403
    assert client.post(path).status_code == 302
    assert client.post(path).status_code == 409
    time_machine.move_to(at(DAY, "17:40"))
    client = client_of(lobby)
    assert client.post(f"/lobby/duties/{duty.pk}/check-out/").status_code == 302
    assert Duty.objects.get().checked_out_at - at(DAY, "17:40") < timedelta(minutes=1)


def test_too_early_is_said_and_nothing_written(lobby, client_of, time_machine):
    duty = make_duty(person=lobby, day=DAY, starts="09:00")
    client = client_of(lobby)
    assert f"{duty.pk}/check-in/" not in text(client.get("/lobby/mine/"))
    response = client.post(f"/lobby/duties/{duty.pk}/check-in/")
    assert response.status_code == 409 and "08:30" in text(response)
    assert Duty.objects.get().checked_in_at is None


def test_two_clicks_record_what_happened(teller, outlet, manager, client_of):
    customer = make_personal(branch=outlet, manager=manager, name="欧阳明亮")
    client = client_of(teller)
    token = client.get("/lobby/0101/").context["token"]
    form = {"kind": "settled", "token": token, "customer": customer.number, "text": "排队久,已安抚"}
    for _click in range(2):
        assert client.post("/lobby/0101/record/", form).status_code == 302
    event = LobbyEvent.objects.get()
    page = text(client.get("/lobby/0101/"))
    assert "排队久,已安抚" in page and "欧阳明亮" in page and f"?event={event.pk}" in page


def test_a_wrong_number_keeps_what_was_typed(teller, client_of):
    form = {"kind": "incident", "token": "abc", "customer": "123", "text": "老人滑倒"}
    response = client_of(teller).post("/lobby/0101/record/", form)
    assert response.status_code == 409 and "老人滑倒" in text(response) and not LobbyEvent.objects.exists()


def test_who_may_not_record(auditor, service, client_of, stranger):
    assert client_of(auditor).post("/lobby/0101/record/", {"kind": "settled"}).status_code == 403
    assert client_of(service).post("/lobby/0101/record/", {"kind": "settled"}).status_code == 403
    assert client_of(stranger).post("/lobby/0101/record/", {"kind": "settled"}).status_code == 404


def test_names_are_masked_to_the_auditor(auditor, teller, outlet, manager, client_of):
    customer = make_personal(branch=outlet, manager=manager, name="欧阳明亮")
    LobbyEvent.objects.create(branch=outlet, at=at(DAY, "08:10"), by=teller, customer=customer)
    for page in ("/lobby/0101/", "/lobby/0101/events/2026-10/"):
        assert "欧阳明亮" not in text(client_of(auditor).get(page))


def test_an_event_is_settled_by_button(teller, stranger, outlet, client_of):
    event = LobbyEvent.objects.create(branch=outlet, kind="incident", at=at(DAY, "08:10"), by=teller, is_settled=False)
    path = f"/lobby/events/{event.pk}/settle/"
    assert client_of(stranger).post(path).status_code == 404
    assert client_of(teller).post(path).status_code == 302
    assert client_of(teller).post(path).status_code == 409


# Swap, log, handover, hours


def test_a_swap_from_asking_to_the_decision(lobby, teller, head, stranger, client_of):
    duty = make_duty(person=lobby, day=DAY + timedelta(days=1))
    client, path = client_of(lobby), f"/lobby/duties/{duty.pk}/ask-swap/"
    response = client.post(path, {"to": teller.pk, "reason": " "})
    assert response.status_code == 400 and response.context["form"].errors.keys() == {"reason"}
    assert client_of(teller).post(path, {"to": lobby.pk, "reason": "换班"}).status_code in (400, 403)
    response = client.post(path, {"to": teller.pk, "reason": "孩子家长会"})
    swap = Swap.objects.get()
    assert response.url == f"/lobby/swaps/{swap.pk}/" and teller.name in text(client.get(response.url))
    assert client.post(path, {"to": teller.pk, "reason": "再来"}).status_code == 409
    assert client.post(f"/lobby/swaps/{swap.pk}/decide/", {"granted": "yes"}).status_code == 403
    assert client_of(stranger).get(f"/lobby/swaps/{swap.pk}/").status_code == 404
    client = client_of(head)
    assert f"/lobby/swaps/{swap.pk}/" in text(client.get("/lobby/mine/"))
    assert client.post(f"/lobby/swaps/{swap.pk}/decide/", {}).status_code == 409
    assert client.post(f"/lobby/swaps/{swap.pk}/decide/", {"granted": "yes"}).status_code == 302
    assert client.post(f"/lobby/swaps/{swap.pk}/decide/", {"granted": "no"}).status_code == 409
    assert Duty.objects.get().person == teller


def test_a_swap_is_taken_back(lobby, teller, client_of):
    duty = make_duty(person=lobby, day=DAY + timedelta(days=1))
    swap = Swap.objects.create(duty=duty, to=teller, reason="x", asked_by=lobby, asked_at=at(DAY, "08:00"))
    assert client_of(teller).post(f"/lobby/swaps/{swap.pk}/withdraw/").status_code == 403
    assert client_of(lobby).post(f"/lobby/swaps/{swap.pk}/withdraw/").status_code == 302
    assert client_of(lobby).post(f"/lobby/swaps/{swap.pk}/withdraw/").status_code == 409


LOG = {
    "version": 0, "customers": 50, "diverted": 20, "special": 1, "peak": "上午", "summary": "平稳", "leads": "",
    "opinion_book": "on", **{f"{phase}_{key}": "ok" for phase in ("before", "during", "after") for key in ("environment", "equipment")},
}  # fmt: skip


def test_the_log_is_written_finished_and_frozen(lobby, teller, client_of):
    client, path = client_of(lobby), "/lobby/0101/log/2026-10-12/"
    half = LOG | {"before_environment": "", "finish": "1"}
    response = client.post(path, half)
    assert response.status_code == 409 and "平稳" in text(response)  # saved, not finished
    assert client.post(path, LOG | {"version": 0}).status_code == 409
    assert client_of(teller).post(path, LOG).status_code == 403
    assert client.post(path, LOG | {"version": 1, "customers": "viele"}).status_code == 400
    assert client.post(path, LOG | {"version": 1, "finish": "1"}).status_code == 302
    log = LobbyLog.objects.get()
    assert log.finished_at and log.customers == 50
    page = text(client.get(path))
    assert "<textarea" not in page and "平稳" in page
    assert client.post(path, LOG | {"version": log.version, "summary": "改写"}).status_code == 409
    assert LobbyLog.objects.get().summary == "平稳"


def test_a_handover_through_the_door(lobby, teller, stranger, client_of):
    client, path = client_of(lobby), "/lobby/0101/handovers/"
    assert client.post(path, {"taker": teller.pk}).status_code == 400
    assert client.post(path, {"taker": teller.pk, "equipment": "正常", "urgent": "取号机缺纸"}).status_code == 302
    sheet = Handover.objects.get()
    sign = f"/lobby/handovers/{sheet.pk}/take/"
    assert client.post(sign).status_code == 403 and client_of(stranger).post(sign).status_code == 404
    assert sign in text(client_of(teller).get("/lobby/mine/"))
    assert client_of(teller).post(sign).status_code == 302 and client_of(teller).post(sign).status_code == 409


def test_hours_through_the_door(head, teller, client_of, outlet):
    client, path = client_of(head), "/lobby/0101/hours/"
    seen = client.get(path).context["seen"]
    week = {f"day_{n}": "08:30-12:00, 13:30-17:30" for n in range(5)} | {"day_5": "9：00–16：00", "seen": seen}
    bad = client.post(path, week | {"day_6": "all day"})
    assert bad.status_code == 400 and "all day" in text(bad)
    assert client.post(path, week | {"day_6": "10:00-09:00"}).status_code == 409
    assert client.post(path, week).status_code == 302 and OpeningHours.objects.count() == 11
    assert client.post(path, week | {"day_5": ""}).status_code == 409  # the page was stale
    form = {"day": "2026-10-18", "state": "open", "opens": "09:00", "closes": "12:00", "reason": "集市日"}
    assert client.post(f"{path}exception/", form).status_code == 302
    assert client.post(f"{path}exception/", form | {"closes": "08:00"}).status_code == 409
    assert client.post(f"{path}exception/", form | {"day": "soon"}).status_code == 400
    assert "集市日" in text(client_of(teller).get(path))
    assert client.post(f"{path}2026-10-18/remove/").status_code == 302 and not OpeningException.objects.exists()
    assert client.post(f"{path}2026-10-18/remove/").status_code == 404


def test_a_year_without_a_calendar_is_said(head, client_of, outlet):
    make_roster(branch=outlet, month="2027-01", state="draft")
    assert client_of(head).get("/lobby/0101/2027-01/").context["unknown_year"]
