"""Two people at one request in the same instant: one wins, the other is told, nothing happens twice.

Calibrated: with the version compared but not claimed in `transition`, and without the lock in
`decide_change`, each of these fails within the first rounds.
"""

import pytest

from archives.changes.models import ChangeRequest
from archives.changes.proposing import items_of
from archives.changes.services import decide_change, propose_change, resubmit_change, withdraw_change
from archives.models import Customer
from crm.lib.refusals import Refused
from crm.notifications.models import Notice
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 200


def together(*works):
    return at_once(*works, errors=Refused)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def rounds(ask, archive):
    """A new pending request of another value, so often."""

    def make():
        for n in range(ROUNDS):
            yield n, ask({"employer": f"第{n}号工厂"})

    return make


def approve(request, actor, now):
    seen, ids = fresh(request), [item.pk for item in items_of(request)]
    return lambda: decide_change(request=seen, actor=actor, decisions={pk: ("accept", "") for pk in ids}, now=now)


def reject(request, actor, now):
    seen, ids = fresh(request), [item.pk for item in items_of(request)]
    return lambda: decide_change(request=seen, actor=actor, decisions={pk: ("reject", "不行") for pk in ids}, now=now)


def withdraw(request, actor, now):
    seen = fresh(request)
    return lambda: withdraw_change(request=seen, actor=actor, now=now)


def check(request, archive, before, results):
    """One winner; request, record, history, notices tell the same story."""
    assert sum(isinstance(result, ChangeRequest) for result in results) == 1
    ended, customer = fresh(request), fresh(archive)
    changed = ended.status == "approved"
    assert customer.version == before + changed
    assert customer.history.filter(history_change_reason__startswith=ended.number).count() == changed
    assert customer.modifications.filter(request=ended).count() == changed
    assert ended.events.count() == 2
    told = Notice.objects.filter(
        link=f"/requests/{ended.number}/", kind__startswith="change-", recipient=ended.proposer
    )
    assert told.count() == (ended.status != "withdrawn")
    return customer.version


def test_two_approvers_at_once_change_the_archive_once(rounds, archive, manager, head, now):
    version = archive.version
    ChangeRequest.objects.all().delete()
    for _n, request in rounds():
        ChangeRequest.objects.filter(pk=request.pk).update(escalated_to=head)
        results = together(approve(request, manager, now), approve(request, head, now))
        loser = next(r for r in results if isinstance(r, Refused))
        assert fresh(request).decided_by.name in loser.message
        version = check(request, archive, version, results)


def test_an_approval_against_a_withdrawal_has_one_winner(rounds, archive, manager, teller, now):
    version, seen = archive.version, set()
    for n, request in rounds():
        works = [approve(request, manager, now), withdraw(request, teller, now)]
        results = together(*(works if n % 2 else works[::-1]))
        version = check(request, archive, version, results)
        seen.add(fresh(request).status)
    assert seen <= {"approved", "withdrawn"}


@pytest.mark.parametrize("second", [reject, withdraw])
def test_a_rejection_against_another_end_has_one_winner(ask, archive, manager, head, teller, now, second):
    version = archive.version
    for n in range(20):
        request = ask({"employer": f"第{n}号工厂"})
        ChangeRequest.objects.filter(pk=request.pk).update(escalated_to=head)
        other = head if second is reject else teller
        results = together(reject(request, manager, now), second(request, other, now))
        version = check(request, archive, version, results)
        assert sum(isinstance(result, Refused) for result in results) == 1
        assert fresh(request).status in ({"rejected"} if second is reject else {"rejected", "withdrawn"})


def test_an_approval_against_a_revision_never_approves_the_new_round(ask, archive, manager, teller, now):
    for n in range(20):
        request = ask({"employer": f"第{n}号工厂"})
        seen = fresh(request)

        def revise(seen=seen, n=n):
            return resubmit_change(
                request=seen, actor=teller, items={"employer": f"改{n}号工厂"}, reason_code="wrong", reason_text="改正", now=now
            )  # fmt: skip

        together(approve(request, manager, now), revise)
        ended = fresh(request)
        assert fresh(archive).employer != f"改{n}号工厂"
        assert (ended.status, ended.round) in {("approved", 1), ("pending", 2)}
        if ended.is_open:
            withdraw_change(request=ended, actor=teller, now=now)


def test_twenty_identical_submits_make_one_request(archive, teller, now):
    def submit():
        return propose_change(
            customer=archive, proposer=teller, kind="edit", items={"employer": "新东家"}, reason_code="changed",
            reason_text="客户到店", token="one-form", base_version=archive.version, now=now,
        )  # fmt: skip

    made = together(*[submit] * 20)
    assert len({request.pk for request in made}) == 1
    assert ChangeRequest.objects.count() == 1


def test_eight_proposers_at_once_get_eight_numbers(outlet, archive, now):
    from tests.cast import make_user

    people = [make_user(username=f"t{n}", role="teller", branch=outlet) for n in range(8)]

    def submit(person):
        return lambda: propose_change(
            customer=archive, proposer=person, kind="edit", items={"employer": "新东家"}, reason_code="changed",
            reason_text="客户到店", base_version=archive.version, now=now,
        )  # fmt: skip

    made = together(*[submit(person) for person in people])
    assert len({request.number for request in made}) == 8
    assert Customer.objects.get(pk=archive.pk).version == archive.version
