"""Two people at one matter in the same instant: one wins, the other is told, the ledger is entered once.

Calibrated: with `_claim` comparing only the key, the first three fail; without `lock_ledger_of`, the last one on
PostgreSQL.
"""

from datetime import timedelta

import pytest

from complaints.conduct.services import appeal_points, decide_appeal, decide_points, finish_consequence
from complaints.models import Consequence, PointEntry, PointProposal
from crm.lib.refusals import Refused
from tests.complaints.conduct_world import appealed, decided, free_ledger, guard_ledger, propose
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 25


@pytest.fixture(autouse=True)
def _ledger(transactional_db):
    """The tables are emptied at the end, which the guard would refuse; the flush puts it up again."""
    guard_ledger()
    yield
    free_ledger()


def together(*works):
    return at_once(*works, errors=Refused)


def winner(results: list):
    won = [result for result in results if not isinstance(result, Refused)]
    assert len(won) == 1, results
    return won[0]


def test_two_deciders(teller, head, president, service, now):
    for n in range(ROUNDS):
        proposal = propose(employee=teller, by=head, now=now, code="plain-words")
        seen = [PointProposal.objects.get(pk=proposal.pk) for _ in range(2)]
        won = winner(
            together(
                lambda: decide_points(proposal=seen[0], accept=True, comment="", actor=president, now=now),  # noqa: B023
                lambda: decide_points(proposal=seen[1], accept=bool(n % 2), comment="证据不足", actor=service, now=now),  # noqa: B023
            )
        )
        entries = PointEntry.objects.filter(proposal=proposal).count()
        assert entries == (won.state == "decided")
        assert PointProposal.objects.get(pk=proposal.pk).decided_by == won.decided_by


def test_two_answers_to_an_appeal(teller, head, president, service, headoffice, now):
    for _n in range(ROUNDS):
        proposal = appealed(employee=teller, by=head, decider=president, now=now, code="plain-words")
        seen = [PointProposal.objects.get(pk=proposal.pk) for _ in range(2)]
        won = winner(
            together(
                lambda: decide_appeal(proposal=seen[0], grant=True, answer="证据不足", actor=headoffice, now=now),  # noqa: B023
                lambda: decide_appeal(proposal=seen[1], grant=False, answer="维持", actor=service, now=now),  # noqa: B023
            )
        )
        assert PointEntry.objects.filter(proposal=proposal).count() == (2 if won.state == "void" else 1)


def test_one_appeals_twice_and_one_is_late(teller, head, president, now):
    for _n in range(ROUNDS):
        proposal = decided(employee=teller, by=head, decider=president, now=now, code="plain-words")
        seen, late = [PointProposal.objects.get(pk=proposal.pk) for _ in range(3)], now + timedelta(days=20)
        won = winner(
            together(
                lambda: appeal_points(proposal=seen[0], text="不服", actor=teller, now=now),  # noqa: B023
                lambda: appeal_points(proposal=seen[1], text="不服", actor=teller, now=now),  # noqa: B023
                lambda: appeal_points(proposal=seen[2], text="不服", actor=teller, now=late),  # noqa: B023
            )
        )
        assert won.appealed_at == now


def test_a_consequence_is_recorded_once(teller, head, president, now):
    decided(employee=teller, by=head, decider=president, now=now)
    task = Consequence.objects.get()
    won = winner(
        together(
            lambda: finish_consequence(consequence=task, note="已谈", actor=head, now=now),
            lambda: finish_consequence(consequence=task, note="已谈话", actor=president, now=now),
        )
    )
    assert Consequence.objects.get().done_by == won.done_by


def test_two_proposals_of_one_matter(teller, head, service, now):
    """Each gets a number of its own, or is told which one stands."""
    for n in range(ROUNDS):
        name = f"检查之{n}"
        winner(
            together(
                lambda: propose(employee=teller, by=head, now=now, inspection=name),  # noqa: B023
                lambda: propose(employee=teller, by=service, now=now, inspection=name),  # noqa: B023
            )
        )
    both = together(
        lambda: propose(employee=teller, by=head, now=now, inspection="甲"),
        lambda: propose(employee=teller, by=service, now=now, inspection="乙"),
    )
    assert len({proposal.number for proposal in both}) == 2


def test_two_entries_that_reach_a_threshold_together(teller, colleague, manager, lobby, head, president, service, now):
    for person in (teller, colleague, manager, lobby):
        proposals = [propose(employee=person, by=head, now=now, code="complaint-at-fault") for _ in range(2)]
        together(
            lambda: decide_points(proposal=proposals[0], accept=True, comment="", actor=president, now=now),  # noqa: B023
            lambda: decide_points(proposal=proposals[1], accept=True, comment="", actor=service, now=now),  # noqa: B023
        )
        assert Consequence.objects.filter(employee=person, kind="talk").count() == 1
