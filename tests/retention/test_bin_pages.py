"""The pages after a deletion: the recycle bin, restoring, the purge, tombstones, sealed archives."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from archives.models import Customer, Deletion, Tombstone
from archives.retention.services import place_hold
from crm.privacy.models import AccessEvent
from tests.archives import make_account, make_personal
from tests.retention.deletions import delete, due, text

WHY = "多次联系不上，已核实"


def bin_url(deletion, verb="") -> str:
    return f"/recycle-bin/{deletion.pk}/{verb}"


class TestRecycleBin:
    def test_it_tells_what_by_whom_and_how_long(self, binned, archive, teller, manager, english):
        page = text(english(manager).get("/recycle-bin/"))
        left = (binned.keep_until - timezone.localdate()).days
        for words in (archive.name, "Dead archive", teller.name, manager.name, f"{left} days left"):
            assert words in page

    def test_tellers_and_strangers_do_not_see_it(self, binned, archive, teller, stranger, client_of):
        assert client_of(teller).get("/recycle-bin/").status_code == 403
        assert archive.number not in text(client_of(stranger).get("/recycle-bin/")).replace(" ", "")
        assert client_of(stranger).get(bin_url(binned)).status_code == 404

    def test_the_filters_narrow_it_and_the_empty_list_tells(self, binned, archive, manager, english):
        client = english(manager)
        for query in ("category=wrong", "kind=intelligence", "left=3", "tab=due", "tab=restored"):
            page = text(client.get(f"/recycle-bin/?{query}"))
            assert archive.name not in page and "Nothing here" in page, query
        for query in ("category=dead", "kind=customer", "branch=0101", "left=oops", "branch=0201"):
            assert archive.name in text(client.get(f"/recycle-bin/?{query}")), query

    def test_after_the_month_it_is_due(self, binned, archive, manager, english):
        moment = due(binned)
        with time_machine.travel(moment, tick=False):
            page = text(english(manager).get("/recycle-bin/?tab=due"))
        assert archive.name in page and f"due for purge since {timezone.localdate(moment)}" in page

    def test_pages_hold_many_rows_with_the_same_number_of_queries(
        self, outlet, manager, teller, now, client_of, django_assert_max_num_queries
    ):
        def some(n):
            for _n in range(n):
                delete(
                    customer=make_personal(branch=outlet, manager=manager), proposer=teller, approver=manager, now=now
                )

        client = client_of(manager)
        some(2)
        client.get("/recycle-bin/")
        with django_assert_max_num_queries(40) as few:
            client.get("/recycle-bin/")
        some(5)
        with django_assert_max_num_queries(len(few)):
            client.get("/recycle-bin/")

    def test_one_deletion_tells_everything(self, binned, manager, english):
        page = text(english(manager).get(bin_url(binned)))
        for words in (WHY, "What a purge removes", "Change requests", "Approved and hidden", "Nothing holds it."):
            assert words in page
        assert bin_url(binned, "restore/") in page and bin_url(binned, "purge/") not in page

    def test_holds_and_obstacles_are_named(self, binned, archive, manager, headoffice, now, english):
        place_hold(customer=archive, kind="regulator", source="函〔2026〕12号", actor=headoffice, now=now)
        page = text(english(manager).get(bin_url(binned)))
        assert "What the purge waits for" in page and "函〔2026〕12号" in page


class TestRestoring:
    def post(self, client, deletion, version=1, reason="客户来电，仍在使用"):
        return client.post(bin_url(deletion, "restore/"), {"reason": reason, "version": version})

    def test_it_brings_the_archive_back_with_its_reason(self, binned, archive, manager, client_of):
        response = self.post(client_of(manager), binned)
        assert response.url == f"/customers/{archive.number}/"
        binned.refresh_from_db()
        assert (binned.state, binned.restored_by, binned.restore_reason) == ("restored", manager, "客户来电，仍在使用")
        assert Customer.objects.get(pk=archive.pk).life == "active"
        assert AccessEvent.objects.filter(action="decision", result="restored", object_id=archive.pk).exists()

    def test_the_second_one_reads_who_was_first(self, binned, manager, head, english):
        self.post(english(manager), binned)
        binned.refresh_from_db()
        for version in (1, binned.version):
            response = self.post(english(head), binned, version)
            assert response.status_code == 409 and f"Already restored by {manager.name}" in text(response)
        binned.refresh_from_db()
        assert binned.restored_by == manager

    def test_a_page_that_has_aged_restores_nothing(self, binned, manager, client_of):
        assert self.post(client_of(manager), binned, version=9).status_code == 409
        binned.refresh_from_db()
        assert binned.state == "kept"

    def test_a_reason_is_needed(self, binned, manager, client_of):
        assert self.post(client_of(manager), binned, reason="").status_code == 200
        binned.refresh_from_db()
        assert binned.state == "kept"

    def test_wrong_people_restore_nothing(self, binned, teller, auditor, stranger, client_of):
        for user, status in ((teller, 403), (auditor, 403), (stranger, 404)):
            assert self.post(client_of(user), binned).status_code == status

    def test_what_a_merge_took_away_hints_at_the_undo(self, binned, manager, english):
        Deletion.objects.update(category="merged")
        client = english(manager)
        page = text(client.get(bin_url(binned)))
        assert "A merge took this archive away." in page and bin_url(binned, "restore/") not in page
        assert self.post(client, binned).status_code == 409


class TestPurging:
    @pytest.fixture
    def at_due(self, binned):
        with time_machine.travel(due(binned), tick=False):
            yield binned

    def post(self, client, deletion, typed=None, version=1):
        return client.post(bin_url(deletion, "purge/"), {"number": typed or deletion.number, "version": version})

    def test_a_third_person_types_the_number_and_a_tombstone_stays(self, at_due, archive, head, english):
        client = english(head)
        assert bin_url(at_due, "purge/") in text(client.get(bin_url(at_due)))
        response = self.post(client, at_due)
        assert response.url == f"/tombstones/{archive.number}/"
        page = text(client.get(response.url))
        assert head.name in page and archive.name not in page
        assert not Customer.everyone.filter(pk=archive.pk).exists()
        assert AccessEvent.objects.filter(action="decision", result="purged").exists()

    def test_a_wrong_number_purges_nothing(self, at_due, head, client_of):
        assert self.post(client_of(head), at_due, typed="1000000009").status_code == 409
        assert Customer.everyone.exists()

    def test_proposer_and_approver_read_who_may(self, binned, manager, head, outlet, now, english):
        other = make_personal(branch=outlet, manager=manager)
        own = delete(customer=other, proposer=head, approver=manager, now=now)
        with time_machine.travel(due(own), tick=False):
            page = text(english(head).get(bin_url(own)))
            assert "Somebody else confirms the purge." in page and bin_url(own, "purge/") not in page
            assert f"neither {head.name} nor {manager.name}" in page and "陈立群" in page
            assert self.post(english(head), own).status_code == 403
        assert not Tombstone.objects.exists()

    def test_before_the_day_nobody_may(self, binned, head, client_of):
        assert bin_url(binned, "purge/") not in text(client_of(head).get(bin_url(binned)))
        assert self.post(client_of(head), binned).status_code == 409
        assert Customer.everyone.exists()

    def test_wrong_people_purge_nothing(self, at_due, manager, auditor, stranger_head, client_of):
        for user, status in ((manager, 403), (auditor, 403), (stranger_head, 404)):
            assert self.post(client_of(user), at_due).status_code == status

    def test_the_loser_of_two_purges_is_led_back(self, at_due, head, president, english):
        self.post(english(head), at_due)
        assert self.post(english(president), at_due).status_code == 404

    def test_what_the_law_keeps_is_sealed_and_said_before(self, outlet, manager, teller, head, auditor, now, english):
        customer = make_personal(branch=outlet, manager=manager)
        closed_on = timezone.localdate(now) - timedelta(days=400)
        make_account(customer=customer, status="closed", closed_on=closed_on)
        found = delete(customer=customer, proposer=teller, approver=manager, now=now)
        with time_machine.travel(due(found), tick=False):
            client = english(head)
            page = text(client.get(bin_url(found)))
            assert f"until {closed_on.replace(year=closed_on.year + 10)}" in page and "Confirm the sealing" in page
            assert self.post(client, found).url == "/recycle-bin/"
            assert client.get(bin_url(found)).status_code == 404
            assert customer.number in text(english(auditor).get("/sealed/")).replace(" ", "")
        assert Customer.everyone.get(pk=customer.pk).life == "sealed"


class TestTombstones:
    @pytest.fixture
    def stone(self, outlet, teller, manager, head, now):
        return Tombstone.objects.create(
            kind="customer", number="1000000017", branch=outlet, category="dead", reason_code="dead", request_number="XG-1",
            proposer=teller, approver=manager, confirmer=head, proposed_at=now, approved_at=now, confirmed_at=now,
            purged_at=now, rows={"customer": 1, "historicalcustomer": 3, "unheard": 2}, files=1,
        )  # fmt: skip

    def test_filters_find_it(self, stone, head, client_of):
        client = client_of(head)
        for query in ("", "number=100000", "category=dead", "kind=customer", "branch=0101"):
            assert stone.number in text(client.get(f"/tombstones/?{query}")), query
        for query in ("number=2", "category=wrong", "kind=intelligence"):
            assert f"/tombstones/{stone.number}/" not in text(client.get(f"/tombstones/?{query}")), query

    def test_it_counts_what_went_in_words(self, stone, auditor, english):
        page = text(english(auditor).get(f"/tombstones/{stone.number}/"))
        for words in ("History", "Other records", "XG-1", "The number is never given again."):
            assert words in page
        assert "historicalcustomer" not in page

    def test_strangers_get_404_and_tellers_403(self, stone, stranger, teller, client_of):
        assert client_of(stranger).get(f"/tombstones/{stone.number}/").status_code == 404
        assert client_of(teller).get("/tombstones/").status_code == 403


class TestSealed:
    @pytest.fixture
    def sealed(self, binned, archive, head, now, today):
        Customer.everyone.filter(pk=archive.pk).update(life="sealed")
        Deletion.objects.update(
            state="sealed", sealed_until=today + timedelta(days=3650), seal_reason="account", confirmed_by=head,
            confirmed_at=now,
        )  # fmt: skip
        binned.refresh_from_db()
        return binned

    def test_compliance_reads_it_masked_and_leaves_a_line(self, sealed, archive, auditor, english):
        page = text(english(auditor).get(f"/sealed/{archive.number}/"))
        assert str(sealed.sealed_until) in page and "ten years" in page
        for plain in (archive.name, archive.mobile, archive.id_number):
            assert plain not in page
        assert AccessEvent.objects.filter(action="view", fields="sealed", actor=auditor, object_id=archive.pk).exists()

    def test_nobody_else_reads_it(self, sealed, archive, manager, head, headoffice, client_of):
        for user in (manager, head, headoffice):
            client = client_of(user)
            assert client.get("/sealed/").status_code == 403
            assert client.get(f"/sealed/{archive.number}/").status_code == 403
        assert client_of(head).get(bin_url(sealed)).status_code == 404

    def test_only_compliance_sees_the_count_of_the_sealed(self, sealed, manager, auditor, client_of):
        assert 'href="/sealed/"' in text(client_of(auditor).get("/recycle-bin/"))
        assert 'href="/sealed/"' not in text(client_of(manager).get("/recycle-bin/"))

    def test_head_office_brings_it_back_without_reading_the_name(self, sealed, archive, headoffice, client_of):
        client = client_of(headoffice)
        page = text(client.get(bin_url(sealed)))
        assert archive.name not in page and bin_url(sealed, "restore/") in page
        client.post(bin_url(sealed, "restore/"), {"reason": "客户重新开户", "version": sealed.version})
        assert Customer.objects.filter(pk=archive.pk).exists()

    def test_what_is_not_sealed_is_not_there(self, binned, archive, auditor, client_of):
        assert client_of(auditor).get(f"/sealed/{archive.number}/").status_code == 404
