"""The pages of hand-overs through the door, and two people at one hand-over in the same instant."""

import pytest
from django.urls import reverse
from django.utils.translation import gettext

from archives.changes.proposing import items_of
from archives.changes.services import decide_change
from archives.models import ChangeRequest, Customer, HandOver
from archives.stewardship.handing_over import cancel_hand_over
from archives.stewardship.signing import sign_hand_over, undo_hand_over
from crm.lib.refusals import Refused
from tests.archives import make_personal
from tests.races import at_once
from tests.stewardship.hand_over_world import manager_of

# Pages


@pytest.fixture
def page(client_of, head):
    return client_of(head)


def form_of(outlet, manager, **values):
    url = f"{reverse('stewardship:prepare_hand_over')}?branch={outlet.code}&person={manager.employee_number}"
    return url, {"which": "all", "assisted": "on", "reason": "departure", "step": "prepare"} | values


def test_from_the_list_to_the_signature_and_back(page, client_of, portfolio, outlet, manager, colleague, president):
    assert manager.name in page.get(reverse("stewardship:prepare_hand_over")).content.decode()
    url, data = form_of(outlet, manager, incoming=[colleague.pk], supervisor=president.pk)
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
    assert manager_of(portfolio["rich"]) == manager  # whoever prepared it does not sign
    client_of(president).post(address, {"version": made.version})
    assert manager_of(portfolio["rich"]) == colleague
    page.post(reverse("stewardship:undo_hand_over", args=[made.number]))
    assert manager_of(portfolio["rich"]) == manager
    assert page.get(address).status_code == 200


@pytest.mark.parametrize("seen", ["", "x", "1"])
def test_a_stale_page_signs_nothing(client_of, prepare, portfolio, manager, head, seen):
    """Another outlet took the hand-over along while the page stood open."""
    made, client = prepare(), client_of(head)
    HandOver.objects.filter(pk=made.pk).update(version=2)
    address = reverse("stewardship:hand_over", args=[made.number])
    client.post(address, {"version": seen})
    assert manager_of(portfolio["rich"]) == manager and HandOver.objects.get().state == "prepared"
    assert gettext("This has changed since you opened it. Look at it again.") in client.get(address).content.decode()
    client.post(address, {"version": "2"})
    assert HandOver.objects.get().state == "done"


def test_preparing_twice_leads_to_the_first(page, portfolio, outlet, manager, colleague, president):
    url, data = form_of(outlet, manager, incoming=[colleague.pk], supervisor=president.pk)
    first, second = page.post(url, data), page.post(url, data)
    assert first.url == second.url and HandOver.objects.count() == 1


def test_selected_ones_pass_alone(page, portfolio, outlet, manager, colleague, president):
    url, data = form_of(outlet, manager, incoming=[colleague.pk], supervisor=president.pk, which="selected")
    assert "which" in page.post(url, data).context["form"].errors
    page.post(url, data | {"customers": [portfolio["rich"].pk]})
    assert HandOver.objects.get().lines.filter(was_assistant=False).count() == 1


def test_a_cancelled_one_says_so(page, portfolio, outlet, manager, colleague, president):
    url, data = form_of(outlet, manager, incoming=[colleague.pk], supervisor=president.pk)
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
        {"supervisor": "head"},
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
    url, data = form_of(outlet, cast["manager"], incoming=[cast["colleague"].pk], supervisor=cast["president"].pk)
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
