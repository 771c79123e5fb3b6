"""Two people at one deletion in the same instant: one wins, the other is told; never restored but empty.

Calibrated: with `claim` comparing only the key (no state, no version), the first two fail within the first rounds.
"""

import time

import pytest

from archives.changes.matters import decide_matter
from archives.changes.models import ChangeRequest
from archives.changes.proposing import items_of
from archives.changes.services import decide_change, propose_change, withdraw_change
from archives.models import Customer, Deletion, Hold, Tombstone
from archives.retention.services import confirm_purge, place_hold, propose_deletion, restore
from crm.lib.refusals import Refused
from tests.archives import make_personal
from tests.races import at_once
from tests.retention.deletions import delete, due, vouch

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 200


def together(*works):
    return at_once(*works, errors=Refused)


@pytest.fixture
def rounds(outlet, manager, teller, now):
    """A new archive that is due for purge, so often: (round, customer, deletion, the moment)."""

    def make(count=ROUNDS):
        for n in range(count):
            vouch(now)
            customer = make_personal(branch=outlet, manager=manager, actor=manager, now=now, occupation="")
            customer.contactpoint_rows.create(kind="mobile", value=f"1550000{n:04d}")
            deletion = delete(customer=customer, proposer=teller, approver=manager, now=now)
            yield n, customer, deletion, due(deletion)

    return make


def check(customer: Customer, deletion: Deletion, results: list) -> str:
    """Exactly one winner; what stands is whole, or gone with a tombstone."""
    winners = [result for result in results if not isinstance(result, Refused)]
    assert len(winners) == 1, results
    stone = Tombstone.objects.filter(number=customer.number).exists()
    there = Customer.everyone.filter(pk=customer.pk).first()
    if stone:
        assert there is None and not Deletion.objects.filter(pk=deletion.pk).exists()
        return "purged"
    assert there.life == "active" and there.name and there.contactpoint_rows.count() == 1
    assert there.history.filter(life="active").exists() and there.figures
    assert Deletion.objects.get(pk=deletion.pk).state == "restored"
    return "restored"


def late_restore(n: int, **asked):
    """A restore is the shorter work: in most rounds it begins some milliseconds later, so that either may win."""
    time.sleep(n % 8 * 0.005)
    return restore(**asked)


def test_a_restore_against_a_purge_has_one_winner(rounds, head, colleague):
    seen = {"purged": 0, "restored": 0}
    for n, customer, deletion, moment in rounds():
        one, two = Deletion.objects.get(pk=deletion.pk), Deletion.objects.get(pk=deletion.pk)
        works = [
            lambda d=one, m=moment: confirm_purge(deletion=d, actor=head, typed_number=d.number, now=m),
            lambda d=two, m=moment, n=n: late_restore(n, deletion=d, actor=colleague, reason="客户又来了", now=m),
        ]
        results = together(*(works if n % 2 else works[::-1]))
        outcome = check(customer, deletion, results)
        seen[outcome] += 1
        loser = next(result for result in results if isinstance(result, Refused))
        assert (head if outcome == "purged" else colleague).name in loser.message
    assert min(seen.values()) > 0, seen


def test_two_confirmations_purge_once(rounds, head, president):
    for _n, customer, deletion, moment in rounds(40):
        one, two = Deletion.objects.get(pk=deletion.pk), Deletion.objects.get(pk=deletion.pk)
        results = together(
            lambda d=one, m=moment: confirm_purge(deletion=d, actor=head, typed_number=d.number, now=m),
            lambda d=two, m=moment: confirm_purge(deletion=d, actor=president, typed_number=d.number, now=m),
        )
        assert check(customer, deletion, results) == "purged"


def test_two_restores_restore_once(rounds, head, colleague):
    for _n, customer, deletion, moment in rounds(40):
        one, two = Deletion.objects.get(pk=deletion.pk), Deletion.objects.get(pk=deletion.pk)
        results = together(
            lambda d=one, m=moment: restore(deletion=d, actor=head, reason="甲", now=m),
            lambda d=two, m=moment: restore(deletion=d, actor=colleague, reason="乙", now=m),
        )
        assert check(customer, deletion, results) == "restored"
        assert Customer.history.filter(id=customer.pk, life="active").count() == 2


def test_a_hold_against_a_purge_holds_or_comes_too_late(rounds, head, headoffice):
    for n, customer, deletion, moment in rounds(40):
        seen = Deletion.objects.get(pk=deletion.pk)
        works = [
            lambda d=seen, m=moment: confirm_purge(deletion=d, actor=head, typed_number=d.number, now=m),
            lambda c=customer, m=moment: place_hold(
                customer=c, kind="regulator", source="法院", actor=headoffice, now=m
            ),
        ]
        results = together(*(works if n % 2 else works[::-1]))
        held = Hold.objects.filter(customer=customer.pk).exists()
        assert held == Customer.everyone.filter(pk=customer.pk).exists()
        assert sum(not isinstance(result, Refused) for result in results) == 1


def test_an_approved_deletion_against_an_approved_edit_leaves_no_edit_behind(archive, teller, lobby, manager, now):
    """Whichever comes first: the edit is in the archive before it is hidden, or it was superseded."""
    for n in range(30):
        archive.refresh_from_db()
        edit = propose_change(
            customer=archive, proposer=lobby, kind="edit", items={"employer": f"第{n}号工厂"}, reason_code="changed",
            reason_text="更正", base_version=archive.version, now=now,
        )  # fmt: skip
        gone = propose_deletion(customer=archive, proposer=teller, category="dead", reason_text="联系不上", now=now)
        items = {item.pk: ("accept", "") for item in items_of(edit)}
        works = [
            lambda r=edit, i=items: decide_change(request=r, actor=manager, decisions=i, now=now),
            lambda r=gone: decide_matter(request=r, actor=manager, accept=True, now=now),
        ]
        together(*(works if n % 2 else works[::-1]))
        edit, gone = ChangeRequest.objects.get(pk=edit.pk), ChangeRequest.objects.get(pk=gone.pk)
        assert gone.status == "approved" and edit.status in ("approved", "superseded")
        hidden = Customer.everyone.get(pk=archive.pk)
        assert (hidden.employer == f"第{n}号工厂") == (edit.status == "approved")
        restore(deletion=Deletion.objects.get(request=gone), actor=manager, reason="再来", now=now)


def test_a_withdrawal_against_the_end_by_a_deletion_breaks_nothing(archive, teller, lobby, manager, now):
    for n in range(30):
        archive.refresh_from_db()
        edit = propose_change(
            customer=archive, proposer=lobby, kind="edit", items={"employer": f"第{n}号工厂"}, reason_code="changed",
            reason_text="更正", base_version=archive.version, now=now,
        )  # fmt: skip
        gone = propose_deletion(customer=archive, proposer=teller, category="dead", reason_text="联系不上", now=now)
        works = [
            lambda r=edit: withdraw_change(request=r, actor=lobby, now=now),
            lambda r=gone: decide_matter(request=r, actor=manager, accept=True, now=now),
        ]
        together(*(works if n % 2 else works[::-1]))
        edit = ChangeRequest.objects.get(pk=edit.pk)
        assert edit.status in ("withdrawn", "superseded") and edit.events.count() == 2
        restore(deletion=Deletion.objects.get(request=gone), actor=manager, reason="再来", now=now)
