import pytest

from archives.changes import rules
from archives.changes.rules import Action

LEGAL = {
    ("", "submit"): "pending",
    ("pending", "approve"): "approved",
    ("pending", "partly"): "partly",
    ("pending", "reject"): "rejected",
    ("pending", "withdraw"): "withdrawn",
    ("pending", "revise"): "pending",
    ("rejected", "resubmit"): "pending",
    ("partly", "resubmit"): "pending",
    ("pending", "reroute"): "pending",
    ("pending", "remind"): "pending",
    ("pending", "escalate"): "pending",
    ("pending", "supersede"): "superseded",
}


@pytest.mark.parametrize("status", rules.STATES)
@pytest.mark.parametrize("action", list(Action))
def test_every_pair_of_state_and_action_is_declared_or_refused(status, action):
    assert rules.target(status, action) == LEGAL.get((status, str(action)))


def test_only_deciders_decide_and_only_proposers_take_back():
    who = {action: rules.who_may("pending", action) for action in Action}
    assert {a for a, w in who.items() if w == "decider"} == {Action.APPROVE, Action.PARTLY, Action.REJECT}
    assert {a for a, w in who.items() if w == "proposer"} == {Action.WITHDRAW, Action.REVISE}


@pytest.mark.parametrize(
    ("choices", "action"),
    [
        (["accept", "accept"], "approve"),
        (["accept", "reject"], "partly"),
        (["accept", "keep"], "partly"),
        (["reject", "keep"], "reject"),
        (["reject"], "reject"),
    ],
)
def test_decisions_add_up(choices, action):
    assert rules.outcome(choices) == action


def test_a_rejection_wants_its_reason_and_one_opinion_explains_all():
    decisions = {1: ("reject", ""), 2: ("reject", "证件不清"), 3: ("accept", "")}
    assert rules.unexplained(decisions, "") == [1]
    assert rules.unexplained(decisions, "请补件") == []


@pytest.mark.parametrize(
    ("old", "live", "new", "moved"),
    [("a", "a", "b", False), ("a", "c", "b", True), ("a", "b", "b", False), ("", "c", "b", True)],
)
def test_a_value_has_moved_when_it_is_neither_the_old_nor_the_new(old, live, new, moved):
    assert rules.has_moved(old=old, live=live, new=new) is moved
