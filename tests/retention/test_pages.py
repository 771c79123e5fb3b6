"""The pages around a deletion: proposing it, what looks dead, signs, holds."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from archives.models import ChangeRequest, Customer, DeadCandidate, DeadSign, Hold
from archives.retention.services import place_hold
from crm.jobs.models import JobRun
from crm.privacy.models import AccessEvent
from tests.archives import make_account, make_personal
from tests.retention.deletions import text

PDF = b"%PDF-1.4\n%%EOF\n"
WHY = "多次联系不上，已核实"


def form(**values) -> dict:
    return {"category": "dead", "reason_text": WHY, "token": "t1"} | values


def proposal_url(customer) -> str:
    return f"/customers/{customer.number}/delete/"


class TestProposing:
    def test_it_waits_for_the_manager_and_changes_nothing(self, archive, teller, manager, client_of):
        evidence = SimpleUploadedFile("说明.pdf", PDF)
        response = client_of(teller).post(proposal_url(archive), form(evidence=evidence))
        assert response.url == f"/customers/{archive.number}/"
        request = ChangeRequest.objects.get(kind="delete")
        assert (request.customer, request.assignee, request.reason_code) == (archive, manager, "dead")
        assert (request.evidence.count(), Customer.objects.get().life) == (1, "active")

    def test_a_double_click_proposes_once(self, archive, teller, client_of):
        client = client_of(teller)
        for _n in range(2):
            assert client.post(proposal_url(archive), form()).status_code == 302
        assert ChangeRequest.objects.count() == 1

    def test_the_category_is_filled_in_from_the_address(self, archive, teller, client_of):
        page = text(client_of(teller).get(f"{proposal_url(archive)}?category=duplicate"))
        assert '<option value="duplicate" selected>' in page

    def test_an_open_account_stands_in_the_way_and_is_told_first(self, archive, teller, english):
        make_account(customer=archive, postings=[(archive.opened_on, 123_456_00)])
        page = text(english(teller).get(proposal_url(archive)))
        assert "This archive cannot be deleted now." in page and "12.35" in page
        assert 'name="reason_text"' not in page

    def test_what_stands_in_the_way_refuses_the_proposal_too(self, archive, teller, client_of):
        make_account(customer=archive)
        response = client_of(teller).post(proposal_url(archive), form())
        assert response.status_code == 409
        assert not ChangeRequest.objects.exists()

    def test_the_second_proposer_is_led_to_the_first_request(self, archive, teller, colleague, client_of):
        client_of(teller).post(proposal_url(archive), form())
        page = text(client_of(colleague).get(proposal_url(archive)))
        number = ChangeRequest.objects.get().number
        assert f"/requests/{number}/" in page
        late = client_of(colleague).post(proposal_url(archive), form(token="t2"))
        assert late.status_code == 409 and number in text(late)

    def test_an_explanation_is_needed(self, archive, teller, client_of):
        client = client_of(teller)
        assert client.post(proposal_url(archive), form(reason_text="")).status_code == 200
        assert client.post(proposal_url(archive), form(reason_text="无")).status_code == 409
        assert client.post(proposal_url(archive), form(category="other")).status_code == 200
        assert not ChangeRequest.objects.exists()

    def test_strangers_get_404_and_readers_403(self, archive, stranger, auditor, client_of):
        assert client_of(stranger).post(proposal_url(archive), form()).status_code == 404
        assert client_of(auditor).get(proposal_url(archive)).status_code == 403


class TestSigns:
    def post(self, client, customer, **values):
        today = timezone.localdate().isoformat()
        return client.post(f"/customers/{customer.number}/sign/", {"kind": "unreachable", "day": today} | values)

    def test_the_third_day_makes_a_candidate(self, archive, teller, today, client_of):
        client = client_of(teller)
        for n in (20, 10, 0):
            self.post(client, archive, day=(today - timedelta(days=n)).isoformat())
        assert DeadSign.objects.count() == 3
        assert DeadCandidate.objects.get().rule == "unreachable"

    def test_the_same_day_counts_once_and_says_who_was_first(self, archive, teller, colleague, english):
        self.post(english(teller), archive)
        response = english(colleague).post(
            f"/customers/{archive.number}/sign/",
            {"kind": "unreachable", "day": timezone.localdate().isoformat()},
            follow=True,
        )
        assert f"{teller.name} has noted this" in text(response)
        assert DeadSign.objects.count() == 1

    @pytest.mark.parametrize("values", [{"day": "2999-01-01"}, {"day": "x"}, {"kind": "ghost"}, {"note": "x" * 201}])
    def test_what_cannot_be_is_not_noted(self, archive, teller, client_of, values):
        self.post(client_of(teller), archive, **values)
        assert not DeadSign.objects.exists()

    def test_a_stranger_notes_nothing(self, archive, stranger, auditor, client_of):
        assert self.post(client_of(stranger), archive).status_code == 404
        assert self.post(client_of(auditor), archive).status_code == 403


@pytest.fixture
def candidate(archive, today):
    return DeadCandidate.objects.create(
        customer=archive, rule="no_account", evidence={"opened": "2020-01-01", "contact": ""}, found_on=today
    )


class TestCandidates:
    def test_the_evidence_stands_in_words_with_what_to_do(self, candidate, teller, english):
        page = text(english(teller).get("/dead-archives/"))
        assert "Opened on 2020-01-01, never an account; last contact: never." in page
        assert f"/customers/{candidate.customer.number}/delete/?category=dead" in page

    @pytest.mark.parametrize(
        ("rule", "evidence", "words"),
        [
            ("closed", {"accounts": 1, "closed": "2024-05-01"}, "1 account, closed on 2024-05-01."),
            ("closed", {"accounts": 2, "closed": "2024-05-01"}, "2 accounts, the last closed on 2024-05-01."),
            ("unreachable", {"days": ["2026-01-01", "2026-02-01", "2026-03-01"]}, "Tried on 2026-01-01, 2026-02-01, "),
            ("deceased", {"settled": "2026-01-01"}, "noted for 2026-01-01"),
        ],
    )
    def test_every_rule_tells_its_evidence(self, candidate, teller, english, rule, evidence, words):
        DeadCandidate.objects.update(rule=rule, evidence=evidence)
        assert words in text(english(teller).get("/dead-archives/"))

    def test_a_twin_elsewhere_shows_its_branch_only(self, candidate, bank, stranger, teller, english):
        near = make_personal(branch=bank["0101"], name="同名近")
        far = make_personal(branch=bank["0201"], manager=stranger, name="异地同名")
        others = {near.number: ["name"], far.number: ["document", "mobile"]}
        DeadCandidate.objects.update(rule="duplicate", evidence={"others": others})
        page = text(english(teller).get("/dead-archives/"))
        assert "2 archives look like the same customer." in page and near.number in page.replace(" ", "")
        assert "滨江支行营业部" in page and "same document, same mobile and birth date" in page
        assert far.number not in page.replace(" ", "") and "异地同名" not in page

    def test_the_filter_and_the_scope_hold(self, candidate, teller, stranger, client_of):
        number = candidate.customer.number
        assert number not in text(client_of(teller).get("/dead-archives/?rule=closed"))
        assert number in text(client_of(teller).get("/dead-archives/?rule=no_account"))
        assert number not in text(client_of(stranger).get("/dead-archives/"))

    def test_an_open_request_replaces_the_proposal(self, candidate, archive, teller, client_of):
        client_of(teller).post(proposal_url(archive), form())
        page = text(client_of(teller).get("/dead-archives/"))
        assert f"/requests/{ChangeRequest.objects.get().number}/" in page and "?category=dead" not in page

    def dismiss(self, client, candidate, reason="客户在外地，每年联系", **options):
        return client.post(f"/dead-archives/{candidate.pk}/dismiss/", {"reason": reason}, **options)

    def test_a_dismissed_one_moves_to_the_other_list(self, candidate, teller, english):
        client = english(teller)
        self.dismiss(client, candidate)
        assert f"/customers/{candidate.customer.number}/" not in text(client.get("/dead-archives/"))
        page = text(client.get("/dead-archives/?tab=dismissed"))
        assert f"dismissed by {teller.name}" in page and "客户在外地" in page

    def test_the_second_one_reads_who_was_first(self, candidate, teller, colleague, english):
        self.dismiss(english(teller), candidate)
        response = self.dismiss(english(colleague), candidate, "x", follow=True)
        assert f"{teller.name} has dismissed this candidate already" in text(response)
        candidate.refresh_from_db()
        assert candidate.dismissed_by == teller

    def test_a_reason_is_needed_and_strangers_get_404(self, candidate, teller, stranger, auditor, client_of):
        self.dismiss(client_of(teller), candidate, "")
        assert self.dismiss(client_of(stranger), candidate).status_code == 404
        assert self.dismiss(client_of(auditor), candidate).status_code == 403
        candidate.refresh_from_db()
        assert candidate.dismissed_by is None

    def test_heads_start_a_search_tellers_do_not(self, head, teller, client_of):
        assert client_of(teller).post("/dead-archives/find/").status_code == 403
        for _n in range(2):
            client_of(head).post("/dead-archives/find/")
        assert JobRun.objects.filter(job="find-dead-archives", asked=True).count() == 1


class TestHolds:
    VALUES = {"kind": "regulator", "source": "函〔2026〕12号", "reason": "监管检查"}

    def url(self, customer) -> str:
        return f"/customers/{customer.number}/holds/"

    def test_head_office_places_one_and_it_refuses_the_deletion(self, archive, headoffice, teller, client_of):
        assert client_of(headoffice).post(self.url(archive), self.VALUES).status_code == 302
        assert Hold.objects.get().placed_by == headoffice
        assert client_of(teller).post(proposal_url(archive), form()).status_code == 409

    def test_it_is_released_with_a_reason_on_record(self, archive, headoffice, auditor, english):
        english(headoffice).post(self.url(archive), self.VALUES)
        client, hold = english(auditor), Hold.objects.get()
        client.post(self.url(archive), {"release": hold.pk, "reason": ""})
        assert Hold.objects.get().released_at is None
        client.post(self.url(archive), {"release": hold.pk, "reason": "检查结束"})
        assert Hold.objects.get().released_by == auditor
        assert AccessEvent.objects.get(result="hold released").reason == "检查结束"
        late = english(headoffice).post(self.url(archive), {"release": hold.pk, "reason": "x"}, follow=True)
        assert f"{auditor.name} has released it already." in text(late)

    def test_an_archive_in_the_bin_can_still_be_held(self, binned, archive, auditor, client_of):
        client = client_of(auditor)
        assert client.get(self.url(archive)).status_code == 200
        client.post(self.url(archive), self.VALUES | {"kind": "audit"})
        assert Hold.objects.get().kind == "audit"

    def test_holds_of_a_matter_end_with_the_matter(self, archive, auditor, now, client_of):
        hold = place_hold(customer=archive, kind="complaint", source="TS-1", actor=None, now=now)
        response = client_of(auditor).post(self.url(archive), {"release": hold.pk, "reason": "x"})
        assert response.status_code == 404
        assert client_of(auditor).post(self.url(archive), self.VALUES | {"kind": "complaint"}).status_code == 200
        assert Hold.objects.get().released_at is None

    def test_a_day_that_passed_is_refused(self, archive, auditor, client_of):
        client_of(auditor).post(self.url(archive), self.VALUES | {"until": "2020-01-01"})
        assert not Hold.objects.exists()

    def test_others_may_not(self, archive, head, manager, client_of):
        for user in (head, manager):
            assert client_of(user).post(self.url(archive), self.VALUES).status_code == 403
