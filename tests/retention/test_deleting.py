"""Deletion: proposed with what hangs on it, hidden at the approval, restored with everything."""

import pytest

from archives.changes.matters import decide_matter
from archives.changes.refusals import Refused
from archives.models import Customer, Deletion
from archives.retention.services import propose_deletion, restore
from tests.archives import make_account


def propose(customer, proposer, now, **options):
    options = {"category": "dead", "reason_text": "多次联系不上"} | options
    return propose_deletion(customer=customer, proposer=proposer, now=now, **options)


@pytest.mark.django_db
def test_a_proposal_changes_nothing_yet(archive, teller, now):
    request = propose(archive, teller, now)
    assert (request.kind, request.status, request.reason_code) == ("delete", "pending", "dead")
    assert Customer.objects.get(pk=archive.pk).life == "active"


@pytest.mark.django_db
def test_an_approved_archive_is_hidden_at_once_and_kept(archive, binned, today):
    assert not Customer.objects.filter(pk=archive.pk).exists()
    hidden = Customer.everyone.get(pk=archive.pk)
    assert (hidden.life, hidden.version) == ("bin", archive.version + 1)
    assert hidden.history.first().history_change_reason.startswith(binned.request.number)
    assert binned.state == Deletion.State.KEPT
    assert (binned.keep_until - today).days >= 30


@pytest.mark.django_db
def test_an_open_account_refuses_the_proposal(archive, teller, now):
    make_account(customer=archive)
    with pytest.raises(Refused, match=r"在用|use"):
        propose(archive, teller, now)


@pytest.mark.django_db
def test_a_restored_archive_is_back(archive, binned, manager, now):
    back = restore(deletion=binned, actor=manager, reason="客户又来了", now=now)
    assert back.state == "restored"
    assert Customer.objects.get(pk=archive.pk).life == "active"


@pytest.mark.django_db
def test_a_rejected_deletion_leaves_the_archive(archive, teller, manager, now):
    request = propose(archive, teller, now)
    decide_matter(request=request, actor=manager, accept=False, comment="还在联系", now=now)
    assert Customer.objects.filter(pk=archive.pk).exists()
