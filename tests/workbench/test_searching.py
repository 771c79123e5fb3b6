"""Finding people the way staff type; and what a search must not tell."""

import csv

import pytest

from archives.customers.searching import search
from archives.models import ContactPoint, Customer
from crm.lib.identifiers import make_resident_id
from crm.privacy.models import AccessEvent
from tests.archives import make_account, make_corporate, make_personal
from tests.house.source import ROOT

NAMES = ROOT.parent / "shared" / "data" / "names" / "surname_pinyin.csv"


def names(query: str) -> set[str]:
    return set(search(Customer.objects.all(), query).values_list("name", flat=True))


@pytest.fixture
def people(outlet):
    for name in ("李明亮", "李亮明", "黎民", "单雄信", "欧阳修", "吕布", "王Tony"):
        make_personal(branch=outlet, name=name)
    make_corporate(branch=outlet, name="临江市恒泰纺织有限公司")


@pytest.mark.parametrize(
    "query",
    [
        "李明亮",
        "明亮",
        "亮明",
        "李",
        "limingliang",
        "lml",
        "LML",
        "李ml",
        "李mingl",
        "mingliang",
        "li明",
        "李 明",
        "％李明亮％",
    ],
)
def test_a_name_is_found_by_any_part_in_any_way(people, query):
    assert {"李明亮", "李亮明"} & names(query)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("明亮", {"李明亮"}), ("lml", {"李明亮"}), ("llm", {"李亮明"}), ("李ml", {"李明亮"}), ("shanxiongxin", {"单雄信"}), ("dxx", {"单雄信"}),
        ("sxx", {"单雄信"}), ("ouyangxiu", {"欧阳修"}), ("lvbu", {"吕布"}), ("tony", {"王Tony"}), ("恒泰", {"临江市恒泰纺织有限公司"}),
        ("htfz", {"临江市恒泰纺织有限公司"}), ("iming", set()), ("张", set()),
    ],
)  # fmt: skip
def test_nothing_else_is_found(people, query, found):
    assert names(query) == found


@pytest.mark.skipif(not NAMES.exists(), reason="the surnames lie in ../shared/data/names, which is not here")
def test_every_surname_is_found_under_both_readings():
    from re import search as matches

    from crm.lib.pinyin import name_keys, search_pattern

    with NAMES.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1074
    for row in rows:
        keys = name_keys(row["surname"] + "伟")
        for reading in (row["surname_pinyin"], row["plain_pinyin"]):
            typed = reading.replace(" ", "").replace("ü", "v")
            assert f"{typed}wei" in keys.keys.split(), row
            assert matches(search_pattern(f"{typed}wei"), keys.search_key), row
        assert matches(search_pattern(row["surname"]), keys.search_key)


@pytest.mark.parametrize("surname", "单仇查曾解")
def test_polyphonic_surnames_sort_under_the_surnames_reading(outlet, surname):
    customer = make_personal(branch=outlet, name=f"{surname}伟")
    readings = {"单": "shan", "仇": "qiu", "查": "zha", "曾": "zeng", "解": "xie"}
    assert customer.pinyin == f"{readings[surname]} wei"


@pytest.mark.parametrize(
    "query", ["%", "_", "\0", "a" * 10_000, "李" * 500, "(((", "[a-", "\\", "'; DROP TABLE x", "🙂", " "]
)
def test_odd_queries_are_never_an_error(people, teller, client_of, query):
    client = client_of(teller)
    for url in ("/search/", "/customers/"):
        assert client.get(url, {"q": query}).status_code == 200


def test_the_exact_number_opens_the_archive(teller, outlet, client_of):
    customer = make_personal(branch=outlet)
    assert client_of(teller).get("/search/", {"q": customer.number}).url == f"/customers/{customer.number}/"


def found_by(client, kind, value) -> str:
    return client.post("/search/", {"kind": kind, "value": value}).content.decode()


def test_tails_and_whole_numbers_are_found_by_post_alone(teller, outlet, client_of):
    number = make_resident_id("339901", __import__("datetime").date(1980, 5, 17), 21)
    customer = make_personal(branch=outlet, name="单雄信", id_number=number, mobile="15400004021")
    ContactPoint.objects.create(customer=customer, kind="work", value="0571-88006677")
    make_account(customer=customer, number="6230000000007788")
    client = client_of(teller)
    for kind, value in (
        ("phone", "4021"), ("phone", "154 0000 4021"), ("phone", "6677"), ("document", number[-4:]), ("document", number.lower()),
        ("account", "7788"), ("account", "6230 0000 0000 7788"),
    ):  # fmt: skip
        assert "单雄信" in found_by(client, kind, value), (kind, value)
    assert "单雄信" not in found_by(client, "phone", "4022")
    assert "单雄信" not in client.get("/search/", {"q": "4021"}).content.decode()
    assert AccessEvent.objects.filter(action="search", actor=teller).count() == 8


@pytest.mark.parametrize(
    "data",
    [{}, {"kind": "phone", "value": "1"}, {"kind": "x", "value": "12345"}, {"kind": "phone", "value": "\0\0\0\0"}],
)
def test_a_poor_sensitive_search_is_answered_with_what_to_do(teller, client_of, data):
    response = client_of(teller).post("/search/", data, follow=True)
    assert response.status_code == 200


def test_another_branch_tells_only_that_an_archive_exists(stranger, teller, bank, client_of):
    number = make_resident_id("339902", __import__("datetime").date(1980, 5, 17), 21)
    customer = make_personal(
        branch=bank["0201"], manager=stranger, name="赵无极", id_number=number, mobile="15400004021"
    )
    client = client_of(teller)
    for page in (found_by(client, "document", number), found_by(client, "number", customer.number)):
        assert "林远" in page and "赵无极" not in page and "4021" not in page
    for page in (
        found_by(client, "phone", "4021"),
        found_by(client, "document", number[-4:]),
        client.get("/search/", {"q": "赵无极"}).content.decode(),
        client.get("/search/", {"q": customer.number}).content.decode().replace(customer.number, ""),
    ):
        assert "林远" not in page and customer.number not in page
    assert AccessEvent.objects.filter(result="exists elsewhere", object_id=customer.pk).count() == 2


def test_a_hundred_archives_are_found_in_the_first_five(outlet, teller, client_of):
    from crm.workbench.demo.loading import Plan, invent

    today = __import__("datetime").date(2026, 11, 24)
    people = [
        make_personal(branch=outlet, name=p.values["name"])
        for p in invent(Plan(customers=125, seed=7, today=today))
        if p.kind == "P"
    ]
    client = client_of(teller)
    for customer in people[:100]:
        hits = client.get("/search/", {"q": customer.name}).context["hits"]
        same = sum(other.name == customer.name for other in people)
        assert customer.pk in [hit.pk for hit in hits[: max(5, same)]]


def test_searches_by_sensitive_numbers_are_limited(teller, client_of, monkeypatch):
    monkeypatch.setattr("crm.workbench.views.SENSITIVE_A_DAY", 2)
    client = client_of(teller)
    pages = [
        client.post("/search/", {"kind": "phone", "value": "4021"}, follow=True).content.decode() for _n in range(3)
    ]
    assert ["过多" in page for page in pages] == [False, False, True]
