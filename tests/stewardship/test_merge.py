"""The pages of a merge: choosing the other archive, both side by side, the list, undoing."""

import pytest
from django.urls import reverse

from archives.models import ChangeRequest, Customer, Merge
from archives.stewardship.merging import successors
from tests.archives import make_corporate, make_personal
from tests.stewardship.merge_world import edit, fresh


@pytest.fixture
def url(pair):
    return f"/customers/{pair[0].number}/merge/"


def fields(pair, **values):
    return {"reason_text": "同一客户", "survivor_version": pair[0].version, "loser_version": pair[1].version} | values


def test_likely_duplicates_are_offered(pair, url, client_of, teller):
    page = client_of(teller).get(url)
    assert [hit.customer for hit in page.context["hits"]] == [pair[1]]
    assert f"?other={pair[1].number}" in page.content.decode()


def test_both_stand_side_by_side_masked_with_what_moves(full, url, client_of, teller):
    survivor, loser, _third, _request = full
    page = client_of(teller).get(url, {"other": loser.number})
    text = page.content.decode()
    chosen = {row.key: row.chosen for row in page.context["rows"]}
    assert (chosen["employer"], chosen["mobile"]) == ("loser", "survivor")
    counts = {str(line.label): (line.count, line.same) for line in page.context["moving"]}
    assert (2, 0) in counts.values() and (1, 2) in counts.values()  # accounts; relations
    assert "13812344021" not in text and "人民路2号" not in text and "临江市第二纺织厂" in text
    assert f"/customers/{loser.number}/merge/?other={survivor.number}" in text


def test_sent_it_waits_for_the_manager(pair, url, client_of, teller, manager):
    sent = fields(pair, **{"choice-mobile": "loser"})
    response = client_of(teller).post(f"{url}?other={pair[1].number}", sent)
    assert response.status_code == 302
    request = ChangeRequest.objects.get()
    assert (request.kind, request.customer, request.assignee) == ("merge", pair[0], manager)
    assert request.details["loser"] == pair[1].number and request.details["choices"]["mobile"] == "loser"


def test_approved_on_the_decision_page_it_is_merged(pair, url, client_of, teller, manager):
    client_of(teller).post(f"{url}?other={pair[1].number}", fields(pair))
    request = ChangeRequest.objects.get()
    client, page = client_of(manager), reverse("changes:detail", args=[request.number])
    text = client.get(page).content.decode()
    assert pair[1].number in text and "临江市第二纺织厂" in text and "人民路2号" not in text
    assert client.post(page, {"version": request.version, "everything": "accept"}).status_code == 302
    assert not Customer.objects.filter(pk=pair[1].pk).exists()
    for address in (f"/customers/{pair[1].number}/", f"/customers/{pair[1].number}/merge/"):
        assert client.get(address).status_code == 404
    listed = client.get("/customers/", {"q": "李明亮"}).content.decode()
    assert f"/customers/{pair[0].number}/" in listed and f"/customers/{pair[1].number}/" not in listed
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("why", ["missing", "itself", "company", "elsewhere", "rubbish"])
def test_another_one_that_cannot_be_is_refused_on_the_page(pair, url, outlet, bank, client_of, teller, why):
    other = {
        "missing": lambda: "1999999999",
        "itself": lambda: pair[0].number,
        "company": lambda: make_corporate(branch=outlet).number,
        "elsewhere": lambda: make_personal(branch=bank["0201"]).number,
        "rubbish": lambda: "'); --",
    }[why]()
    page = client_of(teller).get(url, {"other": other})
    assert page.status_code == 200 and page.context["form"].errors["other"]


def test_what_changed_meanwhile_is_shown_again_before_it_is_sent(pair, url, client_of, teller, manager, now):
    sent = fields(pair)
    edit(pair[0], manager, now, mobile="13912344021")
    client, address = client_of(teller), f"{url}?other={pair[1].number}"
    page = client.post(address, sent)
    assert page.status_code == 200 and page.context["merge_form"].errors and not ChangeRequest.objects.exists()
    again = sent | {name: page.context["merge_form"][name].value() for name in ("survivor_version", "loser_version")}
    assert client.post(address, again).status_code == 302


def test_a_second_merge_leads_to_the_first(pair, url, client_of, teller, colleague, propose):
    first = propose(*pair)
    response = client_of(colleague).post(f"{url}?other={pair[1].number}", fields(pair))
    assert response.url == reverse("changes:detail", args=[first.number])


def test_whoever_may_not_propose_gets_403(pair, url, client_of, auditor):
    assert client_of(auditor).get(url).status_code == 403


# The list and undoing


def test_the_list_tells_days_left(pair, merge, client_of, head, stranger_head):
    merge(*pair)
    page = client_of(head).get("/merges/")
    assert [row.days_left for row in page.context["page"].rows] == [30]
    assert client_of(stranger_head).get("/merges/").context["page"].rows == []


def test_undoing_shows_later_edits_first_and_asks(pair, merge, client_of, manager, now):
    done = merge(*pair)
    edit(pair[0], manager, now, employer="新东家")
    client, address = client_of(manager), f"/merges/{done.pk}/"
    page = client.get(address)
    assert page.context["asks"] and [row["label"] for row in page.context["fields"] if row["edited"]]
    sent = {"reason": "不是同一人", "version": done.version, "seen": done.survivor_version}
    assert client.post(address, sent).status_code == 409
    assert client.post(address, sent | {"seen": fresh(pair[0]).version}).status_code == 302
    assert fresh(pair[0]).employer == "新东家" and Customer.objects.filter(pk=pair[1].pk).exists()
    after = client.get(address)
    assert after.context["form"] is None and [row["kept"] for row in after.context["fields"]].count(True) == 1
    assert client.post(address, sent).status_code == 409


def test_an_auditor_reads_and_does_not_undo(pair, merge, client_of, auditor):
    done = merge(*pair)
    client, address = client_of(auditor), f"/merges/{done.pk}/"
    assert client.get(address).context["form"] is None
    assert client.post(address, {"reason": "x", "version": 1, "seen": 2}).status_code == 403
    assert fresh(done).state == "applied"


def test_a_stranger_gets_404(pair, merge, client_of, stranger_head):
    assert client_of(stranger_head).get(f"/merges/{merge(*pair).pk}/").status_code == 404


# Feeds after a merge


def test_feeds_find_the_archive_that_remains(outlet, manager, merge, now):
    one, other = (make_personal(branch=outlet, manager=manager, now=now) for _n in range(2))
    for customer, number in ((one, "core:1"), (other, "core:2")):
        Customer.objects.filter(pk=customer.pk).update(core_id=number)
    done = merge(one, other)
    assert successors(["core:1", "core:2", "core:3"]) == {"core:2": one}
    assert (fresh(one).core_id, fresh(other).core_id) == ("core:1", "core:2")
    Merge.objects.filter(pk=done.pk).update(state="undone")
    assert successors(["core:2"]) == {}


def test_an_archive_without_a_core_number_takes_it_over(outlet, manager, merge, now):
    one, other = (make_personal(branch=outlet, manager=manager, now=now) for _n in range(2))
    Customer.objects.filter(pk=other.pk).update(core_id="core:2")
    merge(one, other)
    assert (fresh(one).core_id, fresh(other).core_id, successors(["core:2"])) == ("core:2", None, {})
