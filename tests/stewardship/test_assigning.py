"""Customers without a manager: first assignment singly and by rule."""

import pytest
from django.urls import reverse

from archives.changes.selectors import waiting_for
from archives.changes.services import propose_change
from archives.models import Customer, CustomerFigures
from archives.stewardship.assigning import AT_ONCE, Plan, assign_by_rule, assign_selected, plan_by_rule
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from crm.staff.services import disable
from tests.archives import make_corporate, make_personal
from tests.cast import make_user
from tests.races import at_once


@pytest.fixture
def free(outlet):
    """Three persons and a company of the outlet that nobody manages; the last person is the richest."""
    rows = [*(make_personal(branch=outlet) for _n in range(3)), make_corporate(branch=outlet)]
    for n, row in enumerate(rows):
        CustomerFigures.objects.filter(customer=row).update(balance_cents=[100, 200, 9_000_000, 300][n])
    return rows


@pytest.fixture
def crowd(outlet, now, today):
    """`n` archives without a manager, written at once."""

    def make(n):
        rows = Customer.objects.bulk_create(
            Customer(number=f"9{i:08d}", kind="P", branch=outlet, opened_on=today, created_at=now) for i in range(n)
        )
        CustomerFigures.objects.bulk_create(CustomerFigures(customer=row) for row in rows)
        return rows

    return make


def managers_of(rows):
    return [Customer.everyone.get(pk=row.pk).manager for row in rows]


# Singly


def test_selected_ones_get_their_manager_with_history_and_notice(free, manager, head, now):
    outcomes = assign_selected(customers=free[:2], manager=manager, actor=head, now=now)
    assert [outcome.done for outcome in outcomes] == [True, True] and managers_of(free) == [
        manager,
        manager,
        None,
        None,
    ]
    row = free[0].history.order_by("-history_id").first()
    assert (row.manager, row.history_user, row.history_change_reason, row.version) == (
        manager,
        head,
        "first assignment",
        2,
    )
    notice = Notice.objects.get(recipient=manager, kind="customers-assigned")
    assert notice.params["n"] == 2


def test_open_requests_come_to_the_new_manager(free, manager, head, teller, today, now):
    request = propose_change(
        customer=free[0], proposer=teller, kind="edit", items={"remark": "新"}, reason_code="changed", reason_text="到店",
        base_version=1, now=now,
    )  # fmt: skip
    assert request.assignee == head
    assign_selected(customers=free[:1], manager=manager, actor=head, now=now)
    assert set(waiting_for(manager, today)) == {request} and not waiting_for(head, today).exists()


def test_an_assistant_who_becomes_the_manager_assists_no_longer(free, manager, head, now):
    Customer.objects.filter(pk__in=[free[0].pk, free[1].pk]).update(assistant=manager)
    assign_selected(customers=free[:1], manager=manager, actor=head, now=now)
    assign_by_rule(branch=head.branch, capacity=300, waiting=3, actor=head, now=now)
    assert not Customer.objects.filter(manager=manager, assistant=manager).exists()


def test_each_row_says_why_it_was_skipped(free, bank, manager, colleague, stranger, head, now):
    Customer.objects.filter(pk=free[0].pk).update(manager=colleague)
    elsewhere = make_personal(branch=bank["0201"])
    outcomes = assign_selected(customers=[*free[:2], elsewhere], manager=manager, actor=head, now=now)
    assert [outcome.done for outcome in outcomes] == [False, True, False]
    assert colleague.name in outcomes[0].message
    assert managers_of([free[0], elsewhere]) == [colleague, None]


@pytest.mark.parametrize("who", ["stranger", "teller", "disabled"])
def test_only_a_manager_of_the_branch_can_take_over(free, cast, head, now, who):
    chosen = cast["manager"] if who == "disabled" else cast[who]
    if who == "disabled":
        disable(user=chosen, actor=None, now=now)
    outcomes = assign_selected(customers=free, manager=chosen, actor=head, now=now)
    assert not any(outcome.done for outcome in outcomes) and managers_of(free) == [None] * 4


def test_who_may_not_assign_is_refused(free, manager, teller, now):
    with pytest.raises(NotYours):
        assign_selected(customers=free, manager=manager, actor=teller, now=now)
    with pytest.raises(NotYours):
        assign_by_rule(branch=teller.branch, capacity=9, waiting=4, actor=teller, now=now)


# By rule


def test_a_rule_fills_the_one_with_the_most_free_capacity(free, outlet, manager, colleague, head, now):
    for _n in range(2):
        make_personal(branch=outlet, manager=manager)
    plan = plan_by_rule(branch=outlet, capacity=5)
    assert [(s.manager, s.now, s.gets, s.then) for s in plan.shares] == [(colleague, 0, 3, 3), (manager, 2, 1, 3)]
    done = assign_by_rule(branch=outlet, capacity=5, waiting=4, actor=head, now=now)
    assert (done.placed, done.left) == (4, 0)
    assert Customer.objects.managed_by(colleague).count() == 3
    assert free[0].history.order_by("-history_id").first().history_user == head


def test_capacity_leaves_the_poorest_for_later(free, outlet, manager, colleague, head, now):
    done = assign_by_rule(branch=outlet, capacity=1, waiting=4, actor=head, now=now)
    assert (done.placed, done.left) == (2, 2)
    assert managers_of(free)[2] is not None and managers_of(free)[:2] == [None, None]
    with pytest.raises(Refused):
        assign_by_rule(branch=outlet, capacity=1, waiting=2, actor=head, now=now)


def test_a_rule_for_companies_leaves_persons(free, outlet, head, manager, now):
    done = assign_by_rule(branch=outlet, kind="C", capacity=9, waiting=1, actor=head, now=now)
    assert done.placed == 1 and managers_of(free)[:3] == [None] * 3


def test_hidden_archives_are_not_assigned(free, outlet, manager, head, now):
    Customer.everyone.filter(pk=free[0].pk).update(life="bin")
    assign_by_rule(branch=outlet, capacity=9, waiting=3, actor=head, now=now)
    assert managers_of(free)[0] is None


def test_a_second_click_is_refused(free, outlet, manager, head, now):
    assign_by_rule(branch=outlet, kind="C", capacity=9, waiting=1, actor=head, now=now)
    with pytest.raises(TooLate):
        assign_by_rule(branch=outlet, kind="C", capacity=9, waiting=1, actor=head, now=now)


def test_a_branch_out_of_scope_is_refused(bank, manager, head, now):
    make_personal(branch=bank["0201"])
    with pytest.raises(NotYours):
        assign_by_rule(branch=bank["0201"], capacity=9, waiting=1, actor=head, now=now)


def test_a_thousand_take_few_statements(crowd, outlet, manager, colleague, head, now, django_assert_max_num_queries):
    crowd(1000)
    with django_assert_max_num_queries(60):
        done = assign_by_rule(branch=outlet, capacity=600, waiting=1000, actor=head, now=now)
    assert done.placed == 1000 and [share.gets for share in done.shares] == [500, 500]
    assert Customer.history.filter(history_change_reason="first assignment").count() == 1000


def test_one_click_takes_at_most_two_thousand(crowd, outlet, manager, head, now):
    crowd(AT_ONCE + 50)
    done = assign_by_rule(branch=outlet, capacity=99_999, waiting=AT_ONCE + 50, actor=head, now=now)
    assert (done.placed, done.left) == (AT_ONCE, 50)
    assert Customer.objects.unmanaged().count() == 50


# Pages


@pytest.fixture
def page(client_of, head):
    return client_of(head)


URL = "/unmanaged/"


def test_the_list_narrows_by_kind_and_deposits(page, free, outlet):
    def shown(query):
        return [row.pk for row in page.get(f"{URL}?{query}").context["page"].rows]

    assert shown("") == [free[2].pk, free[3].pk, free[1].pk, free[0].pk]
    assert shown("kind=C") == [free[3].pk]
    assert shown(f"deposits=middle&branch={outlet.code}") == [free[2].pk]
    assert len(shown("kind=X&deposits=nonsense&branch=%00&after=zzz")) == 4


def test_selected_ones_are_assigned_with_a_result_a_row(page, free, manager, colleague):
    Customer.objects.filter(pk=free[1].pk).update(manager=colleague)
    data = {"step": "assign", "manager": manager.pk, "customers": [free[0].pk, free[1].pk]}
    response = page.post(URL, data)
    assert response.context["done"] == 1 and colleague.name in response.content.decode()
    again = page.post(URL, data)
    assert again.context["done"] == 0 and managers_of(free)[0] == manager


def test_by_rule_from_preview_to_report(page, free, outlet, manager, colleague):
    data = {"branch": outlet.code, "kind": "", "capacity": "300"}
    shown = page.post(URL, data | {"step": "preview"})
    assert shown.context["plan"].placed == 4 and managers_of(free) == [None] * 4
    response = page.post(URL, data | {"step": "rule", "waiting": "4"})
    assert response.status_code == 200 and None not in managers_of(free)
    assert page.post(URL, data | {"step": "rule", "waiting": "4"}).status_code == 302


def test_a_rule_without_its_preview_only_previews(page, free, outlet, manager):
    response = page.post(URL, {"branch": outlet.code, "capacity": "300", "step": "rule"})
    assert response.context["plan"] and managers_of(free) == [None] * 4


@pytest.mark.parametrize(
    "data",
    [
        {"step": "assign"},
        {"step": "assign", "manager": "x", "customers": ["y"]},
        {"step": "preview", "capacity": "0"},
        {"step": "preview", "capacity": "many", "branch": "0101"},
        {"step": "preview", "capacity": "5", "branch": "0201"},
        {"step": "rule", "capacity": "5", "branch": "0101", "waiting": "-1"},
        {"step": "nonsense"},
        {},
    ],
)
def test_wrong_input_changes_nothing(page, free, data):
    assert page.post(URL, data).status_code == 200 and managers_of(free) == [None] * 4


def test_customers_and_managers_elsewhere_cannot_be_chosen(page, free, bank, manager, stranger):
    elsewhere = make_personal(branch=bank["0201"])
    for data in (
        {"manager": manager.pk, "customers": [elsewhere.pk]},
        {"manager": stranger.pk, "customers": [free[0].pk]},
    ):
        assert page.post(URL, data | {"step": "assign"}).context["assign"].errors
    assert managers_of([elsewhere, free[0]]) == [None, None]


def test_the_list_shows_the_scope_alone(free, bank, client_of, stranger_head, president):
    elsewhere = make_personal(branch=bank["0201"])
    rows = client_of(stranger_head).get(URL).context["page"].rows
    assert [row.pk for row in rows] == [elsewhere.pk]
    assert len(client_of(president).get(URL).context["page"].rows) == 4


@pytest.mark.parametrize("name", ["teller", "manager", "lobby", "service", "auditor", "admin"])
def test_who_may_not_assign_gets_403(cast, client_of, name):
    client = client_of(cast[name])
    assert (client.get(reverse("stewardship:unmanaged")).status_code, client.post(URL).status_code) == (403, 403)


# Races


@pytest.mark.django_db(transaction=True)
def test_of_two_who_assign_the_same_customer_one_wins(outlet, manager, colleague, head, president, now):
    row = make_personal(branch=outlet)
    for n in range(1, 201):
        Customer.objects.filter(pk=row.pk).update(manager=None)
        both = at_once(
            lambda: assign_selected(customers=[row], manager=manager, actor=head, now=now),
            lambda: assign_selected(customers=[row], manager=colleague, actor=president, now=now),
            errors=Refused,
        )
        assert sorted(outcome.done for [outcome] in both) == [False, True]
        assert row.history.filter(history_change_reason="first assignment").count() == n


@pytest.mark.django_db(transaction=True)
def test_of_two_rules_at_once_one_wins_and_capacity_holds(crowd, outlet, manager, colleague, head, president, now):
    crowd(40)
    for _n in range(10):
        Customer.objects.update(manager=None)
        both = at_once(
            *[
                lambda who=who: assign_by_rule(branch=outlet, capacity=10, waiting=40, actor=who, now=now)
                for who in (head, president)
            ],
            errors=Refused,
        )
        assert sum(isinstance(result, Plan) for result in both) == 1
        assert Customer.objects.managed_by(manager).count() == Customer.objects.managed_by(colleague).count() == 10


def test_a_new_manager_of_the_branch_is_counted(free, outlet, manager, colleague):
    third = make_user(username="third", role="manager", branch=outlet)
    assert third in [share.manager for share in plan_by_rule(branch=outlet, capacity=9).shares]
