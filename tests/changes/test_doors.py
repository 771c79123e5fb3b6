"""Through the pages: who may open what, what comes back, what nobody can smuggle in."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from archives.changes.models import ChangeRequest, Evidence, Kind
from archives.changes.proposing import items_of
from archives.models import Customer
from crm.privacy.models import AccessEvent

POLYGLOT = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def form(archive, **fields):
    return {"reason_code": "changed", "reason_text": "客户到店", "base_version": archive.version} | fields


def body_of(archive):
    """What the whole form sends when nobody typed anything."""
    return form(archive, name=archive.name, employer=archive.employer, sex=archive.sex, nationality="CHN", status="customer", source="branch")  # fmt: skip


def test_a_teller_proposes_and_the_manager_approves(client_of, archive, teller, manager):
    page = client_of(teller).post(f"/customers/{archive.number}/propose/", body_of(archive) | {"employer": "新东家"})
    assert page.status_code == 302
    request = ChangeRequest.objects.get()
    item = items_of(request)[0]
    browser = client_of(manager)
    seen = browser.get(f"/requests/{request.number}/").content.decode()
    assert "新东家" in seen and 'name="version" value="1"' in seen
    done = browser.post(f"/requests/{request.number}/", {"version": 1, f"decision-{item.pk}": "accept"}, follow=True)
    assert done.status_code == 200 and request.number in done.content.decode()
    assert Customer.objects.get(pk=archive.pk).employer == "新东家"


def test_a_masked_value_never_reaches_the_form_and_empty_keeps_it(client_of, archive, teller):
    browser = client_of(teller)
    page = browser.get(f"/customers/{archive.number}/propose/").content.decode()
    assert archive.mobile not in page and "138****4021" in page
    browser.post(f"/customers/{archive.number}/propose/", body_of(archive) | {"employer": "新东家", "mobile": ""})
    assert [i.field for i in items_of(ChangeRequest.objects.get())] == ["employer"]


def test_a_masked_value_can_be_taken_away_on_its_own(client_of, archive, teller, manager):
    client_of(teller).post(f"/customers/{archive.number}/propose/?field=mobile", form(archive, clear="on"))
    assert [(i.field, i.new) for i in items_of(ChangeRequest.objects.get())] == [("mobile", "")]


def test_one_field_opens_alone(client_of, archive, teller):
    page = client_of(teller).get(f"/customers/{archive.number}/propose/?field=employer").content.decode()
    assert 'name="employer"' in page and 'name="mobile"' not in page


def test_masks_cover_the_decision_and_say_so(client_of, ask, manager):
    request = ask({"mobile": "13899994021"})
    page = client_of(manager).get(f"/requests/{request.number}/").content.decode()
    assert "13899994021" not in page and "13812344021" not in page
    from django.utils.translation import gettext, override

    with override("zh-hans"):
        assert gettext("The difference lies under the mask.") in page


def test_a_resubmission_keeps_masked_texts_out_of_the_browser(client_of, ask, decide, teller):
    request = decide(ask({"mobile": "13899994021"}), "reject", why="请核对")
    browser = client_of(teller)
    page = browser.get(f"/requests/{request.number}/resubmit/").content.decode()
    assert "13899994021" not in page and "请核对" in page
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    body = {"reason_code": "changed", "reason_text": "已核对", "mobile": "", "token": token}
    assert browser.post(f"/requests/{request.number}/resubmit/", body).status_code == 302
    again = ChangeRequest.objects.get()
    assert (again.round, [i.new for i in items_of(again)]) == (2, ["13899994021"])
    browser.post(f"/requests/{request.number}/resubmit/", body)
    assert ChangeRequest.objects.get().round == 2


@pytest.mark.parametrize("path", ["propose/", "supplement/", "modifications/"])
def test_a_stranger_gets_404_for_everything_of_another_branch(client_of, archive, stranger, path):
    browser = client_of(stranger)
    assert browser.get(f"/customers/{archive.number}/{path}").status_code == 404
    if path != "modifications/":
        assert browser.post(f"/customers/{archive.number}/{path}", form(archive, employer="x")).status_code == 404


def test_a_stranger_gets_404_for_requests_and_their_files(client_of, ask, pdf, stranger):
    request = ask(evidence=[pdf()])
    browser = client_of(stranger)
    number, pk = request.number, request.evidence.get().pk
    assert browser.get(f"/requests/{number}/").status_code == 404
    assert browser.post(f"/requests/{number}/", {"everything": "accept", "version": 1}).status_code == 404
    assert browser.get(f"/requests/{number}/evidence/{pk}/").status_code == 404
    assert browser.post(f"/requests/{number}/withdraw/").status_code == 404
    browser.post("/requests/decide/", {"request": [request.pk], "decision": "accept"})
    assert ChangeRequest.objects.get().status == "pending"


@pytest.mark.parametrize(("who", "status"), [("teller", 403), ("auditor", 403), ("colleague", 403), ("admin", 403)])
def test_others_post_no_decision(client_of, ask, cast, who, status):
    request = ask()
    answer = client_of(cast[who]).post(f"/requests/{request.number}/", {"version": 1, "everything": "accept"})
    assert answer.status_code == status
    assert ChangeRequest.objects.get().status == "pending"


def test_evidence_is_served_as_a_download_and_logged(client_of, ask, pdf, manager):
    request = ask(evidence=[pdf('申请"书.pdf')])
    kept = request.evidence.get()
    answer = client_of(manager).get(f"/requests/{request.number}/evidence/{kept.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == b"%PDF-1.4\n%%EOF\n"
    assert AccessEvent.objects.filter(action="download", actor=manager, object_id=request.customer_id).count() == 1
    assert "申请" not in kept.file.name


def test_a_file_of_another_request_is_not_fetched_through_this_one(client_of, ask, lobby, pdf, manager):
    first, second = ask(evidence=[pdf()]), ask({"job_title": "技术员"}, proposer=lobby)
    url = f"/requests/{second.number}/evidence/{first.evidence.get().pk}/"
    assert client_of(manager).get(url).status_code == 404


def test_two_files_go_with_the_form(client_of, archive, teller, pdf):
    body = body_of(archive) | {"name": "李明远", "evidence": [pdf(), SimpleUploadedFile("a.jpeg", b"\xff\xd8\xff\xe0")]}
    assert client_of(teller).post(f"/customers/{archive.number}/propose/", body).status_code == 302
    kept = ChangeRequest.objects.get().evidence.values_list("name", "content_type")
    assert list(kept) == [("申请书.pdf", "application/pdf"), ("a.jpeg", "image/jpeg")]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("virus.exe", b"MZ\x90\x00"),
        ("page.pdf", b"<html><script>alert(1)</script>"),
        ("a.png", b"%PDF-1.4"),
        ("a.pdf", b""),
        ("noending", b"%PDF-1.4"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("a.pdf", b"%PDF-" + b"0" * (10 * 2**20)),
    ],
)
def test_a_wrong_file_is_refused_and_the_texts_stay(client_of, archive, teller, name, data):
    body = body_of(archive) | {"employer": "新东家", "evidence": SimpleUploadedFile(name, data)}
    page = client_of(teller).post(f"/customers/{archive.number}/propose/", body)
    assert page.status_code == 200 and "新东家" in page.content.decode()
    assert list(page.context["form"].errors) == ["evidence", "__all__"]
    assert not ChangeRequest.objects.exists() and not Evidence.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "..\\a.pdf", "a\r\nSet-Cookie: x.pdf", "\u202egpj.pdf", "x" * 300 + ".pdf"])  # fmt: skip
def test_a_file_name_is_cleaned(ask, name):
    kept = ask(evidence=[SimpleUploadedFile(name, b"%PDF-1.4\n")]).evidence.get()
    assert not re.search(r"[/\\\r\n\u202e:]", kept.name) and len(kept.name) <= 100
    assert re.fullmatch(r"evidence/\d{4}/\d\d/\w{32}\.pdf", kept.file.name)


@pytest.mark.parametrize("text", [POLYGLOT, "好\x00的原因", "😀原因\u202e说明", "原" * 501, "原" * 2_000_000])
def test_strange_reasons_are_escaped_or_refused_never_a_fault(client_of, archive, teller, manager, text):
    page = client_of(teller).post(
        f"/customers/{archive.number}/propose/", body_of(archive) | {"employer": POLYGLOT, "reason_text": text}
    )
    assert page.status_code in (200, 302, 400)
    assert "<script>alert" not in page.content.decode()
    for request in ChangeRequest.objects.all():
        seen = client_of(manager).get(f"/requests/{request.number}/").content.decode()
        assert "<script>alert" not in seen and "<img src=x" not in seen
        assert "\x00" not in request.reason_text and "\u202e" not in request.reason_text


def test_ten_megabytes_of_reason_are_no_fault(client_of, archive, teller):
    body = body_of(archive) | {"employer": "新东家", "reason_text": "x" * 10_000_000}
    assert client_of(teller).post(f"/customers/{archive.number}/propose/", body).status_code in (200, 400, 413)
    assert not ChangeRequest.objects.exists()


def test_fields_that_nobody_asked_for_are_ignored(client_of, archive, teller, stranger, bank):
    """Every column of the request, its items and the customer, with a canary, beside an honest change."""
    extra = {f.name: "9" for model in (ChangeRequest, Customer) for f in model._meta.concrete_fields}
    for key in [*archive_fields(), "token", "reason_code", "reason_text", "base_version", "kind"]:
        extra.pop(key, None)
    extra |= {"proposer": stranger.pk, "assignee": teller.pk, "kind": "supplement", "old": "x", "decision": "accepted"}
    page = client_of(teller).post(
        f"/customers/{archive.number}/propose/", extra | body_of(archive) | {"employer": "新东家"}
    )
    assert page.status_code == 302
    request = ChangeRequest.objects.get()
    assert (request.proposer, request.kind, request.status, request.version) == (teller, Kind.EDIT, "pending", 1)
    assert (request.customer, request.branch, request.decided_by) == (archive, archive.branch, None)
    assert [i.field for i in items_of(request)] == ["employer"]
    assert Customer.objects.get(pk=archive.pk).version == archive.version


def archive_fields():
    from archives.customers.fields import EDITABLE

    return EDITABLE


def test_a_decision_form_smuggles_nothing_in(client_of, ask, lobby, archive, manager):
    request, other = ask(), ask({"job_title": "技术员"}, proposer=lobby)
    foreign = items_of(other)[0].pk
    mine = items_of(request)[0].pk
    client_of(manager).post(
        f"/requests/{request.number}/",
        {"version": 1, f"decision-{mine}": "accept", f"decision-{foreign}": "accept", "status": "rejected",
         "decided_by": lobby.pk, "new": "假的", "employer": "假的"},
    )  # fmt: skip
    request.refresh_from_db()
    assert (request.status, request.decided_by) == ("approved", manager)
    assert Customer.objects.get(pk=archive.pk).employer == "临江市第二纺织机械有限公司"
    assert ChangeRequest.objects.get(pk=other.pk).is_open


@pytest.mark.parametrize("version", ["", "0", "99", "x", "1\x00", "１"])
def test_an_old_or_broken_page_decides_nothing(client_of, ask, manager, version):
    request = ask()
    answer = client_of(manager).post(f"/requests/{request.number}/", {"version": version, "everything": "accept"})
    assert answer.status_code == 409
    assert ChangeRequest.objects.get().status == "pending"


def test_a_moved_value_shows_three_and_wants_a_choice(client_of, ask, archive, correct, manager):
    request = ask()
    live = correct(archive, employer="第三家")
    browser, pk = client_of(manager), items_of(request)[0].pk
    refused = browser.post(f"/requests/{request.number}/", {"version": 1, "everything": "accept"})
    assert refused.status_code == 409
    page = refused.content.decode()
    assert f'name="seen-{pk}" value="{live.version}"' in page and "第三家" in re.sub(r"</?(ins|del)>", "", page)
    body = {"version": 1, f"decision-{pk}": "accept", f"seen-{pk}": live.version}
    assert browser.post(f"/requests/{request.number}/", body).status_code == 302


def test_many_are_decided_from_the_inbox(client_of, ask, manager, lobby):
    first, second = ask(), ask({"job_title": "技术员"}, proposer=lobby)
    page = client_of(manager).post("/requests/decide/", {"request": [first.pk, second.pk, 999], "decision": "accept"})
    assert page.status_code == 200
    assert set(ChangeRequest.objects.values_list("status", flat=True)) == {"approved"}


@pytest.mark.parametrize("keys", [[], ["x"], ["1\x00"], ["9" * 40]])
def test_a_broken_selection_is_told(client_of, ask, manager, keys):
    ask()
    answer = client_of(manager).post("/requests/decide/", {"request": keys, "decision": "accept"})
    assert answer.status_code in (200, 302)
    assert ChangeRequest.objects.get().is_open


def test_a_get_takes_nothing_back(client_of, ask, teller):
    request = ask()
    assert client_of(teller).get(f"/requests/{request.number}/withdraw/").status_code == 405
    assert client_of(teller).post(f"/requests/{request.number}/withdraw/").status_code == 302
    assert ChangeRequest.objects.get().status == "withdrawn"


def test_django_admin_offers_no_way_in(client_of, ask, cast):
    from django.contrib import admin

    assert not {ChangeRequest, Evidence} & set(admin.site._registry)


def test_the_proposed_value_is_revealed_with_a_reason_and_a_log_line(client_of, ask, manager, stranger, archive):
    request = ask({"mobile": "13899994021"})
    name, url = f"{items_of(request)[0].pk}:mobile", f"/requests/{request.number}/reveal/"
    browser = client_of(manager)
    assert browser.get(url).status_code == 405
    assert browser.post(url, {"field": name}).status_code == 302
    assert not AccessEvent.objects.filter(action="reveal").exists()
    page = browser.post(url, {"field": name, "reason": "change"})
    assert "13899994021" in page.content.decode() and page.status_code == 200
    assert AccessEvent.objects.get(action="reveal").object_id == archive.pk
    assert browser.post(url, {"field": "1:nonsense", "reason": "change"}).status_code == 404
    assert client_of(stranger).post(url, {"field": name, "reason": "change"}).status_code == 404


def test_the_auditor_reveals_nothing(client_of, ask, auditor):
    request = ask({"mobile": "13899994021"})
    body = {"field": f"{items_of(request)[0].pk}:mobile", "reason": "change"}
    assert client_of(auditor).post(f"/requests/{request.number}/reveal/", body).status_code == 403


def test_lists_ask_the_same_for_ten_rows_and_for_forty(ask, manager, today, now, outlet):
    from archives.changes.selectors import waiting_for, with_summaries
    from archives.customers.services import open_archive

    def queries(count):
        for n in range(count):
            new = open_archive(values={"name": f"王{n}"}, kind="P", branch=outlet, manager=manager, actor=None, now=now)
            ask({"education": "20", "job_title": "员工"}, customer=new)
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as seen:
            lines = with_summaries(list(waiting_for(manager, today).for_list()), user=manager, now=now)
            assert [line.fields for line in lines]
        return len(seen)

    queries(1)
    assert queries(9) == queries(30)
