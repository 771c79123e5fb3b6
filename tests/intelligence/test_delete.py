"""Proposing the deletion of an item: an ordinary matter, decided by the head of its branch."""

import pytest

from archives.changes import effects
from archives.changes.effects import Effect
from archives.models import ChangeRequest, Citation, Intelligence
from crm.lib.refusals import Refused
from tests.intelligence.test_detail import meeting


@pytest.fixture(autouse=True)
def effect(monkeypatch):
    """A deletion that does nothing: what approval does is tested with `retention`."""
    calm = Effect(
        refuse_if_blocked=lambda *, request, now: None,
        apply=lambda *, request, actor, now: None,
        facts=lambda request, *, user: [],
        summary=lambda request: "",
    )
    monkeypatch.setitem(effects._EFFECTS, "delete", calm)
    return calm


def form(**fields):
    return {"category": "outdated", "reason_text": "政策已废止", "token": "d-1"} | fields


@pytest.mark.parametrize("who", ["teller", "lobby", "manager", "stranger", "service"])
def test_whoever_serves_may_propose_and_the_head_of_its_branch_decides(client_of, cast, add, head, who):
    item, browser = add(), client_of(cast[who])
    assert head.name in browser.get(f"/intelligence/{item.number}/delete/").content.decode()
    answer = browser.post(f"/intelligence/{item.number}/delete/", form())
    assert answer.status_code == 302 and answer.url == f"/intelligence/{item.number}/"
    made = ChangeRequest.objects.get()
    assert (made.kind, made.item, made.assignee, made.proposer) == ("delete", item, head, cast[who])
    assert (made.reason_code, made.reason_text) == ("outdated", "政策已废止")
    assert Intelligence.objects.get() == item  # nothing is live before approval
    assert made.number in browser.get(answer.url).content.decode()


@pytest.mark.parametrize("who", ["auditor", "admin"])
def test_who_does_not_serve_proposes_nothing(client_of, cast, add, who):
    item = add()
    assert client_of(cast[who]).get(f"/intelligence/{item.number}/delete/").status_code == 403
    assert client_of(cast[who]).post(f"/intelligence/{item.number}/delete/", form()).status_code == 403
    assert not ChangeRequest.objects.exists()


def test_the_page_shows_what_hangs_on_it(client_of, add, pdf, mill, far_mill, outlet, head, teller, now, today):
    item = add(customers=[mill.number], files=[pdf("报告.pdf")])
    item.customer_links.create(customer=far_mill)
    Citation.objects.create(meeting=meeting(outlet, now, today), item=item, number=item.number, cited_by=head, at=now)
    answer = client_of(teller).get(f"/intelligence/{item.number}/delete/")
    page = answer.content.decode()
    assert "HY-0101" in page and mill.name in page and "报告.pdf" in page and far_mill.name not in page
    assert answer.context["linked"].others == 1


@pytest.mark.parametrize(("ends", "category"), [(-1, "outdated"), (40, "wrong")])
def test_a_stale_item_starts_as_outdated(client_of, add, day, teller, ends, category):
    item = add(source_date=day(-9), valid_until=day(ends))
    page = client_of(teller).get(f"/intelligence/{item.number}/delete/").content.decode()
    assert f'value="{category}" selected' in page


@pytest.mark.parametrize("fields", [{"category": "dead"}, {"category": ""}, {"reason_text": ""}, {"reason_text": "无"}, {"reason_text": "因" * 501}])  # fmt: skip
def test_a_proposal_without_category_or_reason_comes_back(client_of, add, teller, fields):
    item = add()
    answer = client_of(teller).post(f"/intelligence/{item.number}/delete/", form(**fields))
    assert answer.status_code == 200 and "is-invalid" in answer.content.decode()
    assert not ChangeRequest.objects.exists()


def test_a_double_click_makes_one_request_and_no_complaint(client_of, add, teller):
    item, browser = add(), client_of(teller)
    for _click in range(2):
        answer = browser.post(f"/intelligence/{item.number}/delete/", form(), follow=True)
        assert [message.level_tag for message in answer.context["messages"]] == ["success"]
    assert ChangeRequest.objects.count() == 1


def test_a_second_proposal_is_told_of_the_first(client_of, add, teller, manager):
    item = add()
    client_of(teller).post(f"/intelligence/{item.number}/delete/", form())
    answer = client_of(manager).post(f"/intelligence/{item.number}/delete/", form(token="d-2"), follow=True)
    made = ChangeRequest.objects.get()
    assert made.proposer == teller and made.number in answer.content.decode()


def test_what_stands_in_the_way_is_said(client_of, add, teller, monkeypatch, effect):
    def blocked(*, request, now):
        raise Refused("本月会议正在引用")

    monkeypatch.setitem(effects._EFFECTS, "delete", Effect(refuse_if_blocked=blocked, apply=effect.apply, facts=effect.facts, summary=effect.summary))  # fmt: skip
    item = add()
    answer = client_of(teller).post(f"/intelligence/{item.number}/delete/", form())
    assert answer.status_code == 200 and "本月会议正在引用" in answer.content.decode()


def test_without_a_decider_it_is_refused(client_of, add, teller, cast):
    item, browser = add(), client_of(teller)
    type(teller).objects.exclude(pk=teller.pk).update(is_active=False)
    answer = browser.post(f"/intelligence/{item.number}/delete/", form())
    assert answer.status_code == 200 and not ChangeRequest.objects.exists()
