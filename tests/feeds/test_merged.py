"""Loads after a merge: what the core system says of the archive merged away belongs to the one that remains."""

import pytest

from archives.changes.services import decide_matter
from archives.models import Account, ChangeRequest, Customer
from archives.stewardship.merge_undo import undo_merge
from archives.stewardship.merging import propose_merge
from crm.lib.identifiers import make_resident_id
from tests.archives import BORN
from tests.feeds.files import accounts, customers

ONE, OTHER = (make_resident_id("339901", BORN, n) for n in (21, 23))
PEOPLE = customers(
    f"K1,0101,个人,2019-03-01,单志明,{ONE},居民身份证,,15400000001,临江市城东区人民路1号",
    f"K2,0101,个人,2020-03-01,单志明,{OTHER},居民身份证,,15400000002,临江市城东区人民路2号",
)
ACCOUNTS = accounts("623001,K1,2020-01-01,,活期,活期储蓄,CNY,,,", "623002,K2,2020-01-01,,活期,活期储蓄,CNY,,,")


@pytest.fixture
def merged(deliver, teller, head, now):
    """(merge, remaining archive, archive merged away) after a first load."""
    assert deliver("d1", customers=PEOPLE, accounts=ACCOUNTS).status == "done"
    survivor, loser = (Customer.objects.get(core_id__endswith=key) for key in ("K1", "K2"))
    request = propose_merge(survivor=survivor, loser=loser, choices={}, proposer=teller, reason_text="同一人", now=now)
    decide_matter(request=request, actor=request.assignee, accept=True, now=now)
    return request.merge, survivor, loser


def test_accounts_stay_with_the_archive_that_remains(merged, deliver):
    _merge, survivor, _loser = merged
    more = ACCOUNTS + "623003,K2,2024-01-01,,活期,活期储蓄,CNY,,,\n"
    assert deliver("d2", customers=PEOPLE.replace("人民路2", "五一路3"), accounts=more).status == "done"
    assert set(Account.objects.values_list("customer", flat=True)) == {survivor.pk} and Account.objects.count() == 3
    assert not ChangeRequest.objects.open().exists()  # nobody is asked about the values that were not chosen
    assert Customer.everyone.count() == 2


def test_also_when_the_archive_merged_away_has_been_purged(merged, deliver):
    merge, survivor, loser = merged
    Customer.everyone.filter(pk=loser.pk).update(core_id=None, id_number=None, id_index=None)
    type(merge).objects.filter(pk=merge.pk).update(loser=None, deletion=None)
    assert deliver("d2", customers=PEOPLE + "\n", accounts=ACCOUNTS + "\n").status == "done"
    assert set(Account.objects.values_list("customer", flat=True)) == {survivor.pk}
    assert Customer.everyone.count() == 2


def test_undone_each_has_its_own_again(merged, deliver, head, now):
    merge, survivor, loser = merged
    undo_merge(merge=merge, actor=head, reason="错", now=now)
    assert deliver("d2", customers=PEOPLE + "\n", accounts=ACCOUNTS + "\n").status == "done"
    assert sorted(Account.objects.values_list("customer", flat=True)) == sorted([survivor.pk, loser.pk])
