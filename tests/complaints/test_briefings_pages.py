"""Briefings and documents through the pages: who writes, who reads, who signs, who is missing."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from complaints.briefings import reminding
from complaints.briefings.holding import open_briefing
from complaints.briefings.reading import coverage, issue_document, sign_as_read
from complaints.models import Briefing, BriefingSupplement, Document, ReadReceipt
from crm.notifications.models import Notice
from crm.workdays.services import work_calendar
from tests.cast import make_user
from tests.complaints.world import make_case

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def briefing(outlet, head, now, cast):
    return open_briefing(branch=outlet, day=timezone.localdate(now), kind="morning", actor=head, now=now)


@pytest.fixture
def rules(service, bank, today, now, cast):
    return issue_document(
        title="员工服务问题处理暂行办法", text="首问负责,当日受理。", scope=bank["0000"], due_on=today + timedelta(days=5), actor=service, now=now
    )  # fmt: skip


def record(briefing, people, **values):
    """The form as the page sends it, everybody present but those named in `absent`."""
    absent = values.pop("absent", {})
    start = {"action": "save", "version": briefing.version, "starts": "08:00", "ends": "08:20", "topics": "岗位分工"}
    marks = {f"mark-{p.pk}": "absent" if p in absent else "present" for p in people}
    return start | marks | {f"reason-{p.pk}": why for p, why in absent.items()} | values


def test_a_head_holds_a_briefing_to_its_sign_off(outlet, head, teller, client_of, today):
    client = client_of(head)
    page = client.post("/briefings/begin/", {"branch": outlet.pk, "day": today.isoformat(), "kind": "morning"})
    found = Briefing.objects.get()
    assert page.url == f"/briefings/{found.pk}/"
    people = [row.person for row in found.attendances.all()]
    assert teller in people and head in people
    data = record(found, people, host=head.pk, absent={teller: "休假"})
    assert client.post(page.url, data).status_code == 302
    found.refresh_from_db()
    assert (found.host, found.topics, found.version) == (head, "岗位分工", 2)
    signed = client.post(page.url, {"action": "sign_off", "version": 2})
    found.refresh_from_db()
    assert signed.status_code == 302 and found.signed_off_by == head
    late = client.post(page.url, record(found, people, topics="改写"))
    found.refresh_from_db()
    assert late.status_code == 409 and found.topics == "岗位分工"


def test_begun_twice_it_is_the_same(outlet, head, now, today):
    first = open_briefing(branch=outlet, day=today, kind="evening", actor=head, now=now)
    assert open_briefing(branch=outlet, day=today, kind="evening", actor=head, now=now) == first


@pytest.mark.parametrize("days", [-8, 1])
def test_no_briefing_is_written_long_after_or_ahead(outlet, head, client_of, today, days):
    day = today + timedelta(days=days)
    client_of(head).post("/briefings/begin/", {"branch": outlet.pk, "day": day.isoformat(), "kind": "morning"})
    assert not Briefing.objects.exists()


def test_what_is_missing_is_named_and_stops_the_sign_off(briefing, head, client_of):
    page = client_of(head).post(f"/briefings/{briefing.pk}/", {"action": "sign_off", "version": 1})
    briefing.refresh_from_db()
    assert page.status_code == 409 and briefing.signed_off_at is None


def test_the_second_of_two_tabs_keeps_what_was_typed(briefing, head, client_of):
    client, people = client_of(head), [row.person for row in briefing.attendances.all()]
    data = record(briefing, people)
    client.post(f"/briefings/{briefing.pk}/", data)
    second = client.post(f"/briefings/{briefing.pk}/", data | {"topics": "第二个窗口写的"})
    briefing.refresh_from_db()
    assert second.status_code == 409 and "第二个窗口写的" in second.content.decode() and briefing.topics == "岗位分工"


def test_an_end_before_the_beginning_is_refused_with_the_form(briefing, head, client_of):
    people = [row.person for row in briefing.attendances.all()]
    page = client_of(head).post(f"/briefings/{briefing.pk}/", record(briefing, people, starts="09:00", ends="08:00"))
    briefing.refresh_from_db()
    assert page.status_code == 409 and briefing.starts is None and "岗位分工" in page.content.decode()


def test_a_teller_reads_but_does_not_write(briefing, teller, client_of):
    client = client_of(teller)
    assert client.get(f"/briefings/{briefing.pk}/").status_code == 200
    refused = client.post(f"/briefings/{briefing.pk}/", {"action": "save", "version": 1, "topics": "我来写"})
    briefing.refresh_from_db()
    assert refused.status_code == 403 and briefing.topics == ""
    assert client.get("/briefings/begin/").status_code == 403


def test_a_stranger_gets_404(briefing, stranger, stranger_head, admin, client_of):
    for person in (stranger, stranger_head):
        assert client_of(person).get(f"/briefings/{briefing.pk}/").status_code == 404
    assert client_of(admin).get(f"/briefings/{briefing.pk}/").status_code == 403


def test_another_outlets_head_does_not_begin_ours(outlet, stranger_head, client_of, today):
    client_of(stranger_head).post(
        "/briefings/begin/", {"branch": outlet.pk, "day": today.isoformat(), "kind": "morning"}
    )
    assert not Briefing.objects.exists()


def test_a_case_is_spoken_of_by_its_number_alone(briefing, head, teller, outlet, client_of):
    case = make_case(respondent=outlet, actor=teller, name="欧阳建国")
    client = client_of(head)
    client.post(
        f"/briefings/{briefing.pk}/", {"action": "discuss", "version": 1, "number": case.number, "lesson": "先安抚"}
    )
    page = client.get(f"/briefings/{briefing.pk}/").content.decode()
    assert case.number in page and "先安抚" in page and "欧阳建国" not in page


def test_a_case_out_of_scope_cannot_be_named(briefing, head, stranger, bank, client_of):
    case = make_case(respondent=bank["0201"], actor=stranger)
    page = client_of(head).post(
        f"/briefings/{briefing.pk}/", {"action": "discuss", "version": 1, "number": case.number}
    )
    assert page.status_code == 409 and not briefing.cases.exists()


def test_photographs_are_pictures(briefing, head, client_of):
    client, url = client_of(head), f"/briefings/{briefing.pk}/"
    bad = SimpleUploadedFile("a.pdf", b"%PDF-1.4", content_type="application/pdf")
    assert client.post(url, {"action": "photos", "version": 1, "photos": bad}).status_code == 409
    client.post(url, {"action": "photos", "version": 1, "photos": SimpleUploadedFile("晨会.png", PNG)})
    row = briefing.photos.get()
    got = client.get(f"/briefings/{briefing.pk}/photo/{row.pk}/")
    assert b"".join(got.streaming_content) == PNG


def test_the_absent_read_later_and_supplements_follow(briefing, head, teller, client_of):
    client, people = client_of(head), [row.person for row in briefing.attendances.all()]
    client.post(f"/briefings/{briefing.pk}/", record(briefing, people, host=head.pk, absent={teller: "休假"}))
    client.post(f"/briefings/{briefing.pk}/", {"action": "sign_off", "version": 2})
    client.post(f"/briefings/{briefing.pk}/", {"action": "supplement", "text": "补充:下午演练"})
    assert BriefingSupplement.objects.get().text == "补充:下午演练"
    client_of(teller).post(f"/briefings/{briefing.pk}/", {"action": "make_up"})
    assert briefing.attendances.get(person=teller).made_up_at
    assert client_of(head).post(f"/briefings/{briefing.pk}/", {"action": "make_up"}).status_code == 409


# Documents


def test_the_office_issues_and_everybody_is_told(service, client_of, bank, today):
    data = {"title": "服务办法", "text": "首问负责", "scope": bank["0000"].pk, "due_on": today.isoformat()}
    page = client_of(service).post("/briefings/documents/issue/", data)
    document = Document.objects.get()
    assert page.url == f"/briefings/documents/{document.code}/1/"
    told = Notice.objects.filter(kind="document-issued").values_list("recipient__username", flat=True)
    assert {"teller", "head", "president", "service"} <= set(told) and "admin" not in told


@pytest.mark.parametrize(
    ("field", "value"), [("title", ""), ("text", ""), ("due_on", "2020-01-01"), ("due_on", "never")]
)
def test_a_bad_document_keeps_what_was_typed(service, client_of, bank, today, field, value):
    data = {"title": "服务办法", "text": "首问负责", "scope": bank["0000"].pk, "due_on": today.isoformat()} | {
        field: value
    }
    page = client_of(service).post("/briefings/documents/issue/", data)
    assert page.status_code in (200, 409) and not Document.objects.exists()
    assert ("首问负责" if field != "text" else "服务办法") in page.content.decode()


def test_only_who_may_issues(head, client_of):
    assert client_of(head).get("/briefings/documents/issue/").status_code == 403


def test_a_teller_signs_once(rules, teller, client_of):
    client, url = client_of(teller), f"/briefings/documents/{rules.code}/1/"
    assert rules.title in client.get("/briefings/documents/").content.decode()
    for _again in range(2):
        client.post(url)
    assert ReadReceipt.objects.filter(person=teller).count() == 1
    assert "late-text" not in client.get(url).content.decode()


def test_coverage_is_the_share_of_all_who_work_here_now(rules, cast, bank, now, today):
    for name in ("teller", "head", "manager"):
        sign_as_read(document=rules, actor=cast[name], now=now)
    lines = {line.branch.code: line for line in coverage(rules, work_calendar())}
    assert (lines["0101"].signed, lines["0101"].people) == (3, 5)
    assert {person.username for person, _by in lines["0101"].missing} == {"colleague", "lobby"}
    cast["colleague"].is_active = False
    cast["colleague"].save()
    joiner = make_user(username="joiner", role="teller", branch=bank["0101"], date_joined=now + timedelta(days=30))
    line = next(line for line in coverage(rules, work_calendar()) if line.branch.code == "0101")
    due = dict(line.missing)
    assert line.people == 5 and joiner in due and due[joiner] > rules.due_on


def test_a_document_for_a_branch_is_not_for_another(service, bank, stranger, teller, client_of, today, now):
    rules = issue_document(title="城东细则", text="x", scope=bank["0100"], due_on=today, actor=service, now=now)
    url = f"/briefings/documents/{rules.code}/1/"
    assert client_of(stranger).get(url).status_code == 404
    assert client_of(teller).get(url).status_code == 200


def test_heads_see_their_outlets_coverage_tellers_none(rules, head, teller, client_of):
    url = f"/briefings/documents/{rules.code}/1/"
    page = client_of(head).get(url).content.decode()
    assert "苏敏" in page and "林远" not in page
    assert "苏敏" not in client_of(teller).get(url).content.decode()


def test_a_new_version_is_read_anew(rules, service, teller, client_of, bank, today, now):
    sign_as_read(document=rules, actor=teller, now=now)
    data = {"title": rules.title, "text": "修订", "scope": bank["0000"].pk, "due_on": today.isoformat()}
    client_of(service).post(f"/briefings/documents/issue/?replaces={rules.code}", data)
    newer = Document.objects.get(version=2)
    rules.refresh_from_db()
    assert rules.replaced_by == newer
    client = client_of(teller)
    client.post(f"/briefings/documents/{rules.code}/1/")
    assert list(Document.objects.unread_by(teller)) == [newer]


def test_reminders_come_once_and_again_when_late(rules, teller, head, now, later):
    for offset, kind in ((2, "document-soon"), (6, "document-late")):
        day = timezone.localdate(later(offset)).isoformat()
        for _twice in range(2):
            reminding.run(period=day, run=None, now=later(offset))
        assert Notice.objects.filter(kind=kind, recipient=teller).count() == 1


def test_a_head_hears_of_a_missing_morning_meeting_on_a_working_day(
    outlet, head, briefing, stranger_head, now, time_machine
):
    reminding.run(period="2026-11-24", run=None, now=now)
    told = set(Notice.objects.filter(kind="briefing-missing").values_list("recipient__username", flat=True))
    expected = {"stranger_head"} | (set() if briefing.day.isoformat() == "2026-11-24" else {"head"})
    assert told == expected
    reminding.run(period="2026-11-28", run=None, now=now)  # a Saturday
    assert Notice.objects.filter(kind="briefing-missing").count() == len(expected)
