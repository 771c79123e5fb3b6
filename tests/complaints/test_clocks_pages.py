"""The pages of limits: who may, who is told what, what was typed stays, another version is refused."""

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from complaints.cases.codes import State
from complaints.clocks.models import Clock, Extension, Pause, Target
from complaints.clocks.nearest import nearest_line
from complaints.clocks.page import clocks_of
from complaints.clocks.sweep import sweep_clocks
from complaints.clocks.wording import moment_in_words, span_in_words
from complaints.models import Case
from crm.privacy.models import AccessEvent
from crm.workdays.models import CalendarDay
from tests.complaints.clocks_world import MONDAY, case_on, clock_of, ends
from tests.complaints.test_clocks_rules import at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def case(cast, outlet):
    return case_on(cast, outlet, received=timezone.now(), to=State.INVESTIGATING)


def url(case, *parts) -> str:
    return "/".join(["", "complaints", case.number, "clocks", *map(str, parts), ""])


def ask_pause(client, case, **values):
    return client.post(
        url(case, "pause"), {"p-version": case.version, "p-reason": "testing", "p-note": "送检点钞机"} | values
    )


def decision(prefix, case, grant="yes", **values):
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M:%S")
    data = {"version": case.version, "grant": grant, "means": "phone", "told_at": now, "comment": ""} | values
    return {f"{prefix}-{name}": value for name, value in data.items()}


def fresh(case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_a_pause_from_asking_to_its_end(case, client_of, president, service):
    assert ask_pause(client_of(president), case).status_code == 302
    asked = Pause.objects.get()
    page = client_of(service).get(url(case)).content.decode()
    assert "送检点钞机" in page and f"/pause/{asked.pk}/" in page
    data = decision("dp", fresh(case))
    Pause.objects.update(asked_at=timezone.now() - HOUR)
    assert client_of(service).post(url(case, "pause", asked.pk), data).status_code == 302
    assert fresh(case).paused_at and Clock.objects.paused().count() == 3
    assert "run-on" in client_of(president).get(url(case)).content.decode()
    assert client_of(president).post(url(case, "run-on"), {"version": fresh(case).version}).status_code == 302
    assert not Clock.objects.paused().exists() and Pause.objects.get().ended_at


def test_an_extension_from_asking_to_its_grant(case, client_of, president, service):
    data = {"e-version": case.version, "e-reason": "需外部取证"}
    assert client_of(president).post(url(case, "extension"), data).status_code == 302
    asked = Extension.objects.get()
    Extension.objects.update(asked_at=timezone.now() - HOUR)
    answer = client_of(service).post(url(case, "extension", asked.pk), decision("de", fresh(case)))
    assert answer.status_code == 302 and clock_of(case, "statutory").amount == 30
    page = client_of(president).get(url(case)).content.decode()
    assert moment_in_words(clock_of(case, "statutory").due_at) in page


def test_what_was_typed_stays_and_why_it_was_not_kept(case, client_of, president, service):
    answer = ask_pause(client_of(president), case, **{"p-reason": ""})
    assert answer.status_code == 400 and "送检点钞机" in answer.content.decode()
    ask_pause(client_of(president), case)
    asked = Pause.objects.get()
    data = decision("dp", fresh(case), means="", comment="同意送检")
    answer = client_of(service).post(url(case, "pause", asked.pk), data)
    assert answer.status_code == 409 and "同意送检" in answer.content.decode()
    answer = client_of(service).post(url(case, "pause", asked.pk), decision("dp", fresh(case), grant="maybe"))
    assert answer.status_code == 400 and Pause.objects.get().granted is None


@pytest.mark.parametrize(("who", "status"), [("president", 302), ("service", 302), ("head", 403), ("teller", 403), ("headoffice", 403), ("auditor", 403), ("colleague", 404), ("stranger", 404), ("stranger_head", 404), ("admin", 403)])  # fmt: skip
def test_who_may_ask(case, cast, client_of, who, status):
    assert ask_pause(client_of(cast[who]), case).status_code == status
    assert Pause.objects.count() == (status == 302)


@pytest.mark.parametrize(("who", "status"), [("service", 302), ("president", 403), ("head", 403), ("headoffice", 403), ("stranger", 404)])  # fmt: skip
def test_who_may_decide(case, cast, client_of, president, who, status):
    ask_pause(client_of(president), case)
    Pause.objects.update(asked_at=timezone.now() - HOUR)
    answer = client_of(cast[who]).post(url(case, "pause", Pause.objects.get().pk), decision("dp", fresh(case)))
    assert answer.status_code == status
    data = {"e-version": fresh(case).version, "e-reason": "取证"}
    if status == 302:
        client_of(president).post(url(case, "run-on"), {"version": fresh(case).version})
        data["e-version"] = fresh(case).version
    client_of(president).post(url(case, "extension"), data)
    Extension.objects.update(asked_at=timezone.now() - HOUR)
    answer = client_of(cast[who]).post(url(case, "extension", Extension.objects.get().pk), decision("de", fresh(case)))
    assert answer.status_code == status


def test_another_version_twice_and_another_case_are_refused(case, cast, outlet, client_of, president, service):
    client = client_of(president)
    assert ask_pause(client, case, **{"p-version": case.version - 1}).status_code == 409
    ask_pause(client, case)
    assert ask_pause(client, fresh(case)).status_code == 409
    other = case_on(cast, outlet, received=timezone.now(), to=State.INVESTIGATING)
    assert (
        client_of(service).post(url(other, "pause", Pause.objects.get().pk), decision("dp", other)).status_code == 404
    )
    assert client.post(url(case, "run-on"), {"version": fresh(case).version}).status_code == 409
    assert client.post(url(case, "run-on"), {"version": "x"}).status_code == 400
    assert client.get(url(case, "pause")).status_code == 405


def test_looking_is_logged_and_offers_only_what_may_be_done(case, cast, client_of):
    page = client_of(cast["auditor"]).get(url(case)).content.decode()
    assert "/clocks/pause/" not in page and "/clocks/extension/" not in page
    assert AccessEvent.objects.filter(action="view", object_type="case", object_id=case.pk).exists()
    assert "王建国" not in page and "138" not in page


def test_the_leaders_were_told(cast, outlet, client_of, service):
    case = case_on(cast, outlet, received=timezone.now(), level="major")
    data = {"version": case.version}
    assert client_of(service).post(url(case, "major", "major_notice"), data).status_code == 302
    assert ends(case)["major_notice"] == "met"
    assert client_of(service).post(url(case, "major", "statutory"), {"version": fresh(case).version}).status_code == 409
    assert client_of(cast["colleague"]).post(url(case, "major", "major_report"), data).status_code == 404


def test_everybody_reads_targets_the_office_sets_them(client_of, teller, service):
    day = timezone.localdate() + DAY
    data = {
        "kind": "plan",
        "level": "",
        "class_code": "",
        "amount": "2",
        "unit": "wd",
        "valid_from": day.isoformat(),
        "reason": "试行",
    }
    assert client_of(teller).get("/complaints/clocks/targets/").status_code == 200
    assert client_of(teller).post("/complaints/clocks/targets/set/", data).status_code == 403
    client = client_of(service)
    assert client.post("/complaints/clocks/targets/set/", data | {"amount": "2.5"}).status_code == 409
    answer = client.post("/complaints/clocks/targets/set/", data | {"reason": ""})
    assert answer.status_code == 400 and 'value="2"' in answer.content.decode()
    assert client.post("/complaints/clocks/targets/set/", data).status_code == 302
    assert Target.objects.get(kind="plan", version=2).set_by == service
    assert "试行" in client_of(teller).get("/complaints/clocks/targets/").content.decode()


def test_recalculation_shows_before_and_after_and_applies_what_was_seen(cast, outlet, client_of, service, head):
    case = case_on(cast, outlet)
    CalendarDay.objects.create(day=date(2026, 11, 26), kind="holiday", name="临时放假")
    client = client_of(service)
    answer = client.get("/complaints/clocks/recalculate/")
    page = answer.content.decode()
    assert case.number in page and "2026-11-30 24:00" in page and "2026-12-01 24:00" in page
    data = {"why": "calendar", "seen": answer.context["seen"], "reason": ""}
    assert client.post("/complaints/clocks/recalculate/apply/", data).status_code == 400
    assert (
        client.post("/complaints/clocks/recalculate/apply/", data | {"reason": "放假", "seen": "x"}).status_code == 409
    )
    assert clock_of(case, "internal").due_at == at("2026-11-30 24:00")
    assert client.post("/complaints/clocks/recalculate/apply/", data | {"reason": "放假"}).status_code == 302
    assert clock_of(case, "internal").due_at == at("2026-12-01 24:00")
    assert client_of(head).get("/complaints/clocks/recalculate/").status_code == 403
    assert client.get("/complaints/clocks/recalculate/?why=target").context["total"] == 0


def test_pauses_and_warnings_by_sight(cast, outlet, client_of, president, stranger, stranger_head, teller):
    case = case_on(cast, outlet, received=timezone.now() - 20 * DAY, to=State.INVESTIGATING)
    sweep_clocks(now=timezone.now())
    assert case.number in client_of(president).get("/complaints/clocks/warnings/").content.decode()
    assert case.number in client_of(teller).get("/complaints/clocks/warnings/").content.decode()  # registered it
    assert case.number not in client_of(stranger).get("/complaints/clocks/warnings/").content.decode()
    assert client_of(teller).get("/complaints/clocks/pauses/").status_code == 403
    Pause.objects.create(case=case, round=1, reason="testing", note="送检", asked_by=president, asked_at=timezone.now())
    assert case.number in client_of(president).get("/complaints/clocks/pauses/?from=x&to=").content.decode()
    assert case.number not in client_of(stranger_head).get("/complaints/clocks/pauses/").content.decode()


@pytest.mark.parametrize(
    ("now", "kind", "tone", "left"),
    [
        ("2026-11-23 10:00", "contact", "", "1 hour 6 minutes of working time left"),
        ("2026-11-23 10:45", "contact", "warn", "21 minutes of working time left"),
        ("2026-11-23 12:06", "contact", "late", "1 hour over"),
        ("2026-11-23 10:00", "statutory", "", "15 natural days left"),
        ("2026-12-08 10:00", "statutory", "warn", "last day"),
        ("2026-12-10 10:00", "statutory", "late", "1 day 10 hours over"),
        ("2026-11-25 10:00", "internal", "", "3 working days left"),
        ("2026-11-30 17:00", "internal", "warn", "last day"),
        ("2026-11-23 10:00", "contact_red", "", "23 hours 6 minutes left"),
    ],
)
def test_a_clock_in_words(cast, outlet, now, kind, tone, left):
    case = case_on(cast, outlet)
    with translation.override("en"):
        row = next(row for row in clocks_of(case, at(now))["clocks_open"] if row.clock.kind == kind)
        assert (row.tone, row.left) == (tone, left)
        assert bool(row.state) == bool(tone)  # never colour alone


def test_an_ended_clock_in_words_and_a_year_without_a_calendar(cast, outlet):
    with translation.override("en"):
        case = case_on(cast, outlet, to=State.CLOSED, when=at("2026-12-09 10:00"))
        shown = {row.clock.kind: row for row in clocks_of(case, at("2026-12-09 11:00"))["clocks_ended"]}
        assert (shown["statutory"].actual, shown["statutory"].difference) == ("16 natural days", "1 natural day late")
        assert shown["statutory"].state == "Missed" and shown["register"].difference == "1 working hour earlier"
        late = case_on(cast, outlet, received=at("2026-12-29 10:00"))
        assert "2027" in clocks_of(late, at("2026-12-29 10:00"))["clocks_note"]
        assert clocks_of(case, MONDAY)["clocks_note"] == ""


@pytest.mark.parametrize(
    ("now", "css", "text"),
    [
        ("2026-11-22 09:00", "tone-info", "1 day 2 hours left"),
        ("2026-11-23 10:00", "tone-warn", "1 hour 6 minutes left"),
        ("2026-11-23 11:06", "tone-warn", "1 minute left"),
        ("2026-11-25 12:00", "tone-late", "2 days over"),
    ],
)
def test_the_nearest_limit_for_lists(cast, outlet, django_assert_num_queries, now, css, text):
    case = case_on(cast, outlet)
    with translation.override("en"), django_assert_num_queries(0):
        line = nearest_line(case, at(now))
        assert (line.css, line.text, line.due) == (css, text, "2026-11-23 11:06") and line.word
        case.nearest_at, case.paused_at = None, MONDAY
        assert nearest_line(case, at(now)).css == "tone-none"
        case.paused_at = None
        assert nearest_line(case, at(now)) is None


def test_spans_in_words():
    with translation.override("en"):
        found = [span_in_words(timedelta(**one)) for one in ({"seconds": 5}, {"minutes": 59}, {"hours": 2}, {"days": 1}, {"days": 9, "hours": 5})]  # fmt: skip
    assert found == ["1 minute", "59 minutes", "2 hours", "1 day", "9 days"]


def test_the_case_page_carries_the_panel(case, client_of, president):
    page = client_of(president).get(f"/complaints/{case.number}/").content.decode()
    assert '<progress class="bar"' in page and url(case) in page
