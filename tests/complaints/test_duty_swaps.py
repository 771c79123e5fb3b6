"""A swap in one step: who asks, who decides, what moves; several deciders at once."""

from datetime import date, timedelta

import pytest

from complaints.duty.services import change_duty
from complaints.duty.swaps import ask_swap, decide_swap, decider_for, withdraw_swap
from complaints.models import Duty, RosterEvent, Swap
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from crm.staff.models import Absence
from tests.cast import make_user
from tests.complaints.duty_world import at, make_duty
from tests.races import at_once

pytestmark = pytest.mark.django_db

NOW, DAY = at(date(2026, 10, 9), "10:00"), date(2026, 10, 12)
ROUNDS = 60


@pytest.fixture
def duty(lobby):
    return make_duty(person=lobby, day=DAY)


@pytest.fixture
def swap(duty, lobby, teller):
    return ask(duty, lobby, teller)


def ask(duty, actor, to, **fields):
    return ask_swap(duty=duty, actor=actor, now=NOW, to=to, **{"reason": "孩子家长会"} | fields)


def decide(swap, actor, granted=True, now=NOW):
    return decide_swap(swap=Swap.objects.for_page().get(pk=swap.pk), actor=actor, now=now, granted=granted)


def test_the_head_is_told_and_a_yes_moves_the_duty(swap, duty, lobby, teller, head):
    assert Notice.objects.get(kind="swap-asked").recipient == head
    decide(swap, head)
    duty.refresh_from_db()
    assert (duty.person, duty.stands_in_for, duty.version) == (teller, lobby, 2)  # a teller stands in
    told = Notice.objects.filter(kind="swap-granted").values_list("recipient", flat=True)
    assert set(told) == {lobby.pk, teller.pk}
    assert list(RosterEvent.objects.values_list("action", flat=True)) == ["ask", "grant"]


def test_a_no_leaves_it_and_tells_who_asked(swap, duty, lobby, head):
    decide(swap, head, granted=False)
    duty.refresh_from_db()
    assert duty.person == lobby and Notice.objects.get(kind="swap-refused").recipient == lobby


def test_two_duties_are_exchanged(duty, lobby, teller, head):
    back = make_duty(person=teller, day=DAY + timedelta(days=1), post="duty")
    decide(ask(duty, lobby, teller, in_return=back), head)
    assert (Duty.objects.get(pk=duty.pk).person, Duty.objects.get(pk=back.pk).person) == (teller, lobby)


@pytest.mark.parametrize("who", ["president", "headoffice"])
def test_those_above_may_decide_too(swap, cast, who):
    assert decide(swap, cast[who]).granted


@pytest.mark.parametrize("who", ["teller", "lobby", "manager", "stranger_head", "service", "auditor", "admin"])
def test_nobody_else_decides(swap, duty, cast, who):
    with pytest.raises(NotYours):
        decide(swap, cast[who])
    assert Swap.objects.get().granted is None and Duty.objects.get(pk=duty.pk).version == 1


def test_a_heads_own_swap_goes_to_the_next_level_up(head, manager, president):
    duty = make_duty(person=head, day=DAY, post="head")
    assert decider_for(duty, head) == president
    swap = ask(duty, head, manager)
    assert Notice.objects.get(kind="swap-asked").recipient == president
    with pytest.raises(NotYours):
        decide(swap, head)
    decide(swap, president)
    duty.refresh_from_db()
    assert (duty.person, duty.stands_in_for) == (manager, head)


def test_a_head_who_gets_the_post_back_stands_in_for_nobody(head, manager):
    duty = make_duty(person=manager, day=DAY, post="head", stands_in_for=head)
    decide(ask(duty, manager, head), head)
    duty.refresh_from_db()
    assert (duty.person, duty.stands_in_for) == (head, None)


def test_only_the_own_duty_is_asked_for(duty, teller, head):
    for actor in (teller, head):
        with pytest.raises(NotYours):
            ask(duty, actor, teller)


@pytest.mark.parametrize(
    ("fields", "where"),
    [({"reason": " "}, "reason"), ({"to": "lobby"}, "to"), ({"to": "stranger"}, "to"), ({"to": "absent"}, "to"), ({"to": "busy"}, "to")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_at_its_field(duty, lobby, cast, teller, manager, colleague, fields, where):
    Absence.objects.create(user=manager, deputy=colleague, starts=DAY, ends=DAY)
    make_duty(person=colleague, day=DAY, post="duty", starts="17:00", ends="19:00")
    people = cast | {"absent": manager, "busy": colleague}
    values = {"to": teller} | {key: people.get(value, value) for key, value in fields.items()}
    with pytest.raises(Refused) as refusal:
        ask(duty, lobby, **values)
    assert set(refusal.value.fields) == {where} and not Swap.objects.exists()


def test_what_is_given_in_return_must_be_theirs_and_another_day(duty, lobby, teller, manager):
    for back in (
        make_duty(person=manager, day=DAY + timedelta(days=1)),
        make_duty(person=teller, day=DAY, post="duty", starts="07:00", ends="08:00"),
        make_duty(person=teller, day=date(2026, 10, 8)),
    ):
        with pytest.raises(Refused) as refusal:
            ask(duty, lobby, teller, in_return=back)
        assert set(refusal.value.fields) == {"in_return"}


def test_a_draft_a_past_duty_and_a_second_asking_are_refused(duty, lobby, teller, manager):
    with pytest.raises(Refused):
        ask(make_duty(person=lobby, day=date(2026, 11, 2), state="draft"), lobby, teller)
    with pytest.raises(Refused):
        ask_swap(duty=duty, actor=lobby, now=at(DAY + timedelta(days=1), "00:01"), to=teller, reason="家中有事")
    ask(duty, lobby, teller)
    with pytest.raises(TooLate):
        ask(duty, lobby, manager)
    assert Swap.objects.count() == 1


def test_a_decision_comes_once(swap, head, president, lobby):
    decide(swap, head)
    with pytest.raises(TooLate) as refusal:
        decide(swap, president, granted=False)
    assert head.name in refusal.value.message
    with pytest.raises(TooLate):
        withdraw_swap(swap=swap, actor=lobby, now=NOW)


def test_whoever_asked_takes_it_back(swap, lobby, teller, head):
    with pytest.raises(NotYours):
        withdraw_swap(swap=swap, actor=teller, now=NOW)
    withdraw_swap(swap=swap, actor=lobby, now=NOW)
    with pytest.raises(TooLate):
        decide(swap, head)


def test_a_yes_that_no_longer_fits_changes_nothing(swap, duty, head, teller):
    Absence.objects.create(user=teller, deputy=head, starts=DAY, ends=DAY)
    with pytest.raises(Refused):
        decide(swap, head)
    assert Swap.objects.get().granted is None and Duty.objects.get(pk=duty.pk).version == 1


def test_a_duty_that_went_to_somebody_else_ends_its_swap(swap, duty, head, manager, lobby):
    values = {"post": "lobby", "starts": duty.starts, "ends": duty.ends, "person": manager, "stands_in_for": lobby}
    change_duty(duty=duty, actor=head, now=NOW, version=1, **values)
    assert Swap.objects.get().granted is False
    with pytest.raises(TooLate):
        decide(swap, head)


def test_a_swap_after_the_duty_began_is_refused(swap, duty, head):
    Duty.objects.filter(pk=duty.pk).update(checked_in_at=at(DAY, "08:20"))
    with pytest.raises(Refused):
        decide(swap, head, now=at(DAY, "09:00"))


@pytest.mark.django_db(transaction=True)
def test_of_two_deciders_at_once_one_wins(lobby, teller, head, president):
    """Calibrated: with the claim of the swap comparing only its key, both win within the first rounds."""
    for n in range(ROUNDS):
        duty = make_duty(person=lobby, day=DAY + timedelta(days=n), branch=lobby.branch)
        swap = ask(duty, lobby, teller)
        results = at_once(
            lambda swap=swap: decide(swap, head), lambda swap=swap: decide(swap, president, granted=False), errors=Refused
        )  # fmt: skip
        winners = [result for result in results if not isinstance(result, Refused)]
        fresh, duty = Swap.objects.get(pk=swap.pk), Duty.objects.get(pk=duty.pk)
        assert len(winners) == 1 and fresh.decided_by == (head if fresh.granted else president)
        assert duty.person == (teller if fresh.granted else lobby)


@pytest.mark.django_db(transaction=True)
def test_a_swap_against_a_change_of_the_same_duty_leaves_one_owner(lobby, teller, head, president, manager):
    for n in range(ROUNDS):
        duty = make_duty(person=lobby, day=DAY + timedelta(days=n), branch=lobby.branch)
        swap = ask(duty, lobby, teller)
        values = {"post": "lobby", "starts": duty.starts, "ends": duty.ends, "person": manager, "stands_in_for": lobby}

        def change(duty=duty, values=values):
            fresh = Duty.objects.for_page().get(pk=duty.pk)
            return change_duty(duty=fresh, actor=president, now=NOW, version=1, **values)

        results = at_once(lambda swap=swap: decide(swap, head), change, errors=Refused)
        winners = [result for result in results if not isinstance(result, Refused)]
        assert len(winners) == 1, results
        fresh, duty = Swap.objects.get(pk=swap.pk), Duty.objects.get(pk=duty.pk)
        assert duty.person == (teller if fresh.granted else manager) and duty.version == 2


def test_neither_a_second_head_nor_whoever_asked_decides_it(bank, head, manager, president, teller):
    second = make_user(username="head2", role="head", branch=bank["0101"])
    with pytest.raises(NotYours):
        decide(ask(make_duty(person=head, day=DAY, post="head"), head, manager), second)
    own = ask(make_duty(person=president, day=DAY, post="leader", branch=bank["0101"]), president, teller)
    with pytest.raises(NotYours):
        decide(own, president)
