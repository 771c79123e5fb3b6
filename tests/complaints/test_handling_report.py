"""The investigation report: in person, first contact first, signed once, frozen, filed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from complaints.cases.codes import State
from complaints.cases.rules import step
from complaints.handling.investigating import (  # fmt: skip
    add_evidence,
    file_report,
    report_of,
    returned_reports,
    save_report,
    set_aside,
    sign_report,
)
from complaints.models import Case, CaseFile, Investigation
from crm.lib.paper import is_unaltered
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.privacy.models import AccessEvent
from tests.complaints.handling import fresh, words
from tests.complaints.test_handling_assigning import notices, put_at

PDF = b"%PDF-1.4\n%%EOF\n"
OTHERS = ["teller", "head", "colleague", "service", "headoffice", "auditor", "stranger", "admin"]


def save(case, actor, now, seen=0, **changes):
    return save_report(case=case, actor=actor, seen=seen, words=words(**changes), now=now)


def sign(case, actor, now, seen=0, **changes):
    return sign_report(case=case, actor=actor, seen=seen, words=words(**changes), now=now)


def evidence(case, actor, now, *names):
    return add_evidence(case=case, actor=actor, uploads=[SimpleUploadedFile(name, PDF) for name in names], now=now)


def test_it_stays_locked_until_a_contact_attempt(at, president, now):
    case = at(State.ASSIGNED)
    for act in (save, sign):
        with pytest.raises(Refused, match=r"[Ff]irst|首"):
            act(case, president, now)
    case = at(State.CONTACTED)
    case.contacts.all().delete()  # a contact that nobody recorded unlocks nothing
    with pytest.raises(Refused):
        save(case, president, now)
    assert not Investigation.objects.exists()


def test_the_first_draft_begins_the_investigation_and_the_next_writes_on(at, president, now):
    case = at(State.CONTACTED)
    first = save(case, president, now, finding="", cause=None)
    assert fresh(case).state == State.INVESTIGATING and (first.version, first.by) == (1, president)
    again = save(fresh(case), president, now, seen=1, facts="补充:监控显示两窗口关闭。")
    assert (again.pk, again.version, again.facts) == (first.pk, 2, "补充:监控显示两窗口关闭。")
    assert case.events.filter(action="investigate").count() == 1


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("state", [State.ASSIGNED, State.CONTACTED, State.INVESTIGATING])
def test_nobody_else_records_findings(at, cast, now, who, state):
    case = at(state)
    seen = 1 if state == State.INVESTIGATING else 0
    for act in (save, sign):
        with pytest.raises(NotYours):
            act(case, cast[who], now, seen=seen)
    with pytest.raises(NotYours):
        evidence(case, cast[who], now, "监控.pdf")
    assert fresh(case).state == state


@pytest.mark.parametrize("state", State)
def test_every_state_takes_a_report_or_refuses_it(at, president, now, state):
    case = at(state) if state in State.values[:9] else put_at(at(State.CONTACTED), state)
    seen = 1 if state == State.INVESTIGATING else 0
    if step(state, "investigate"):
        assert sign(case, president, now, seen=seen).signed_at == now
        assert fresh(case).state == State.FOUND
    else:
        with pytest.raises(Refused):
            sign(case, president, now, seen=seen)
        assert fresh(case).state == state


def test_another_tab_loses_and_is_told(at, president, now):
    case = at(State.INVESTIGATING)
    save(case, president, now, seen=1)
    for act in (save, sign):
        with pytest.raises(TooLate):
            act(case, president, now, seen=1, facts="旧标签页")
    assert report_of(case).facts != "旧标签页" and fresh(case).state == State.INVESTIGATING


@pytest.mark.parametrize("missing", ["facts", "evidence", "finding", "cause", "root", "measures"])
def test_an_incomplete_report_is_not_signed(at, president, now, missing):
    case = at(State.INVESTIGATING)
    with pytest.raises(Refused) as refusal:
        sign(case, president, now, seen=1, **{missing: None if missing == "cause" else ""})
    assert list(refusal.value.fields) == [missing] and fresh(case).state == State.INVESTIGATING


def test_without_fault_no_measures_and_no_flaw(at, president, now):
    report = sign(at(State.INVESTIGATING), president, now, seen=1, finding="no", root="", measures="")
    assert (report.finding, report.is_flaw) == ("no", False)


@pytest.mark.parametrize(("field", "value"), [("finding", "maybe"), ("cause", 999_999), ("facts", "长" * 4001), ("measures", "长" * 2001)])  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(at, president, now, field, value):
    with pytest.raises(Refused) as refusal:
        save(at(State.INVESTIGATING), president, now, seen=1, **{field: value})
    assert field in refusal.value.fields


def test_signed_it_is_frozen_and_the_office_told(at, president, now):
    case = at(State.INVESTIGATING)
    report = sign(case, president, now, seen=1)
    case = fresh(case)
    assert (case.state, case.finding, report.on_behalf_of) == (State.FOUND, "yes", None)
    assert case.events.last().facts == {"finding": "yes", "flaw": True, "in_person": True}
    assert notices("case-signed", case) == {"service"}
    for act in (save, sign):
        with pytest.raises(Refused):
            act(case, president, now, seen=report.version, facts="事后修改")
    with pytest.raises(Refused):
        evidence(case, president, now, "迟到.pdf")
    report.refresh_from_db()
    assert report.facts == words().facts


def test_the_database_keeps_one_report_a_round_and_a_finding_with_a_signature(at, president, now):
    case = at(State.INVESTIGATING)
    with pytest.raises(IntegrityError), transaction.atomic():
        Investigation.objects.create(case=case, round=case.round, by=president)
    with pytest.raises(IntegrityError), transaction.atomic():
        Investigation.objects.update(signed_at=now, finding="")


def test_a_returned_report_is_kept_beside_the_new_draft(at, president, now):
    case = at(State.INVESTIGATING)
    signed = sign(case, president, now, seen=1)
    draft = set_aside(case=fresh(case), now=now)
    signed.refresh_from_db()
    assert signed.returned_at == now and signed.signed_at == now
    assert (draft.facts, draft.signed_at, draft.version) == (signed.facts, None, 1)
    assert report_of(case) == draft and list(returned_reports(case)) == [signed]
    assert set_aside(case=case, now=now) is None


def test_evidence_is_kept_with_the_case_and_its_download_logged(at, president, client_of, head, stranger, now):
    case = at(State.INVESTIGATING)
    (row,) = evidence(case, president, now, "监控截图.pdf")
    assert (row.kind, row.round, row.name) == (CaseFile.Kind.INVESTIGATION, 1, "监控截图.pdf")
    url = f"/complaints/{case.number}/report/files/{row.pk}/"
    answer = client_of(head).get(url)
    assert b"".join(answer.streaming_content) == PDF
    assert AccessEvent.objects.filter(action="download", object_type="case", object_id=case.pk).count() == 1
    assert client_of(stranger).get(url).status_code == 404
    customers = CaseFile.objects.create(
        case=case, kind="evidence", file="x", name="x", content_type="x", size=1, sha256="x", uploaded_by=president,
        uploaded_at=now,
    )  # fmt: skip
    assert client_of(head).get(f"/complaints/{case.number}/report/files/{customers.pk}/").status_code == 404


@pytest.mark.parametrize("name", ["virus.exe", "brief.pdf.html"])
def test_other_files_are_refused(at, president, client_of, name):
    case = at(State.INVESTIGATING)
    sent = {"evidence": SimpleUploadedFile(name, PDF)}
    assert client_of(president).post(f"/complaints/{case.number}/report/evidence/", sent).status_code == 409
    assert client_of(president).post(f"/complaints/{case.number}/report/evidence/", {}).status_code == 409
    assert not case.files.exists()


def form_of(case, seen=1, **changes) -> dict:
    kept = vars(words(**changes)).copy()
    kept["is_flaw"] = "1" if kept["is_flaw"] else ""
    return {key: "" if value is None else value for key, value in kept.items()} | {"seen": seen}


def test_on_the_page_two_tabs_meet_and_nothing_is_lost(at, president, client_of):
    case, client = at(State.INVESTIGATING), client_of(president)
    url = f"/complaints/{case.number}/report/"
    assert client.post(url, form_of(case, facts="第一个标签页") | {"do": "save"}).status_code == 302
    answer = client.post(url, form_of(case, facts="第二个标签页") | {"do": "save"})
    text = answer.content.decode()
    assert answer.status_code == 409 and "第一个标签页" in text and "第二个标签页" in text
    assert report_of(case).facts == "第一个标签页"
    assert client.post(url, form_of(case, seen=2, facts="合并后") | {"do": "save"}).status_code == 302


def test_on_the_page_an_incomplete_report_keeps_what_was_typed(at, president, client_of):
    case = at(State.INVESTIGATING)
    answer = client_of(president).post(f"/complaints/{case.number}/report/", form_of(case, measures="", facts="写了很久的事实") | {"do": "sign"})  # fmt: skip
    assert answer.status_code == 409 and "写了很久的事实" in answer.content.decode()


@pytest.mark.parametrize(("who", "status"), [("service", 403), ("head", 403), ("colleague", 404), ("stranger", 404), ("admin", 403)])  # fmt: skip
def test_the_page_says_whose_report_it_is(at, cast, client_of, who, status):
    case = at(State.INVESTIGATING)
    answer = client_of(cast[who]).post(f"/complaints/{case.number}/report/", form_of(case) | {"do": "sign"})
    assert answer.status_code == status and fresh(case).state == State.INVESTIGATING


def test_a_draft_is_its_writers_alone(at, president, head, client_of):
    case = at(State.INVESTIGATING)
    url = f"/complaints/{case.number}/report/"
    assert "经查属实" in client_of(president).get(url).content.decode()
    assert "经查属实" not in client_of(head).get(url).content.decode()
    sheet = f"{url}{report_of(case).pk}/print/"
    assert client_of(president).get(sheet).status_code == 200 and client_of(head).get(sheet).status_code == 404


def test_where_no_pdf_can_be_made_it_is_signed_all_the_same(
    at, president, auditor, head, service, client_of, monkeypatch
):
    from complaints.handling import report_views

    def fail(**_values):
        raise Refused("no Pango")

    monkeypatch.setattr(report_views, "file_report", fail)
    case = at(State.INVESTIGATING)
    answer = client_of(president).post(
        f"/complaints/{case.number}/report/", form_of(case) | {"do": "sign"}, follow=True
    )
    assert "no Pango" in answer.content.decode() and fresh(case).state == State.FOUND
    report = report_of(case)
    assert client_of(president).get(f"/complaints/{case.number}/report/{report.pk}/document/").status_code == 404
    again = f"/complaints/{case.number}/report/{report.pk}/file/"
    assert [client_of(one).post(again).status_code for one in (auditor, head, service)] == [403, 403, 302]


def test_the_sheet_names_the_case_and_not_who_complained(at, president, head, client_of):
    case = at(State.FOUND)
    report = report_of(case)
    text = client_of(head).get(f"/complaints/{case.number}/report/{report.pk}/print/").content.decode()
    assert case.number in text and "经查属实" in text
    assert "王建国" not in text and "13800001234" not in text


@pytest.mark.pango
def test_signing_files_the_pdf_once(at, president, head, client_of, now):
    case = at(State.INVESTIGATING)
    client = client_of(president)
    assert client.post(f"/complaints/{case.number}/report/", form_of(case) | {"do": "sign"}).status_code == 302
    report = report_of(case)
    assert report.document and is_unaltered(report)
    name = report.document.name
    file_report(report=report, now=now)
    report.refresh_from_db()
    assert report.document.name == name
    answer = client_of(head).get(f"/complaints/{case.number}/report/{report.pk}/document/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    with pytest.raises(Refused):
        file_report(report=Investigation(case=case), now=now)


def test_a_reassigned_draft_goes_on_in_the_new_hands(at, president, headoffice, service, now):
    from complaints.handling.assigning import reassign_case

    case = at(State.INVESTIGATING)
    reassign_case(case=case, actor=service, reason="换人", investigator="headoffice", now=now)
    with pytest.raises(NotYours):
        save(fresh(case), president, now, seen=1)
    report = sign(fresh(case), headoffice, now, seen=1)
    assert report.by == headoffice and Case.objects.get(pk=case.pk).state == State.FOUND
