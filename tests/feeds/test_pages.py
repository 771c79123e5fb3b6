"""What each role sees of a load."""

import pytest

from archives.models import FeedLoad
from tests.feeds.files import accounts, customers, postings

LINES = [f"K{i},{branch},个人,2019-03-01,客户{'甲乙'[i]},,,,," for i, branch in enumerate(["0101", "0201"])]


@pytest.fixture
def differing(deliver) -> FeedLoad:
    """A load with a difference in each of two branches and a refused row."""
    return deliver(
        customers=customers(*LINES),
        accounts=accounts(*(f"62300{i},K{i},2020-01-01,,活期,,CNY,,,{i + 1}0.00" for i in range(2))),
        transactions=postings("T1,623000,2025-13-01,1.00,贷,,,,"),
    )


@pytest.mark.parametrize(
    ("who", "tails"),
    [("head", {"3000"}), ("stranger_head", {"3001"}), ("headoffice", {"3000", "3001"}), ("admin", set())],
)
def test_accounts_that_differ_are_named_in_scope_only(differing, cast, client_of, who, tails):
    page = client_of(cast[who]).get(f"/feeds/{differing.pk}/").content.decode()
    assert {tail for tail in ("3000", "3001") if f"**** {tail}" in page} == tails


def test_refused_rows_are_not_for_administrators(differing, admin, headoffice, client_of):
    url = f"/feeds/{differing.pk}/refused/{differing.files.get(role='postings').pk}/"
    assert client_of(admin).get(url).status_code == 403
    assert url not in client_of(admin).get(f"/feeds/{differing.pk}/").content.decode()
    assert client_of(headoffice).get(url).status_code == 200
    assert url in client_of(headoffice).get(f"/feeds/{differing.pk}/").content.decode()


def test_who_may_only_look_starts_nothing(head, client_of, settings):
    (settings.FEEDS_DIR / "today").mkdir(parents=True)
    client = client_of(head)
    assert '<form class="panel-body' not in client.get("/feeds/").content.decode()
    assert client.post("/feeds/", {"profile": "tianhua", "folder": "today"}).status_code == 403


def test_a_page_that_polls_turns_into_the_report(differing, headoffice, client_of):
    client, url = client_of(headoffice), f"/feeds/{differing.pk}/"
    assert client.get(url, headers={"X-Poll": "1"}).headers["HX-Refresh"] == "true"
    FeedLoad.objects.update(status="running")
    response = client.get(url, headers={"X-Poll": "1"})
    assert "HX-Refresh" not in response.headers and 'id="progress"' in response.content.decode()


@pytest.mark.parametrize("path", ["/feeds/", "/feeds/{pk}/"])
def test_the_number_of_rows_asks_no_more_queries(deliver, headoffice, client_of, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = client_of(headoffice), []
    for n in (1, 12):
        lines = [f"J{n}{i},0101,个人,2019-03-01,客户,,,,," for i in range(n)]
        owned = [f"6{n:02}{i:03},J{n}{i},2020-01-01,,活期,,CNY,,,5.00" for i in range(n)]
        for again in range(n):
            load = deliver(
                f"d{n}-{again}", customers=customers(*lines) + "\n" * again, accounts=accounts(*owned) + "\n" * again
            )
        url = path.format(pk=load.pk)
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
