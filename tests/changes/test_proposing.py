import pytest

from archives.changes.models import ChangeRequest, Evidence, Kind, Reason
from archives.changes.selectors import pending_items
from archives.models import Customer
from crm.lib.refusals import Refused
from crm.notifications.models import Notice


def test_a_proposal_leaves_the_archive_as_it_is(ask, archive):
    request = ask()
    fresh = Customer.objects.get(pk=archive.pk)
    assert (fresh.employer, fresh.version) == ("临江市第二纺织厂", archive.version)
    assert fresh.history.count() == 1
    assert set(pending_items(archive)) == {"employer"}
    assert (request.status, request.base_version) == ("pending", archive.version)
    assert [(e.from_status, e.to_status, e.action) for e in request.events.all()] == [("", "pending", "submit")]


def test_the_manager_is_told(ask, manager):
    request = ask()
    notice = Notice.objects.get(recipient=manager, kind="change-submitted")
    assert request.number in notice.text and "李" not in notice.text


def test_the_pending_value_is_not_found_by_search_or_in_the_list(ask, archive, client_of, manager, pdf):
    ask({"name": "赵新名"}, evidence=[pdf()])
    client = client_of(manager)
    for url in ("/customers/?q=赵新名", "/search/?q=赵新名"):
        assert archive.number not in client.get(url).content.decode()


@pytest.mark.parametrize("text", ["", "   ", "无", "\u200b\u202e", "不详"])
def test_an_empty_reason_is_refused(ask, text):
    with pytest.raises(Refused) as refusal:
        ask(reason_text=text)
    assert "reason_text" in refusal.value.fields
    assert not ChangeRequest.objects.exists()


def test_a_reason_of_ten_megabytes_is_refused(ask):
    with pytest.raises(Refused):
        ask(reason_text="原" * 10_000_000)


def test_an_unknown_reason_code_is_refused(ask):
    with pytest.raises(Refused):
        ask(reason_code="because")


def test_a_proposal_that_changes_nothing_is_refused(ask):
    with pytest.raises(Refused):
        ask({"employer": "临江市第二纺织厂"})


@pytest.mark.parametrize("key", ["number", "kind", "branch", "manager", "core_id", "opened_on", "version", "uscc", "x"])
def test_a_field_that_is_not_the_archives_own_is_refused(ask, key):
    with pytest.raises(Refused):
        ask({key: "1"})


def test_a_value_that_cannot_be_right_is_refused_at_its_field(ask):
    with pytest.raises(Refused) as refusal:
        ask({"mobile": "1381234"})
    assert "mobile" in refusal.value.fields


def test_a_name_needs_evidence(ask, pdf):
    with pytest.raises(Refused) as refusal:
        ask({"name": "李明远"})
    assert "evidence" in refusal.value.fields
    assert ask({"name": "李明远"}, evidence=[pdf()]).evidence.count() == 1


def test_a_second_open_request_of_a_kind_is_answered_with_the_first(ask):
    first = ask()
    with pytest.raises(Refused) as refusal:
        ask({"job_title": "技术员"})
    assert refusal.value.request == first
    assert first.number in refusal.value.message


def test_another_kind_and_another_proposer_may_ask_meanwhile(ask, lobby):
    ask()
    ask({"education": "20"}, kind=Kind.SUPPLEMENT)
    ask({"job_title": "技术员"}, proposer=lobby)
    assert ChangeRequest.objects.open().count() == 3


def test_the_same_form_twice_is_one_request(ask):
    assert ask(token="t-1") == ask(token="t-1")
    assert ChangeRequest.objects.count() == 1


def test_somebody_elses_token_opens_nothing_of_theirs(ask, lobby):
    ask(token="t-1")
    with pytest.raises(Refused):
        ask(token="t-1", proposer=lobby)


def test_a_supplement_only_fills_blanks(ask):
    with pytest.raises(Refused):
        ask({"employer": "另一家"}, kind=Kind.SUPPLEMENT)
    assert ask({"education": "20"}, kind=Kind.SUPPLEMENT).kind == Kind.SUPPLEMENT


def test_a_proposal_written_against_an_older_value_is_refused(ask, archive, correct):
    seen = archive.version
    correct(archive, employer="新东家")
    with pytest.raises(Refused) as refusal:
        ask(base_version=seen)
    assert "employer" in refusal.value.fields


def test_a_change_of_another_field_meanwhile_does_no_harm(ask, archive, correct):
    seen = archive.version
    correct(archive, job_title="主任")
    assert ask(base_version=seen).status == "pending"


@pytest.mark.parametrize("who", ["stranger", "auditor", "admin"])
def test_people_out_of_scope_or_without_the_right_propose_nothing(ask, cast, who):
    with pytest.raises(Refused):
        ask(proposer=cast[who])


def test_a_proposer_disabled_meanwhile_is_refused(ask, teller):
    teller.permissions  # noqa: B018  (cached, as within a request)
    type(teller).objects.filter(pk=teller.pk).update(is_active=False)
    with pytest.raises(Refused):
        ask(proposer=teller)


def test_a_relation_to_a_customer_out_of_scope_reads_as_unknown(ask, bank, stranger, now):
    from archives.customers.services import open_archive

    foreign = open_archive(
        values={"name": "外人"}, kind="P", branch=bank["0201"], manager=stranger, actor=stranger, now=now
    )
    values = {"other": foreign.number, "role": "spouse"}
    with pytest.raises(Refused) as hidden:
        ask(part_items=[("relation", 0, values)])
    with pytest.raises(Refused) as unknown:
        ask(part_items=[("relation", 0, values | {"other": "10009731"})])
    assert hidden.value.fields == unknown.value.fields


def test_a_refused_form_leaves_no_file(ask, pdf, settings):
    with pytest.raises(Refused):
        ask(evidence=[pdf(), pdf("virus.exe", b"MZ")])
    assert not Evidence.objects.exists()
    from pathlib import Path

    assert [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()] == []


def test_blanks_named_by_the_bank_are_filled_at_once(settings, archive, teller, manager, client_of):
    settings.ARCHIVE_FILL_WITHOUT_APPROVAL = ["education"]
    client = client_of(teller)
    page = client.post(
        f"/customers/{archive.number}/supplement/",
        {"education": "20", "reason_code": Reason.COMPLETED, "base_version": archive.version},
    )
    assert page.status_code == 302
    row = archive.modifications.get(origin="direct")
    assert (row.field, row.old, row.new, row.actor, row.approver) == ("education", "", "20", teller, None)
    assert Customer.objects.get(pk=archive.pk).education == "20"
    assert Notice.objects.filter(recipient=manager, kind="archive-filled").exists()
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize("key", ["name", "id_number", "mobile", "branch", "nonsense"])
def test_identity_is_never_filled_without_approval(settings, key):
    from archives.checks import identity_is_never_filled_without_approval

    settings.ARCHIVE_FILL_WITHOUT_APPROVAL = [key]
    assert identity_is_never_filled_without_approval(None)
