"""客户移交: preparing, signing, undoing; nothing is left behind with whoever leaves."""

from datetime import timedelta

import pytest
from django.urls import reverse

from archives.changes.refusals import NotYours, Refused, TooLate
from archives.changes.selectors import waiting_for
from archives.changes.services import propose_change
from archives.models import AgendaItem, ChangeRequest, Customer, HandOver, KeyCustomer, Meeting
from archives.stewardship.handing_over import cancel_hand_over, prepare_hand_over
from archives.stewardship.rules import Choice, share_out
from archives.stewardship.selectors import leftovers, managers_of
from archives.stewardship.signing import sign_hand_over, undo_hand_over
from crm.notifications.models import Notice
from crm.staff.models import RoleGrant, User
from crm.staff.services import disable, transfer
from tests.archives import make_account, make_corporate, make_personal
from tests.cast import make_user
from tests.races import at_once


@pytest.fixture
def prepare(outlet, manager, colleague, head, now):
    """A hand-over of the manager's customers to the colleague under the head's eyes, unless said otherwise."""

    def make(**options):
        options = {
            "outgoing": manager, "branch": outlet, "incoming": [colleague], "supervisor": head, "reason": "departure",
            "choice": Choice(), "actor": head, "now": now,
        } | options  # fmt: skip
        return prepare_hand_over(**options)

    return make


@pytest.fixture
def portfolio(outlet, manager, colleague, now):
    """Two persons and a company of the manager: one with an account, one in the bin; one he only assists."""
    rich, company = make_personal(branch=outlet, manager=manager), make_corporate(branch=outlet, manager=manager)
    make_account(customer=rich)
    hidden, helped = make_personal(branch=outlet, manager=manager), make_personal(branch=outlet, manager=colleague)
    Customer.everyone.filter(pk=hidden.pk).update(life="bin")
    Customer.everyone.filter(pk=helped.pk).update(assistant=manager)
    return {"rich": rich, "company": company, "hidden": hidden, "helped": helped}


@pytest.fixture
def ask(teller, now):
    def make(customer, proposer=teller):
        return propose_change(
            customer=customer, proposer=proposer, kind="edit", items={"remark": "新备注"}, reason_code="changed",
            reason_text="客户到店", base_version=customer.version, now=now,
        )  # fmt: skip

    return make


@pytest.fixture
def meeting(outlet, now, today):
    return Meeting.objects.create(
        number="HY1", kind="monthly", branch=outlet, period="2026-10", opened_at=now, data_on=today, due_on=today
    )


def manager_of(customer):
    return Customer.everyone.get(pk=customer.pk).manager


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


# Pages


@pytest.fixture
def page(client_of, head):
    return client_of(head)


def form_of(outlet, manager, **values):
    url = f"{reverse('stewardship:prepare_hand_over')}?branch={outlet.code}&person={manager.employee_number}"
    return url, {"which": "all", "assisted": "on", "reason": "departure", "step": "prepare"} | values


def test_from_the_list_to_the_signature_and_back(page, portfolio, outlet, manager, colleague, head):
    assert manager.name in page.get(reverse("stewardship:prepare_hand_over")).content.decode()
    url, data = form_of(outlet, manager, incoming=[colleague.pk], supervisor=head.pk)
    shown = page.post(url, data | {"step": "preview"})
    assert shown.context["preview"]["counts"]["customers"] == 3 and not HandOver.objects.exists()
    response = page.post(url, data)
    made = HandOver.objects.get()
    address = reverse("stewardship:hand_over", args=[made.number])
    assert response.url == address
    shown = page.get(address).content.decode()
    assert portfolio["rich"].name in shown and portfolio["hidden"].number[:4] in shown
    assert made.number in page.get(reverse("stewardship:hand_overs")).content.decode()
    page.post(address, {"version": made.version})
    assert manager_of(portfolio["rich"]) == colleague
    page.post(reverse("stewardship:undo_hand_over", args=[made.number]))
    assert manager_of(portfolio["rich"]) == manager
    assert page.get(address).status_code == 200


def test_preparing_twice_leads_to_the_first(page, portfolio, outlet, manager, colleague, head):
    url, data = form_of(outlet, manager, incoming=[colleague.pk], supervisor=head.pk)
    first, second = page.post(url, data), page.post(url, data)
    assert first.url == second.url and HandOver.objects.count() == 1


def test_selected_ones_pass_alone(page, portfolio, outlet, manager, colleague, head):
    url, data = form_of(outlet, manager, incoming=[colleague.pk], supervisor=head.pk, which="selected")
    assert "which" in page.post(url, data).context["form"].errors
    page.post(url, data | {"customers": [portfolio["rich"].pk]})
    assert HandOver.objects.get().lines.filter(was_assistant=False).count() == 1


def test_a_cancelled_one_says_so(page, portfolio, outlet, manager, colleague, head):
    url, data = form_of(outlet, manager, incoming=[colleague.pk], supervisor=head.pk)
    address = page.post(url, data).url
    page.post(f"{address}cancel/")
    assert HandOver.objects.get().state == "cancelled" and page.get(address).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"incoming": []},
        {"incoming": "stranger"},
        {"incoming": "manager"},
        {"supervisor": "colleague"},
        {"supervisor": "stranger_head"},
        {"reason": "whim"},
        {"which": "class:none"},
        {"which": "selected", "customers": "foreign"},
        {"which": "selected", "customers": ["x"]},
        {"supervisor": "\0"},
        {"note": "x" * 301},
    ],
)
def test_wrong_input_is_told_at_the_form(page, portfolio, outlet, bank, cast, wrong):
    foreign = make_personal(branch=bank["0201"], manager=cast["stranger"])
    url, data = form_of(outlet, cast["manager"], incoming=[cast["colleague"].pk], supervisor=cast["head"].pk)
    value = {key: cast[v].pk if v in cast else v for key, v in wrong.items() if not isinstance(v, list)}
    value |= {key: v for key, v in wrong.items() if isinstance(v, list)}
    if value.get("customers") == "foreign":
        value["customers"] = [foreign.pk]
    response = page.post(url, data | value)
    assert response.status_code == 200 and response.context["form"].errors and not HandOver.objects.exists()


@pytest.mark.parametrize("name", ["teller", "manager", "lobby", "service", "auditor", "admin"])
def test_who_may_not_hand_over_gets_403(cast, client_of, name):
    client = client_of(cast[name])
    assert client.get(reverse("stewardship:hand_overs")).status_code == 403
    assert client.get(reverse("stewardship:prepare_hand_over")).status_code == 403


def test_a_stranger_gets_404(prepare, portfolio, client_of, stranger_head, outlet, manager):
    made, client = prepare(), client_of(stranger_head)
    assert client.get(reverse("stewardship:hand_over", args=[made.number])).status_code == 404
    for name in ("hand_over", "undo_hand_over", "cancel_hand_over"):
        assert client.post(reverse(f"stewardship:{name}", args=[made.number])).status_code == 404
    assert client.get(form_of(outlet, manager)[0]).status_code == 404
    assert made.number not in client.get(reverse("stewardship:hand_overs")).content.decode()


# Races


@pytest.mark.django_db(transaction=True)
def test_of_two_signatures_at_once_one_wins(prepare, portfolio, manager, colleague, head, now):
    rich = portfolio["rich"]
    for n in range(200):
        made = prepare(reason="balance")
        seen = [HandOver.objects.get(pk=made.pk) for _n in range(2)]
        works = [lambda h=h: sign_hand_over(hand_over=h, actor=head, now=now) for h in seen]
        if n % 2:
            works[1] = lambda h=seen[1]: cancel_hand_over(hand_over=h, actor=head, now=now)
        results = at_once(*works, errors=Refused)
        assert sum(isinstance(result, HandOver) for result in results) == 1
        made.refresh_from_db()
        passed = rich.history.filter(history_change_reason=made.number).count()
        assert passed == (made.state == "done")
        if made.state == "done":
            undo_hand_over(hand_over=made, actor=head, now=now)
    assert manager_of(rich) == manager


@pytest.mark.django_db(transaction=True)
def test_two_who_undo_at_once_give_back_once(prepare, portfolio, president, head, now):
    for _n in range(20):
        done = sign_hand_over(hand_over=prepare(reason="balance"), actor=head, now=now)
        seen = [HandOver.objects.get(pk=done.pk) for _n in range(2)]
        results = at_once(
            *[
                lambda h=h, who=who: undo_hand_over(hand_over=h, actor=who, now=now)
                for h, who in zip(seen, (head, president), strict=True)
            ],
            errors=Refused,
        )
        assert sum(isinstance(result, tuple) for result in results) == 1
        assert portfolio["rich"].history.filter(history_change_reason=f"{done.number} undone").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_prepare_at_once_make_one(prepare, portfolio, head, now):
    for _n in range(20):
        results = at_once(*[lambda: prepare() for _n in range(2)], errors=Refused)
        made = [result for result in results if isinstance(result, HandOver)]
        assert len(made) == HandOver.objects.filter(state="prepared").count() == 1
        cancel_hand_over(hand_over=made[0], actor=head, now=now)


@pytest.mark.django_db(transaction=True)
def test_a_decision_against_the_signature_leaves_both_whole(prepare, portfolio, ask, manager, head, colleague, now):
    from archives.changes.proposing import items_of
    from archives.changes.services import decide_change

    for _n in range(20):
        request, made = ask(Customer.objects.get(pk=portfolio["rich"].pk)), prepare(reason="balance")
        seen, items = ChangeRequest.objects.get(pk=request.pk), [i.pk for i in items_of(request)]
        results = at_once(
            lambda r=seen, i=items: decide_change(
                request=r, actor=manager, decisions={pk: ("reject", "不行") for pk in i}, now=now
            ),
            lambda h=made: sign_hand_over(hand_over=h, actor=head, now=now),
            errors=Refused,
        )
        assert isinstance(results[1], HandOver) and manager_of(portfolio["rich"]) == colleague
        request.refresh_from_db()
        assert request.status == "rejected" if isinstance(results[0], ChangeRequest) else request.is_open
        if request.is_open:
            decide_change(request=request, actor=colleague, decisions={pk: ("reject", "不") for pk in items}, now=now)
        undo_hand_over(hand_over=results[1], actor=head, now=now)
    assert User.objects.get(pk=manager.pk).is_active
