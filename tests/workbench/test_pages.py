"""The list, the archive page, the inbox and the first page, as each role sees them."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archives.accounts.figures import refresh_figures
from archives.changes.services import propose_change
from archives.models import Customer
from crm.privacy.models import AccessEvent
from tests.archives import make_account, make_corporate, make_personal

ROLES = ["teller", "manager", "colleague", "lobby", "head", "president", "service", "headoffice", "auditor"]


def listed(client, **query) -> list[str]:
    return [row.name for row in client.get("/customers/", query).context["page"].rows]


@pytest.fixture
def three(outlet, manager, today):
    make_personal(
        branch=outlet,
        name="安一",
        manager=manager,
        email="a@example.com",
        id_valid_until=f"{today + timedelta(days=20)}",
    )
    make_personal(branch=outlet, name="白二", occupation="")
    make_corporate(branch=outlet, name="陈三公司", manager=manager)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["安一", "白二", "陈三公司"]), ({"kind": "C"}, ["陈三公司"]), ({"tab": "mine"}, ["安一", "陈三公司"]), ({"tab": "unmanaged"}, ["白二"]),
        ({"gap": "occupation"}, ["白二"]), ({"expiring": "30"}, ["安一"]), ({"expiring": "expired"}, []), ({"tab": "expiring"}, ["安一"]),
        ({"q": "bai"}, ["白二"]), ({"sort": "-name"}, ["陈三公司", "白二", "安一"]), ({"status": "closed"}, []), ({"completeness": "full"}, []),
        ({"completeness": "nonsense", "manager": "x", "branch": "999999", "size": "7", "sort": "id", "after": "x:y"}, ["安一", "白二", "陈三公司"]),
    ],
)  # fmt: skip
def test_filters_and_orders(three, manager, client_of, query, names):
    assert listed(client_of(manager), **query) == names


def test_the_state_stands_in_the_address_and_each_filter_can_be_taken_away(three, manager, client_of):
    page = client_of(manager).get("/customers/", {"kind": "C", "tab": "mine", "sort": "-name"}).content.decode()
    assert "?tab=mine&amp;sort=-name" in page or "?kind=C&amp;tab=mine&amp;sort=" in page


def test_pages_go_both_ways_and_rows_that_come_move_nothing(outlet, teller, client_of):
    for n in range(30):
        make_personal(branch=outlet, name=f"王{chr(0x4E00 + n * 7)}")
    client = client_of(teller)
    first = client.get("/customers/", {"size": 12}).context["page"]
    for name in ("阿新", "王啊"):
        make_personal(branch=outlet, name=name)
    second = client.get("/customers/", {"size": 12, "after": first.next_token}).context["page"]
    back = client.get("/customers/", {"size": 12, "before": second.previous_token}).context["page"]
    seen = [row.pk for row in first.rows] + [row.pk for row in second.rows]
    assert len(set(seen)) == 24
    assert [row.pk for row in back.rows][-1] == first.rows[-1].pk


def test_the_balance_orders_the_list_for_those_who_may_see_it(three, teller, client_of, today):
    make_account(customer=Customer.objects.get(name="白二"), postings=[(date(2026, 1, 1), 5_000_000)])
    refresh_figures(today=today)
    assert listed(client_of(teller), sort="balance")[0] == "白二"
    assert "5.00" in client_of(teller).get("/customers/").content.decode()


def queries(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("url", ["/customers/?size=100", "/search/?q=wang", "/inbox/", "/"])
def test_ten_and_two_hundred_rows_cost_the_same_queries(outlet, manager, teller, client_of, now, url):
    def grow(n):
        for _i in range(n):
            customer = make_personal(branch=outlet, name="王五", manager=manager)
            propose_change(
                customer=customer, proposer=teller, kind="edit", items={"employer": "临江大学"}, reason_code="changed", reason_text="换了单位",
                base_version=1, now=now,
            )  # fmt: skip

    client = client_of(manager)
    grow(10)
    few = queries(client, url)
    grow(190 if "customers" in url or "inbox" in url else 40)
    assert queries(client, url) == few


@pytest.mark.parametrize("who", ROLES)
def test_every_role_sees_its_pages(cast, three, who, client_of, today):
    make_account(customer=Customer.objects.get(name="安一"), postings=[(date(2026, 1, 1), 100)])
    client = client_of(cast[who])
    number = Customer.objects.get(name="安一").number
    company = Customer.objects.get(kind="C").number
    for url in (
        "/",
        "/customers/",
        "/search/",
        f"/customers/{number}/",
        f"/customers/{company}/",
        f"/customers/{number}/?section=accounts",
        f"/customers/{number}/?section=changes&timeline=changes&older=1",
        f"/customers/{number}/modifications/",
    ):
        assert client.get(url).status_code == 200, url


def test_an_administrator_sees_no_customer(admin, three, client_of):
    client = client_of(admin)
    assert client.get("/").status_code == 200
    number = Customer.objects.first().number
    for url in ("/customers/", "/search/", f"/customers/{number}/", "/inbox/", f"/customers/{number}/modifications/"):
        assert client.get(url).status_code == 403
    assert "安一" not in client.get("/").content.decode()


def without_token(response) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return re.sub(r'name="next" value="[^"]+"', "", text)


def test_a_stranger_gets_the_same_404_as_for_a_number_that_is_not(three, stranger, client_of):
    client = client_of(stranger)
    number = Customer.objects.first().number
    theirs, nobody = client.get(f"/customers/{number}/"), client.get("/customers/1999999999/")
    assert (theirs.status_code, nobody.status_code) == (404, 404)
    assert without_token(theirs) == without_token(nobody)
    assert AccessEvent.objects.get(action="denied").actor == stranger


def test_a_president_sees_the_outlets_below_and_no_other(president, bank, client_of):
    for code in ("0101", "0102", "0201", "0901"):
        make_personal(branch=bank[code], name=f"客户{code}")
    assert sorted(listed(client_of(president))) == ["客户0101", "客户0102"]


def test_looking_is_recorded_once_in_half_an_hour(teller, outlet, client_of):
    customer = make_personal(branch=outlet)
    client = client_of(teller)
    for _n in range(3):
        client.get(f"/customers/{customer.number}/")
    assert AccessEvent.objects.filter(action="view", object_id=customer.pk).count() == 1


def test_the_archive_page_says_what_must_be_known(manager, teller, outlet, client_of, now, today):
    customer = make_personal(
        branch=outlet,
        manager=manager,
        occupation="",
        special_group="elderly",
        id_valid_until=f"{today + timedelta(days=23)}",
    )
    propose_change(
        customer=customer, proposer=teller, kind="supplement", items={"occupation": "2"}, reason_code="completed", reason_text="柜面补充", base_version=1, now=now
    )  # fmt: skip
    page = client_of(manager).get(f"/customers/{customer.number}/").content.decode()
    for text in ("待您批示", "23 天后到期", "老年人", "优先服务", "何静", "档案有缺项"):
        assert text in page, text
    assert "专业技术人员" not in page  # nothing proposed is shown as if it were so
    assert "待您批示" not in client_of(teller).get(f"/customers/{customer.number}/").content.decode()


def test_each_gap_is_a_link_that_opens_the_field(teller, outlet, client_of):
    customer = make_personal(branch=outlet, occupation="")
    client = client_of(teller)
    assert (
        f"/customers/{customer.number}/supplement/?field=occupation#f-occupation"
        in client.get(f"/customers/{customer.number}/").content.decode()
    )
    assert (
        'id="f-occupation"' in client.get(f"/customers/{customer.number}/supplement/?field=occupation").content.decode()
    )


def test_nothing_proposed_reaches_list_search_or_filter(manager, teller, outlet, client_of, now):
    customer = make_personal(branch=outlet, name="李明亮", manager=manager)
    propose_change(
        customer=customer, proposer=teller, kind="edit", items={"former_name": "赵旧名", "employer": "新单位大厦"}, reason_code="changed", reason_text="客户要求",
        base_version=1, now=now,
    )  # fmt: skip
    client = client_of(teller)
    assert listed(client, q="赵旧名") == [] and "赵旧名" not in client.get("/customers/").content.decode()
    assert "新单位大厦" not in client.get(f"/customers/{customer.number}/").content.decode()


def test_a_company_that_lacks_only_people_leads_to_them(manager, outlet, client_of):
    company = make_corporate(branch=outlet, manager=manager)
    Customer.objects.filter(pk=company.pk).update(missing=" person:agent owner ")
    url = client_of(manager).get(f"/customers/{company.number}/supplement/").url
    assert url == f"/customers/{company.number}/propose/?part=relatedperson"


def test_who_may_not_propose_is_not_led_to_a_locked_door(auditor, outlet, client_of):
    customer = make_personal(branch=outlet, occupation="")
    page = client_of(auditor).get(f"/customers/{customer.number}/").content.decode()
    assert "/supplement/" not in page and "/propose/" not in page


@pytest.mark.parametrize("address", ["/complaints/", "/complaints/new/", "/complaints/desk/", "/complaints/numbers/"])
def test_one_entry_of_the_sidebar_is_the_current_one(address, service, client_of):
    text = client_of(service).get(address).content.decode()
    sidebar = text[text.index('class="side ') : text.index("</nav>")]
    assert sidebar.count('aria-current="page"') == 1
