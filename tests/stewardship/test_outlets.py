"""An outlet is merged into another or moves under another parent: nothing of it is left behind."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from archives.changes.selectors import waiting_for
from archives.changes.services import propose_change
from archives.feeds.context import branches_by_district
from archives.models import (
    ChangeRequest,
    Customer,
    Deletion,
    HandOver,
    Intelligence,
    Meeting,
    OutletChange,
)
from archives.stewardship.handing_over import prepare_hand_over
from archives.stewardship.outlets import counts_of_outlet, merge_outlet, move_outlet
from archives.stewardship.rules import Choice
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from crm.staff.models import Branch, User
from tests.archives import make_personal
from tests.cast import make_user
from tests.races import at_once


@pytest.fixture
def ask(now):
    def make(customer, proposer):
        return propose_change(
            customer=customer, proposer=proposer, kind="edit", items={"remark": "新备注"}, reason_code="changed",
            reason_text="客户到店", base_version=customer.version, now=now,
        )  # fmt: skip

    return make


@pytest.fixture
def life(outlet, bank, cast, ask, now, today):
    """Everything that hangs on the outlet: two customers, one in the bin with its deletion, requests, an item, a meeting."""
    live, hidden, free = (make_personal(branch=outlet, manager=m) for m in (cast["manager"], cast["manager"], None))
    request, headless = ask(live, cast["teller"]), ask(free, cast["teller"])
    closed = ChangeRequest.objects.create(
        number="XG-old", customer=hidden, branch=outlet, kind="delete", status="approved", base_version=1, reason_code="dead",
        reason_text="死档", proposer=cast["teller"], submitted_at=now, decided_by=cast["manager"], decided_at=now, route="manager",
    )  # fmt: skip
    Customer.everyone.filter(pk=hidden.pk).update(life="bin")
    deletion = Deletion.objects.create(
        customer=hidden, number=hidden.number, branch=outlet, category="dead", request=closed, proposer=cast["teller"],
        approver=cast["manager"], approved_at=now, keep_until=today + timedelta(days=31),
    )  # fmt: skip
    item = Intelligence.objects.create(
        number="QB1", kind="trend", title="棉价", text="上涨", source="报纸", source_date=today, valid_until=today, branch=outlet,
        created_by=cast["teller"], created_at=now,
    )  # fmt: skip
    meeting = Meeting.objects.create(
        number="HY1", kind="monthly", branch=outlet, period="2026-10", opened_at=now, data_on=today, due_on=today
    )
    return {
        "live": live, "hidden": hidden, "free": free, "request": request, "headless": headless, "closed": closed,
        "deletion": deletion, "item": item, "meeting": meeting,
    }  # fmt: skip


@pytest.fixture
def merge(outlet, bank, headoffice, now):
    def make(**options):
        options = {
            "branch": outlet,
            "target": bank["0102"],
            "reason": "网点撤并",
            "actor": headoffice,
            "now": now,
        } | options
        return merge_outlet(**options)

    return make


def fresh(row):
    return type(row)._base_manager.get(pk=row.pk)


# Merging


def test_everything_open_goes_along(merge, life, outlet, bank, manager, today):
    target = bank["0102"]
    change = merge()
    for key in ("live", "hidden", "free", "request", "headless", "deletion", "item"):
        assert fresh(life[key]).branch == target, key
    assert fresh(life["live"]).manager == manager and User.objects.get(pk=manager.pk).branch == target
    assert not User.objects.at(outlet).exists() and not any(counts_of_outlet(outlet).values())
    assert not fresh(outlet).is_active
    assert (change.kind, change.counts["customers"], change.counts["hidden"]) == ("merged", 3, 1)
    assert set(waiting_for(User.objects.get(pk=manager.pk), today)) == {life["request"]}


def test_what_is_closed_stays_where_it_was(merge, life, outlet):
    merge()
    assert fresh(life["closed"]).branch == outlet and fresh(life["meeting"]).branch == outlet


def test_every_step_stands_in_history(merge, life, outlet, headoffice, manager):
    change = merge()
    for row in (life["live"], life["item"], outlet):
        last = row.history.order_by("-history_id").first()
        assert (last.history_change_reason, last.history_user) == (change.number, headoffice)
    assert fresh(life["live"]).version == fresh(life["item"]).version == 2
    assert manager.history.order_by("-history_id").first().history_change_reason == "to 0102"


def test_people_sign_in_again_and_see_the_new_outlet(merge, life, client_of, manager, bank):
    client, other = client_of(manager), make_personal(branch=bank["0102"])
    assert client.get(f"/customers/{other.number}/").status_code == 404
    merge()
    assert client.get("/").status_code == 302 and not Session.objects.exists()
    again = client_of(User.objects.get(pk=manager.pk))
    assert again.get(f"/customers/{other.number}/").status_code == 200
    assert again.get(f"/customers/{life['live'].number}/").status_code == 200
    assert Notice.objects.filter(recipient=manager, kind="outlet-merged").count() == 1


def test_requests_that_nobody_can_decide_go_along_too(merge, life, bank):
    User.objects.filter(role_grants__role__in=["head", "president", "manager"]).update(is_active=False)
    merge()
    assert fresh(life["request"]).branch == bank["0102"]


def test_feeds_find_the_successor(merge, outlet, bank):
    Branch.objects.filter(pk=outlet.pk).update(district="D1 D2")
    merge()
    found = branches_by_district("")
    assert found["D1"] == found["D2"] == found["0101"] == bank["0102"]


def test_prepared_hand_overs_go_along(merge, life, outlet, bank, manager, colleague, head, headoffice, now):
    made = prepare_hand_over(
        outgoing=manager, branch=outlet, incoming=[colleague], supervisor=head, reason="leave", choice=Choice(), actor=headoffice, now=now
    )  # fmt: skip
    merge()
    assert fresh(made).branch == bank["0102"] and fresh(made).state == "prepared"


def test_a_second_hand_over_of_the_same_person_at_the_target_ends_the_first(
    merge, life, outlet, bank, manager, colleague, head, president, headoffice, now
):
    there = make_user(username="there", role="manager", branch=bank["0102"])
    make_personal(branch=bank["0102"], manager=manager)
    common = {"outgoing": manager, "reason": "leave", "choice": Choice(), "actor": headoffice, "now": now}
    here = prepare_hand_over(branch=outlet, incoming=[colleague], supervisor=head, **common)
    twin = prepare_hand_over(branch=bank["0102"], incoming=[there], supervisor=president, **common)
    merge()
    assert (fresh(here).state, fresh(twin).state) == ("cancelled", "prepared")


def test_a_second_click_is_told_who_was_first(merge, life, headoffice):
    merge()
    with pytest.raises(TooLate) as refusal:
        merge()
    assert headoffice.name in refusal.value.message and OutletChange.objects.count() == 1
    assert life["live"].history.filter(history_change_reason__startswith="JG").count() == 1


def test_what_came_after_the_closing_can_be_fetched(merge, life, outlet, bank):
    merge()
    late = make_personal(branch=outlet)
    merge()
    assert fresh(late).branch == bank["0102"] and OutletChange.objects.count() == 2


@pytest.mark.parametrize("target", ["0101", "0100", "0000", "closed"])
def test_customers_go_to_active_outlets_alone(merge, life, bank, target):
    if target == "closed":
        Branch.objects.filter(code="0102").update(is_active=False)
        target = "0102"
    with pytest.raises(Refused):
        merge(target=bank[target])
    assert not OutletChange.objects.exists()


def test_a_branch_with_outlets_below_is_not_closed(merge, bank):
    with pytest.raises(Refused):
        merge(branch=bank["0200"], target=bank["0101"])
    assert fresh(bank["0200"]).is_active and not OutletChange.objects.exists()


@pytest.mark.parametrize("name", ["head", "president", "service", "admin"])
def test_head_office_alone_changes_outlets(merge, cast, bank, outlet, now, name):
    with pytest.raises(NotYours):
        merge(actor=cast[name])
    with pytest.raises(NotYours):
        move_outlet(branch=outlet, parent=bank["0200"], reason="x", actor=cast[name], now=now)


def test_a_thousand_customers_take_few_statements(
    merge, outlet, bank, now, today, db, django_assert_max_num_queries, manager
):
    Customer.objects.bulk_create(
        Customer(number=f"9{n:08d}", kind="P", branch=outlet, manager=manager, opened_on=today, created_at=now)
        for n in range(1000)
    )
    with django_assert_max_num_queries(150):
        change = merge()
    assert Customer.objects.filter(branch=bank["0102"]).count() == 1000
    assert Customer.history.filter(history_change_reason=change.number).count() == 1000


# Moving


def test_scope_follows_the_move(life, outlet, bank, client_of, president, headoffice, now):
    south = make_user(username="south", role="president", branch=bank["0200"])
    clients = client_of(president), client_of(south)
    url = f"/customers/{life['live'].number}/"
    assert [client.get(url).status_code for client in clients] == [200, 404]
    change = move_outlet(branch=outlet, parent=bank["0200"], reason="划转", actor=headoffice, now=now)
    assert [client.get(url).status_code for client in clients] == [404, 200]
    assert (change.kind, change.old_parent, change.target) == ("moved", bank["0100"], bank["0200"])
    last = outlet.history.order_by("-history_id").first()
    assert (last.parent, last.history_user, last.history_change_reason) == (bank["0200"], headoffice, change.number)


def test_requests_for_the_next_level_follow(ask, outlet, bank, head, president, headoffice, now):
    south = make_user(username="south", role="president", branch=bank["0200"])
    request = ask(make_personal(branch=outlet), head)
    assert request.assignee == president
    move_outlet(branch=outlet, parent=bank["0200"], reason="划转", actor=headoffice, now=now)
    assert fresh(request).assignee == south


def test_a_sub_branch_moves_with_everything_below(bank, headoffice, now):
    middle = Branch.objects.create(code="0300", name="分行", kind="branch", parent=bank["0000"], path="/0000/0300/")
    move_outlet(branch=bank["0100"], parent=middle, reason="x", actor=headoffice, now=now)
    assert fresh(bank["0101"]).path == "/0000/0300/0100/0101/"


@pytest.mark.parametrize(("code", "parent"), [("0101", "0102"), ("0100", "0100"), ("0000", "0100"), ("0101", "closed")])
def test_wrong_parents_are_refused(bank, headoffice, now, code, parent):
    if parent == "closed":
        Branch.objects.filter(code="0200").update(is_active=False)
        parent = "0200"
    with pytest.raises(Refused):
        move_outlet(branch=bank[code], parent=bank[parent], reason="x", actor=headoffice, now=now)


def test_moving_twice_happens_once(outlet, bank, headoffice, now):
    move_outlet(branch=outlet, parent=bank["0200"], reason="x", actor=headoffice, now=now)
    with pytest.raises(TooLate):
        move_outlet(branch=outlet, parent=bank["0200"], reason="x", actor=headoffice, now=now)
    assert OutletChange.objects.count() == 1


# Pages


@pytest.fixture
def page(client_of, headoffice):
    return client_of(headoffice)


def test_from_the_page_to_the_merger(page, life, outlet, bank):
    url = reverse("stewardship:outlet", args=["0101"])
    assert page.get(url).context["counts"]["customers"] == 3
    data = {"step": "merge", "merge-target": "0102", "merge-reason": "撤并", "merge-typed": "0101"}
    for wrong in ({"merge-typed": "0102"}, {"merge-target": "0101"}, {"merge-reason": ""}, {"merge-target": "\0"}):
        assert page.post(url, data | wrong).context["merging"].errors
    assert fresh(outlet).is_active
    assert page.post(url, data).status_code == 302
    assert fresh(life["live"]).branch == bank["0102"]
    again = page.post(url, data)
    assert again.status_code == 200 and OutletChange.objects.count() == 1
    assert page.get(url).context["merging"] is None
    assert OutletChange.objects.get().number in page.get(reverse("stewardship:outlets")).content.decode()


def test_from_the_page_to_the_move(page, outlet, bank):
    url = reverse("stewardship:outlet", args=["0101"])
    data = {"step": "move", "move-target": "0200", "move-reason": "划转", "move-typed": "0101"}
    assert page.post(url, data | {"move-target": "0102"}).context["moving"].errors
    assert page.post(url, data).status_code == 302
    assert fresh(outlet).parent == bank["0200"]
    assert page.post(url, data).context["moving"].errors


def test_the_head_office_itself_has_no_form(page, bank):
    shown = page.get(reverse("stewardship:outlet", args=["0000"]))
    assert (shown.context["merging"], shown.context["moving"]) == (None, None)
    data = {"step": "merge", "merge-target": "0102", "merge-reason": "x", "merge-typed": "0000"}
    page.post(reverse("stewardship:outlet", args=["0000"]), data)
    assert fresh(bank["0000"]).is_active


@pytest.mark.parametrize("name", ["teller", "manager", "lobby", "head", "president", "service", "auditor", "admin"])
def test_who_may_not_change_outlets_gets_403(cast, client_of, name):
    client, url = client_of(cast[name]), reverse("stewardship:outlet", args=["0101"])
    assert client.get(reverse("stewardship:outlets")).status_code == 403
    assert (client.get(url).status_code, client.post(url, {"step": "merge"}).status_code) == (403, 403)


def test_an_unknown_outlet_is_404(page):
    for code in ("9999", "%00", "x" * 40):
        assert page.get(f"/outlets/{code}/").status_code == 404


# Races


@pytest.mark.django_db(transaction=True)
def test_of_two_mergers_at_once_one_wins(bank, headoffice, now):
    second = make_user(username="second", role="headoffice", branch=bank["0000"])
    row, places = make_personal(branch=bank["0101"]), [bank["0102"], bank["0901"]]
    for n in range(1, 21):
        Branch.objects.update(is_active=True, district="")
        here = fresh(row).branch
        targets = [place for place in [bank["0101"], *places] if place != here][:2]
        results = at_once(
            *[
                lambda t=t, who=who, b=here: merge_outlet(branch=b, target=t, reason="x", actor=who, now=now)
                for t, who in zip(targets, (headoffice, second), strict=True)
            ],
            errors=Refused,
        )
        assert sum(isinstance(result, OutletChange) for result in results) == 1
        assert row.history.filter(history_change_reason__startswith="JG").count() == n


def test_a_hand_over_of_a_closed_outlet_is_not_prepared(merge, outlet, manager, colleague, head, headoffice, now):
    make_personal(branch=outlet, manager=manager)
    merge()
    with pytest.raises(Refused):
        prepare_hand_over(
            outgoing=manager, branch=outlet, incoming=[colleague], supervisor=head, reason="leave", choice=Choice(), actor=headoffice, now=now
        )  # fmt: skip
    assert not HandOver.objects.exists()
