"""Two people at one merge in the same instant: one wins, the other is told, nothing happens twice or half.

Several nets hold here: the locks on both archives, the versions, the claims of the merge and of its deletion. Without
all of `undo_merge`'s own the deletion's claim still lets one win; without the look for merges that name the archive
(`retention.hanging`) the race with a deletion fails in its first round.
"""

import pytest

from archives.changes.models import ChangeRequest
from archives.changes.proposing import items_of
from archives.changes.services import decide_change, decide_matter
from archives.models import Merge
from archives.retention.services import propose_deletion
from archives.stewardship.merge_undo import undo_merge
from crm.lib.refusals import Refused
from tests.archives import make_account
from tests.races import at_once
from tests.stewardship.merge_world import DAY, ask, fresh

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 200


def together(*works):
    return at_once(*works, errors=Refused)


def approve(request, actor, now):
    seen = fresh(request)
    return lambda: decide_matter(request=seen, actor=actor, accept=True, now=now)


def undo(merge, actor, now):
    seen = fresh(merge)
    return lambda: undo_merge(merge=seen, actor=actor, reason="错", now=now)


def winners(results) -> int:
    return sum(not isinstance(result, Refused) for result in results)


def test_two_approvals_merge_once_and_two_undoings_undo_once(pair, propose, manager, head, now):
    """Back and forth between the two archives, and nothing is lost on the way."""
    survivor, loser = pair
    account = make_account(customer=loser, postings=[(DAY, 500)], balance_on=DAY)
    for n in range(ROUNDS):
        request = propose(fresh(survivor), fresh(loser))
        ChangeRequest.objects.filter(pk=request.pk).update(escalated_to=head)
        assert winners(together(approve(request, manager, now), approve(request, head, now))) == 1
        done = Merge.objects.get(request=request)
        assert (fresh(account).customer, fresh(loser).life) == (survivor, "bin")
        results = together(undo(done, manager, now), undo(done, head, now))
        assert winners(results) == 1
        loser_of_race = next(result for result in results if isinstance(result, Refused))
        assert fresh(done).undone_by.name in loser_of_race.message
        assert (fresh(account).customer, fresh(loser).life, fresh(survivor).life) == (loser, "active", "active"), n
    assert survivor.history.filter(history_change_reason__contains="错").count() == ROUNDS


def test_an_edit_approved_in_the_same_instant_is_not_lost(pair, propose, manager, colleague, teller, now):
    """Either the edit was first, then the merge stops or takes the new value along; or it comes to the survivor."""
    survivor, loser = pair
    for n in range(20):
        edit = ask(fresh(loser), teller, now, job_title=f"第{n}科")
        request = propose(fresh(survivor), fresh(loser))
        ids, seen = [item.pk for item in items_of(edit)], fresh(edit)

        def decide(seen=seen, ids=ids):
            return decide_change(request=seen, actor=colleague, decisions={pk: ("accept", "") for pk in ids}, now=now)

        works = [approve(request, manager, now), decide]
        results = together(*(works if n % 2 else works[::-1]))
        assert winners(results) >= 1
        edit, request = fresh(edit), fresh(request)
        if edit.status == "approved":
            assert fresh(loser).job_title == f"第{n}科"
        else:
            assert edit.is_open and edit.customer == survivor and request.status == "approved"
            decide_change(request=edit, actor=manager, decisions={ids[0]: ("accept", "")}, confirmed={ids[0]: fresh(survivor).version}, now=now)  # fmt: skip
            assert fresh(survivor).job_title == f"第{n}科"
        if request.status == "approved":
            undo_merge(merge=Merge.objects.get(request=request), actor=manager, reason="错", now=now)
        else:
            decide_matter(request=request, actor=manager, accept=False, comment="变了", now=now)


def test_a_merge_and_a_deletion_proposed_at_once_have_one_winner(pair, propose, teller, colleague, now):
    survivor, loser = pair
    for n in range(20):

        def merge():
            return propose(fresh(survivor), fresh(loser))

        def delete():
            return propose_deletion(
                customer=fresh(loser), proposer=colleague, category="duplicate", reason_text="重复", now=now
            )

        results = together(*((merge, delete) if n % 2 else (delete, merge)))
        assert winners(results) == ChangeRequest.objects.open().count() == 1, results
        ChangeRequest.objects.open().update(status="withdrawn")


def test_two_merges_of_one_pair_in_both_directions_have_one_winner(pair, propose, teller, colleague, now):
    survivor, loser = pair
    for _n in range(20):
        results = together(
            lambda: propose(fresh(survivor), fresh(loser), proposer=teller),
            lambda: propose(fresh(loser), fresh(survivor), proposer=colleague),
        )
        assert winners(results) == 1, results
        ChangeRequest.objects.open().update(status="withdrawn")


def test_undoing_against_an_approval_of_the_next_merge_never_deadlocks(pair, propose, manager, head, outlet, now):
    from tests.archives import make_personal

    survivor, loser = pair
    for n in range(20):
        third = make_personal(branch=outlet, manager=manager, now=now)
        first = propose(fresh(survivor), fresh(loser))
        decide_matter(request=first, actor=manager, accept=True, now=now)
        done = Merge.objects.get(request=first)
        request = propose(third, fresh(survivor), {"name": "survivor"})
        works = [approve(request, manager, now), undo(done, head, now)]
        results = together(*(works if n % 2 else works[::-1]))
        assert winners(results) >= 1
        if fresh(request).status == "approved":
            undo_merge(merge=Merge.objects.get(request=request), actor=manager, reason="错", now=now)
        else:
            decide_matter(request=fresh(request), actor=manager, accept=False, comment="变了", now=now)
        if fresh(done).state == "applied":
            undo_merge(merge=fresh(done), actor=manager, reason="错", now=now)
        assert fresh(loser).life == fresh(survivor).life == "active"
