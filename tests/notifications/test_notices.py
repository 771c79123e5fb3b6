"""Notices: told once, read by their owner only, never lost or marked by looking."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from crm.notifications import kinds
from crm.notifications.models import Notice
from crm.notifications.services import notify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kind(monkeypatch):
    monkeypatch.setitem(kinds.KINDS, "probe", "Probe %(number)s of %(who)s")


@pytest.fixture
def tell(now):
    def make(user, number=1, **fields):
        params = {"number": number, "who": "周雅"}
        return notify(recipient=user, kind="probe", params=params, **{"now": now, **fields})

    return make


@pytest.fixture
def page(client_of, manager):
    return client_of(manager)


def test_it_shows_ones_own_notices_with_their_links(page, tell, manager, stranger):
    tell(manager, 1, link="/customers/1/")
    tell(stranger, 2)
    html = page.get(reverse("notifications:list")).content.decode()
    assert '<a href="/customers/1/">Probe 1 of 周雅</a>' in html
    assert "Probe 2" not in html


def test_unread_notices_stand_first_and_days_are_headings(page, tell, manager, now):
    tell(manager, 1, now=now - timedelta(days=2))
    newest = tell(manager, 2)
    Notice.objects.filter(pk=newest.pk).update(read_at=now)
    html = page.get(reverse("notifications:list")).content.decode()
    assert html.index("Probe 1") < html.index("Probe 2")
    for day in (now - timedelta(days=2), now):
        assert timezone.localdate(day).isoformat() in html


def test_looking_marks_nothing(page, tell, manager):
    tell(manager)
    page.get(reverse("notifications:list"))
    assert Notice.objects.of(manager).unread().count() == 1


def test_one_notice_is_marked_by_post(page, tell, manager):
    first, _second = tell(manager, 1), tell(manager, 2)
    page.post(reverse("notifications:read"), {"notice": first.pk})
    assert [notice.params["number"] for notice in Notice.objects.of(manager).unread()] == [2]


def test_all_are_marked_but_those_that_arrive_meanwhile(page, tell, manager, now):
    tell(manager, 1)
    tell(manager, 2, now=now + timedelta(hours=1))
    page.post(reverse("notifications:read"), {"all": "1"})
    assert [notice.params["number"] for notice in Notice.objects.of(manager).unread()] == [2]


def test_somebody_elses_notice_cannot_be_marked(page, tell, stranger):
    theirs = tell(stranger)
    page.post(reverse("notifications:read"), {"notice": theirs.pk})
    assert Notice.objects.of(stranger).unread().exists()


@pytest.mark.parametrize("sent", ["0", "-1", "x", "9" * 30, "", "１"])
def test_a_number_that_is_none_harms_nothing(page, sent):
    assert page.post(reverse("notifications:read"), {"notice": sent}).status_code == 302


def test_get_cannot_mark(page):
    assert page.get(reverse("notifications:read")).status_code == 405


def test_it_pages_through_all_without_gap_or_double(page, tell, manager, now):
    for number in range(120):
        tell(manager, number, now=now - timedelta(minutes=number))
    seen, url = [], reverse("notifications:list")
    while url:
        context = page.get(url).context
        seen += [notice.params["number"] for notice in context["page"].rows]
        token = context["page"].next_token
        url = f"{reverse('notifications:list')}?after={token}" if token else None
    assert seen == list(range(120))


def test_a_page_costs_the_same_queries_for_10_and_50_rows(page, tell, manager, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _ in range(2):
        for number in range(10 if not counts else 40):
            tell(manager, number)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page.get(reverse("notifications:list"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_notice_with_a_key_is_told_once(tell, manager):
    assert tell(manager, dedupe_key="a") is not None
    assert tell(manager, dedupe_key="a") is None
    assert Notice.objects.count() == 1


def test_a_disabled_person_is_told_nothing(tell, manager):
    manager.is_active = False
    assert tell(manager) is None


def test_a_rollback_takes_the_notice_with_it(tell, manager):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(manager)
        raise ZeroDivisionError
    assert not Notice.objects.exists()


def test_an_undeclared_kind_is_a_fault_of_the_code(manager, now):
    with pytest.raises(LookupError):
        notify(recipient=manager, kind="undeclared", params={}, now=now)


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_link_leads_to_this_site_only(tell, manager, link):
    with pytest.raises(ValueError, match="path of this site"):
        tell(manager, link=link)


def test_an_old_notice_without_a_parameter_still_shows(page, manager, now):
    Notice.objects.create(recipient=manager, kind="probe", params={"number": 5}, created_at=now)
    assert "Probe 5 of –" in page.get(reverse("notifications:list")).content.decode()


def test_names_in_a_notice_are_escaped(page, tell, manager, now):
    Notice.objects.create(recipient=manager, kind="probe", params={"who": "<script>x"}, created_at=now)
    assert "<script>x" not in page.get(reverse("notifications:list")).content.decode()
