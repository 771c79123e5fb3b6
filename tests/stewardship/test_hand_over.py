"""客户移交: preparing, signing, undoing; nothing is left behind with whoever leaves."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from archives.changes.selectors import waiting_for
from archives.models import AgendaItem, Customer, HandOver, KeyCustomer, Meeting
from archives.stewardship.handing_over import cancel_hand_over
from archives.stewardship.rules import Choice, share_out
from archives.stewardship.selectors import leftovers, managers_of
from archives.stewardship.signing import sign_hand_over, undo_hand_over
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from crm.staff.models import Branch, RoleGrant
from crm.staff.services import disable, transfer
from tests.archives import make_personal
from tests.cast import make_user
from tests.stewardship.hand_over_world import manager_of


@pytest.fixture
def meeting(outlet, now, today):
    return Meeting.objects.create(
        number="HY1", kind="monthly", branch=outlet, period="2026-10", opened_at=now, data_on=today, due_on=today
    )


# Rules


@pytest.mark.parametrize(
    ("keys", "loads", "options", "shared"),
    [
        ([1, 2, 3], {7: 0, 8: 0}, {}, {1: 7, 2: 8, 3: 7}),
        ([1, 2, 3], {7: 5, 8: 3}, {}, {1: 8, 2: 8, 3: 7}),
        ([1, 2], {7: 1, 8: 2}, {"capacity": 2}, {1: 7, 2: None}),
        ([1, 2], {7: 0, 8: 0}, {"barred": {1: {7}, 2: {7, 8}}}, {1: 8, 2: None}),
        ([1], {}, {}, {1: None}),
    ],
)
def test_customers_are_shared_out_by_load(keys, loads, options, shared):
    assert share_out(keys, loads, **options) == shared


# Preparing


def test_preparing_passes_nothing_and_tells_the_supervisor(prepare, portfolio, manager, colleague, president):
    made = prepare(supervisor=president)
    assert (made.state, made.lines.count(), made.counts["preview"]["hidden"]) == ("prepared", 4, 1)
    assert manager_of(portfolio["rich"]) == manager
    assert Notice.objects.get(recipient=president).kind == "hand-over-prepared"


@pytest.mark.parametrize(
    "wrong",
    [
        {"incoming": []},
        {"incoming": "stranger"},
        {"incoming": "manager"},
        {"incoming": "teller"},
        {"supervisor": "manager"},
        {"supervisor": "colleague"},
        {"supervisor": "stranger_head"},
        {"supervisor": "teller"},
        {"actor": "stranger_head"},
        {"actor": "teller"},
    ],
)
def test_wrong_people_are_refused(prepare, portfolio, cast, wrong):
    options = {key: cast[name] if isinstance(name, str) else name for key, name in wrong.items()}
    if options.get("incoming"):
        options["incoming"] = [options["incoming"]]
    with pytest.raises(Refused):
        prepare(**options)
    assert not HandOver.objects.exists()


@pytest.mark.parametrize("party", ["manager", "colleague"])
def test_a_party_that_may_sign_elsewhere_does_not_sign_here(prepare, portfolio, cast, party):
    RoleGrant.objects.create(user=cast[party], role="head")
    with pytest.raises(Refused) as refusal:
        prepare(supervisor=cast[party])
    assert "supervisor" in refusal.value.fields


def test_whoever_prepares_names_another_to_sign(prepare, portfolio, head):
    with pytest.raises(Refused) as refusal:
        prepare(actor=head, supervisor=head)
    assert "supervisor" in refusal.value.fields and not HandOver.objects.exists()


def test_the_database_refuses_a_signature_by_whoever_prepared(prepare, portfolio):
    made = prepare()
    with pytest.raises(IntegrityError), transaction.atomic():
        HandOver.objects.filter(pk=made.pk).update(prepared_by=made.supervisor)


def test_a_disabled_supervisor_is_refused(prepare, portfolio, head, president, now):
    disable(user=president, actor=None, now=now)
    with pytest.raises(Refused):
        prepare(supervisor=president)


def test_a_second_open_one_of_the_same_manager_is_refused(prepare, portfolio):
    first = prepare()
    with pytest.raises(Refused) as refusal:
        prepare()
    assert refusal.value.request == first


def test_without_customers_there_is_nothing_to_hand_over(prepare):
    with pytest.raises(Refused):
        prepare()


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (Choice("kind", "P", False), {"rich", "hidden"}),
        (Choice("kind", "C", False), {"company"}),
        (Choice("all", "", True), {"rich", "hidden", "company", "helped"}),
    ],
)
def test_a_choice_takes_what_it_says(prepare, portfolio, choice, names):
    lines = prepare(choice=choice).lines.values_list("customer", flat=True)
    assert set(lines) == {portfolio[name].pk for name in names}


def test_several_incoming_share_the_customers_evenly(prepare, outlet, manager, colleague):
    other = make_user(username="third", role="manager", branch=outlet)
    for _n in range(3):
        make_personal(branch=outlet, manager=colleague)
    for _n in range(5):
        make_personal(branch=outlet, manager=manager)
    lines = prepare(incoming=[colleague, other]).lines
    assert (lines.filter(incoming=colleague).count(), lines.filter(incoming=other).count()) == (1, 4)


# Signing


def test_after_a_departure_nothing_is_left_behind(prepare, portfolio, ask, manager, colleague, head, today, now):
    request, own = ask(portfolio["rich"]), ask(portfolio["company"], proposer=manager)
    assert waiting_for(manager, today).exists()
    done = sign_hand_over(hand_over=prepare(), actor=head, now=now)
    assert (
        not Customer.everyone.managed_by(manager).exists() and not Customer.everyone.filter(assistant=manager).exists()
    )
    assert not waiting_for(manager, today).exists() and set(waiting_for(colleague, today)) == {request, own}
    request.refresh_from_db()
    own.refresh_from_db()
    assert (request.assignee, own.assignee, own.route) == (colleague, colleague, "manager")
    assert manager_of(portfolio["hidden"]) == colleague
    assert Customer.everyone.get(pk=portfolio["helped"].pk).assistant is None  # nobody assists where they manage
    assert (done.counts["moved"], done.counts["assisted"], done.counts["skipped"]) == (3, 1, 0)
    assert Notice.objects.filter(recipient=colleague, kind="handed-over").count() == 1


def test_what_waits_for_a_leaver_about_other_customers_finds_somebody(
    prepare, outlet, ask, colleague, head, president, now
):
    make_personal(branch=outlet, manager=head)
    request = ask(make_personal(branch=outlet, manager=colleague), proposer=colleague)
    assert request.assignee == head
    disable(user=head, actor=None, now=now)
    sign_hand_over(hand_over=prepare(outgoing=head, supervisor=president), actor=president, now=now)
    request.refresh_from_db()
    assert (request.assignee, request.route) == (president, "upper")


def test_the_history_names_the_hand_over(prepare, portfolio, manager, colleague, head, now):
    rich = portfolio["rich"]
    done = sign_hand_over(hand_over=prepare(), actor=head, now=now + timedelta(hours=1))
    row = rich.history.first()
    assert (row.manager, row.history_user, row.history_change_reason) == (colleague, head, done.number)
    assert (row.version, Customer.objects.get(pk=rich.pk).version) == (2, 2)
    tenures = managers_of(rich)
    assert [(t.manager, t.by) for t in tenures] == [(colleague, head), (manager, None)]
    assert tenures[0].reason == done.number


def test_what_came_after_the_preparation_passes_too(prepare, portfolio, outlet, manager, colleague, head, now):
    made = prepare()
    late = make_personal(branch=outlet, manager=manager)
    sign_hand_over(hand_over=made, actor=head, now=now)
    assert manager_of(late) == colleague and not Customer.everyone.managed_by(manager).exists()


def test_who_changed_hands_in_between_is_left(prepare, portfolio, head, now):
    made = prepare()
    Customer.objects.filter(pk=portfolio["company"].pk).update(manager=head)
    done = sign_hand_over(hand_over=made, actor=head, now=now)
    assert manager_of(portfolio["company"]) == head and done.counts["skipped"] == 1


def test_an_assistant_who_becomes_the_manager_assists_no_longer(prepare, outlet, manager, colleague, head, now):
    customer = make_personal(branch=outlet, manager=manager)
    Customer.objects.filter(pk=customer.pk).update(assistant=colleague)
    done = sign_hand_over(hand_over=prepare(), actor=head, now=now)
    customer.refresh_from_db()
    assert (customer.manager, customer.assistant) == (colleague, None)
    undo_hand_over(hand_over=done, actor=head, now=now)
    customer.refresh_from_db()
    assert (customer.manager, customer.assistant) == (manager, colleague)


def test_meeting_tasks_and_key_attention_follow(prepare, portfolio, meeting, manager, colleague, head, now):
    items = [
        AgendaItem.objects.create(
            meeting=meeting, section="key", key=f"k{n}", customer=customer, owner=manager, decision=decision
        )
        for n, (customer, decision) in enumerate([(portfolio["rich"], "task"), (None, "task"), (portfolio["rich"], "noted")])
    ]  # fmt: skip
    entry = KeyCustomer.objects.create(
        meeting=meeting, customer=portfolio["company"], number=portfolio["company"].number, owner=manager, action="拜访"
    )
    done = sign_hand_over(hand_over=prepare(), actor=head, now=now)
    assert [AgendaItem.objects.get(pk=i.pk).owner for i in items] == [colleague, colleague, manager]
    assert KeyCustomer.objects.get(pk=entry.pk).owner == colleague
    undo_hand_over(hand_over=done, actor=head, now=now)
    assert [AgendaItem.objects.get(pk=i.pk).owner for i in items] == [manager] * 3
    assert KeyCustomer.objects.get(pk=entry.pk).owner == manager


def test_balancing_leaves_what_does_not_concern_the_customers(prepare, portfolio, meeting, manager, head, now):
    item = AgendaItem.objects.create(meeting=meeting, section="work", key="k", owner=manager, decision="task")
    sign_hand_over(hand_over=prepare(reason="balance"), actor=head, now=now)
    assert AgendaItem.objects.get(pk=item.pk).owner == manager


def test_only_the_supervisor_signs(prepare, portfolio, president, manager, now):
    made = prepare()
    with pytest.raises(NotYours):
        sign_hand_over(hand_over=made, actor=president, now=now)
    assert manager_of(portfolio["rich"]) == manager


@pytest.mark.parametrize("fault", ["supervisor", "incoming", "moved"])
def test_people_who_left_in_between_stop_the_signature(prepare, portfolio, bank, colleague, head, manager, now, fault):
    made = prepare()
    if fault == "supervisor":
        RoleGrant.objects.filter(user=head).delete()
    elif fault == "incoming":
        disable(user=colleague, actor=None, now=now)
    else:
        transfer(user=colleague, branch=bank["0201"], actor=None, now=now)
    with pytest.raises(Refused):
        sign_hand_over(hand_over=made, actor=head, now=now)
    made.refresh_from_db()
    assert made.state == "prepared" and manager_of(portfolio["rich"]) == manager


def test_at_a_closed_branch_nothing_is_signed(prepare, portfolio, outlet, head, manager, now):
    made = prepare()
    Branch.objects.filter(pk=outlet.pk).update(is_active=False)
    with pytest.raises(Refused):
        sign_hand_over(hand_over=made, actor=head, now=now)
    assert manager_of(portfolio["rich"]) == manager


def test_signing_twice_passes_once(prepare, portfolio, head, now):
    made = prepare()
    stale = HandOver.objects.get(pk=made.pk)
    sign_hand_over(hand_over=made, actor=head, now=now)
    with pytest.raises(TooLate) as refusal:
        sign_hand_over(hand_over=stale, actor=head, now=now)
    assert head.name in refusal.value.message
    assert portfolio["rich"].history.count() == 2


def test_a_cancelled_one_cannot_be_signed(prepare, portfolio, head, manager, now):
    made = prepare()
    cancelled = cancel_hand_over(hand_over=made, actor=head, now=now)
    for seen in (made, cancelled):
        with pytest.raises(TooLate):
            sign_hand_over(hand_over=seen, actor=head, now=now)
    assert manager_of(portfolio["rich"]) == manager
    assert prepare().number > made.number  # another may be prepared


def test_a_stranger_cannot_cancel(prepare, portfolio, stranger_head, manager, now):
    made = prepare()
    for actor in (stranger_head, manager):
        with pytest.raises(NotYours):
            cancel_hand_over(hand_over=made, actor=actor, now=now)
    assert HandOver.objects.get().state == "prepared"


# Undoing


def test_undo_brings_everything_back(prepare, portfolio, ask, manager, head, today, now):
    request = ask(portfolio["rich"])
    done = sign_hand_over(hand_over=prepare(), actor=head, now=now)
    undone, left = undo_hand_over(hand_over=done, actor=head, now=now)
    assert (undone.state, left) == ("undone", [])
    assert Customer.everyone.managed_by(manager).count() == 3
    assert Customer.everyone.get(pk=portfolio["helped"].pk).assistant == manager
    assert set(waiting_for(manager, today)) == {request}
    newest = portfolio["rich"].history.order_by("-history_id").first()
    assert newest.history_change_reason == f"{done.number} undone"


def test_undo_leaves_what_changed_since_and_names_it(prepare, portfolio, colleague, head, manager, now):
    done = sign_hand_over(hand_over=prepare(), actor=head, now=now)
    Customer.objects.filter(pk=portfolio["company"].pk).update(manager=head)
    undone, left = undo_hand_over(hand_over=done, actor=head, now=now)
    assert [line.customer for line in left] == [portfolio["company"]]
    assert manager_of(portfolio["company"]) == head and manager_of(portfolio["rich"]) == manager
    assert undone.counts["left"] == [left[0].pk]


def test_other_edits_since_do_not_hinder_undo(prepare, portfolio, head, manager, now):
    done = sign_hand_over(hand_over=prepare(), actor=head, now=now)
    Customer.objects.filter(pk=portfolio["rich"].pk).update(remark="改过", version=9)
    undo_hand_over(hand_over=done, actor=head, now=now)
    rich = Customer.objects.get(pk=portfolio["rich"].pk)
    assert (rich.manager, rich.remark, rich.version) == (manager, "改过", 10)


def test_undo_happens_once(prepare, portfolio, head, now):
    done = sign_hand_over(hand_over=prepare(), actor=head, now=now)
    undo_hand_over(hand_over=done, actor=head, now=now)
    with pytest.raises(TooLate):
        undo_hand_over(hand_over=done, actor=head, now=now)
    assert portfolio["rich"].history.count() == 3


def test_a_stranger_cannot_undo(prepare, portfolio, head, stranger_head, now):
    done = sign_hand_over(hand_over=prepare(), actor=head, now=now)
    with pytest.raises(NotYours):
        undo_hand_over(hand_over=done, actor=stranger_head, now=now)


# Many


def test_a_thousand_customers_pass_in_a_few_statements(
    prepare, outlet, manager, colleague, head, now, django_assert_max_num_queries
):
    one = make_personal(branch=outlet, manager=manager)
    Customer.objects.bulk_create(
        Customer(number=f"9{n:08d}", kind="P", branch=outlet, manager=manager, opened_on=one.opened_on, created_at=now)
        for n in range(1000)
    )
    made = prepare()
    with django_assert_max_num_queries(80):
        done = sign_hand_over(hand_over=made, actor=head, now=now)
    assert done.counts["moved"] == Customer.objects.managed_by(colleague).count() == 1001
    assert Customer.history.filter(history_change_reason=done.number).count() == 1001
    undo_hand_over(hand_over=done, actor=head, now=now)
    assert Customer.objects.managed_by(manager).filter(version=3).count() == 1001


# Who left


def test_whoever_left_moved_or_lost_the_role_is_listed(bank, outlet, head, president, stranger_head, now):
    people = {key: make_user(username=key, role="manager", branch=outlet) for key in ("gone", "moved", "role", "works")}
    for person in people.values():
        make_personal(branch=outlet, manager=person)
    disable(user=people["gone"], actor=None, now=now)
    transfer(user=people["moved"], branch=bank["0201"], actor=None, now=now)
    people["role"].role_grants.all().delete()
    found = {row.person.username: (row.why, row.count) for row in leftovers(head)}
    assert found == {"gone": ("disabled", 1), "moved": ("moved", 1), "role": ("role", 1)}
    assert len(leftovers(president)) == 3 and leftovers(stranger_head) == []


def test_the_customers_of_a_disabled_manager_can_be_handed_over(prepare, portfolio, manager, colleague, head, now):
    disable(user=manager, actor=None, now=now)
    sign_hand_over(hand_over=prepare(), actor=head, now=now)
    assert leftovers(head) == [] and manager_of(portfolio["rich"]) == colleague
