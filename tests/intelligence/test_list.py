"""The list: whoever works with customers reads every branch's items; filters stand in the address."""

import re
from datetime import timedelta

import pytest

from archives.intelligence.selectors import stale_count
from archives.models import Intelligence
from tests.intelligence.conftest import VALUES


@pytest.fixture
def numbers(client_of, teller):
    """Numbers of the items that the list shows for a query, in order."""

    def of(query="", user=teller):
        page = client_of(user).get(f"/intelligence/{query}")
        assert page.status_code == 200
        return re.findall(r'href="/intelligence/(HQ\d{8}-\d{5})/"', page.content.decode())

    return of


@pytest.fixture
def three(add, stranger, mill, day):
    """By source date: policy of another branch, competitor news of ours, a trend."""
    return [
        add(kind="policy", title="利率新政", source="人民银行", industries=[], source_date=day(0), actor=stranger),
        add(kind="competitor", title="邻行推出大额存单", source="网点走访", industries=["J"], source_date=day(-3), customers=[mill.number]),
        add(source_date=day(-9), industries=["C", "F"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", [0, 1, 2]),
        ("?q=存单", [1]),
        ("?q=环比 临江市", [2]),
        ("?q=网点走访", [1]),
        ("?q=没有这样的", []),
        ("?q=%00", [0, 1, 2]),
        ("?q=100%25", []),
        ("?kind=policy", [0]),
        ("?kind=gossip", [0, 1, 2]),
        ("?industry=F", [2]),
        ("?industry=J", [1]),
        ("?mine=on", [1, 2]),
        ("?mine=on&kind=policy", []),
        ("?validity=valid", [0, 1, 2]),
        ("?validity=stale", []),
        ("?branch=999999", [0, 1, 2]),
    ],
)
def test_a_filter_finds_exactly_its_items(numbers, three, query, places):
    assert numbers(query) == [three[place].number for place in places]


def test_a_branch_filter_takes_what_lies_below_it(numbers, three, bank):
    assert numbers(f"?branch={bank['0100'].pk}") == [three[1].number, three[2].number]
    assert numbers(f"?branch={bank['0201'].pk}") == [three[0].number]


def test_a_number_is_found_by_itself(numbers, three):
    assert numbers(f"?q={three[1].number}") == [three[1].number]


def test_a_linked_customer_is_found_in_scope_alone(numbers, three, mill, stranger):
    assert numbers(f"?customer={mill.number[:4]} {mill.number[4:8]} {mill.number[8:]}") == [three[1].number]
    assert numbers(f"?customer={mill.number}", user=stranger) == []
    assert numbers("?customer=1000000000") == []


def test_chips_take_one_filter_away(client_of, teller, three):
    page = client_of(teller).get("/intelligence/?kind=policy&mine=on&q=新政").content.decode()
    assert 'href="?mine=on&amp;q=%E6%96%B0%E6%94%BF"' in page and 'href="?kind=policy&amp;q=' in page


@pytest.mark.parametrize(("ends", "validity"), [(-1, "stale"), (0, "expiring"), (30, "expiring"), (31, "valid")])
def test_validity_filters_split_at_their_days(numbers, add, day, ends, validity):
    item = add(source_date=day(-40), valid_until=day(ends))
    found = {name for name in ("stale", "expiring") if numbers(f"?validity={name}")}
    assert found == {validity} - {"valid"}
    assert numbers("?validity=valid") == ([] if validity == "stale" else [item.number])


def test_pages_follow_the_key_and_keep_the_filter(client_of, teller, add, day):
    made = [add(source_date=day(-(n // 3)), title=f"第{n}条").number for n in range(60)]
    browser, seen, url = client_of(teller), [], "/intelligence/?kind=trend"
    while url:
        text = browser.get(url).content.decode()
        seen += re.findall(r'href="/intelligence/(HQ\d{8}-\d{5})/"', text)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        url = found and "/intelligence/" + found[1].replace("&amp;", "&")
        assert not url or "kind=trend" in url
    assert sorted(seen) == sorted(made) and len(seen) == 60


def test_the_list_costs_the_same_for_one_item_and_for_twenty(
    client_of, teller, add, mill, django_assert_max_num_queries
):
    browser = client_of(teller)
    for _n in range(20):
        add(customers=[mill.number])
    with django_assert_max_num_queries(20):
        browser.get("/intelligence/")


@pytest.mark.parametrize("life", ["bin", "sealed"])
@pytest.mark.parametrize("who", ["teller", "head", "headoffice", "auditor"])
def test_a_hidden_item_is_nowhere(client_of, cast, add, hide, mill, pdf, numbers, today, who, life):
    item = add(customers=[mill.number], files=[pdf()], title="将被隐藏")
    kept = item.files.get()
    hide(item, life)
    user = cast[who]
    assert (
        numbers(user=user) == numbers("?q=将被隐藏", user=user) == numbers(f"?customer={mill.number}", user=user) == []
    )
    browser = client_of(user)
    for path in ("", f"file/{kept.pk}/"):
        assert browser.get(f"/intelligence/{item.number}/{path}").status_code == 404
    allowed = 403 if who == "auditor" else 404
    for path in ("correct/", "delete/"):
        assert browser.get(f"/intelligence/{item.number}/{path}").status_code == allowed
        assert browser.post(f"/intelligence/{item.number}/{path}", VALUES).status_code == allowed
    assert browser.post(f"/intelligence/{item.number}/confirm/", {"version": 1}).status_code == allowed
    Intelligence.everyone.update(valid_until=today - timedelta(days=1), source_date=today - timedelta(days=2))
    assert stale_count(user, today) == 0


def test_an_administrator_reads_none(client_of, admin, add):
    item = add()
    assert client_of(admin).get("/intelligence/").status_code == 403
    assert client_of(admin).get(f"/intelligence/{item.number}/").status_code == 403
    assert not Intelligence.objects.visible_to(admin).exists()


def test_stale_items_are_counted_for_those_who_answer_for_them(add, cast, day, today):
    add(source_date=day(-9), valid_until=day(-1))
    add(source_date=day(-9), valid_until=day(0))
    counted = {who: stale_count(user, today) for who, user in cast.items()}
    answering = {"teller", "manager", "colleague", "head", "president", "headoffice"}
    assert counted == {who: int(who in answering) for who in cast}


def test_the_list_tells_of_stale_items_that_the_reader_answers_for(client_of, teller, lobby, add, day):
    add(source_date=day(-9), valid_until=day(-1))
    assert 'href="?validity=stale"' in client_of(teller).get("/intelligence/").content.decode()
    assert 'href="?validity=stale"' not in client_of(lobby).get("/intelligence/").content.decode()
