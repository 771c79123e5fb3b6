"""When an item is out of date, and who hears of it: rules as a table, the job safe to run twice."""

from datetime import date, datetime, timedelta

import pytest

from archives.intelligence.prompting import prompt_stale
from archives.intelligence.rules import fresh_through, used_percent, validity_of
from archives.intelligence.selectors import freshness_of
from archives.intelligence.services import confirm_intelligence
from archives.models import ChangeRequest, Intelligence
from crm.jobs.services import run_job
from crm.lib.dates import SHANGHAI
from crm.notifications.kinds import text_of
from crm.notifications.models import Notice

# valid until, added, confirmed, the last day on which it may be relied on
CASES = [
    (date(2026, 6, 30), date(2026, 1, 1), None, date(2026, 6, 30)),
    (date(2027, 1, 1), date(2026, 1, 1), None, date(2027, 1, 1)),
    (date(2030, 1, 1), date(2026, 1, 1), None, date(2027, 1, 1)),
    (date(2030, 1, 1), date(2025, 1, 1), date(2026, 3, 5), date(2027, 3, 5)),
    (date(2026, 4, 1), date(2025, 1, 1), date(2026, 3, 5), date(2026, 4, 1)),
    (date(2030, 1, 1), date(2024, 2, 29), None, date(2025, 2, 28)),
    (date(2030, 1, 1), date(2023, 2, 28), None, date(2024, 2, 29)),
    (date(2030, 1, 1), date(2022, 2, 28), None, date(2023, 2, 28)),
    (date(2030, 1, 1), date(2023, 12, 31), None, date(2024, 12, 31)),
]


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize(("valid_until", "added", "confirmed", "last"), CASES)
def test_an_item_holds_through_its_last_day(valid_until, added, confirmed, last):
    assert fresh_through(valid_until=valid_until, renewed_on=confirmed or added) == last
    assert validity_of(last, last) == "expiring" and validity_of(last, last + timedelta(days=1)) == "stale"


@pytest.mark.parametrize(("valid_until", "added", "confirmed", "last"), CASES)
@pytest.mark.parametrize("hour", [0, 23])
def test_the_database_splits_at_the_same_day(add, valid_until, added, confirmed, last, hour):
    item = add(source_date=added, valid_until=min(valid_until, date(2026, 1, 1)), now=at(added, hour))
    Intelligence.objects.update(valid_until=valid_until, confirmed_at=confirmed and at(confirmed, hour))
    item.refresh_from_db()
    rows, after = Intelligence.objects, last + timedelta(days=1)
    assert freshness_of(item, last).last == last
    assert rows.fresh(last).exists() and not rows.stale(last).exists()
    assert rows.stale(after).exists() and not rows.fresh(after).exists()
    assert rows.stale_within(last, 0).exists() and not rows.stale_within(after, 30).exists()
    assert rows.stale_within(last - timedelta(days=30), 30).exists()
    assert not rows.stale_within(last - timedelta(days=31), 30).exists()


@pytest.mark.parametrize(
    ("last", "state"),
    [(-1, "stale"), (0, "expiring"), (30, "expiring"), (31, "valid")],
)
def test_the_states_split_at_their_days(day, today, last, state):
    assert validity_of(day(last), today) == state


@pytest.mark.parametrize(("gone", "percent"), [(-5, 0), (0, 0), (50, 50), (100, 100), (150, 100)])
def test_the_clock_shows_how_much_is_used(gone, percent):
    first = date(2026, 1, 1)
    last = first + timedelta(days=100)
    assert used_percent(first=first, last=last, today=first + timedelta(days=gone)) == percent
    assert used_percent(first=first, last=first, today=first) == 100


@pytest.mark.parametrize(("ends", "told"), [(-300, 1), (-1, 1), (0, 1), (14, 1), (15, 0)])
def test_the_author_hears_of_it_once(add, day, now, teller, ends, told):
    item = add(source_date=day(-400), valid_until=day(ends))
    assert prompt_stale(now=now) == {"prompted": told, "nobody": 0}
    assert prompt_stale(now=now + timedelta(days=1))["prompted"] == (1 if ends == 15 else 0)
    notices = Notice.objects.filter(recipient=teller, kind="intelligence-stale", link=f"/intelligence/{item.number}/")
    assert notices.count() == (told or 1)
    assert item.number in text_of("intelligence-stale", notices.first().params)


def test_an_item_of_a_year_ago_is_prompted_whatever_its_validity_says(add, day, now):
    add(valid_until=day(900), now=now - timedelta(days=360), source_date=day(-361))
    assert prompt_stale(now=now)["prompted"] == 1


def test_a_confirmed_item_is_prompted_again_when_it_goes_out_of_date_again(add, day, now, teller):
    item = add(source_date=day(-9), valid_until=day(3))
    prompt_stale(now=now)
    item.refresh_from_db()
    confirm_intelligence(item=item, actor=teller, valid_until=day(60), now=now)
    assert prompt_stale(now=now)["prompted"] == 0
    assert prompt_stale(now=now + timedelta(days=60))["prompted"] == 1
    assert Notice.objects.filter(kind="intelligence-stale").count() == 2


def test_the_head_hears_of_it_when_the_author_left(add, day, now, teller, head):
    add(source_date=day(-9), valid_until=day(3))
    teller.is_active = False
    teller.save()
    prompt_stale(now=now)
    assert Notice.objects.get(kind="intelligence-stale").recipient == head


def test_the_next_level_hears_of_it_where_there_is_no_head(add, day, now, teller, head, president):
    add(source_date=day(-9), valid_until=day(3))
    teller.role_grants.all().delete()
    head.is_active = False
    head.save()
    prompt_stale(now=now)
    assert Notice.objects.get(kind="intelligence-stale").recipient == president


def test_without_anybody_the_prompt_waits_for_somebody(add, day, now, cast, head):
    item = add(source_date=day(-9), valid_until=day(3))
    type(head).objects.update(is_active=False)
    assert prompt_stale(now=now) == {"prompted": 0, "nobody": 1}
    type(head).objects.filter(pk=head.pk).update(is_active=True)
    assert prompt_stale(now=now)["prompted"] == 1
    assert Notice.objects.get(link=f"/intelligence/{item.number}/").recipient == head


def test_hidden_items_and_those_proposed_for_deletion_prompt_nobody(add, hide, day, now, teller, head):
    gone, waiting = (add(source_date=day(-9), valid_until=day(-1)) for _n in range(2))
    hide(gone)
    ChangeRequest.objects.create(
        number="XG-1", item=waiting, branch=waiting.branch, kind="delete", base_version=1, reason_code="outdated",
        reason_text="过时", proposer=teller, submitted_at=now, assignee=head, route="head",
    )  # fmt: skip
    assert prompt_stale(now=now)["prompted"] == 0
    ChangeRequest.objects.update(status="withdrawn")
    assert prompt_stale(now=now)["prompted"] == 1


def test_the_ledger_runs_it_once_a_day(add, day, now, today):
    add(source_date=day(-9), valid_until=day(-1))
    for _knock in range(2):
        run_job(name="stale-intelligence", period=today.isoformat(), now=now)
    assert Notice.objects.filter(kind="intelligence-stale").count() == 1


def test_the_prompt_writes_no_history_and_keeps_the_version(add, day, now, correct):
    item = add(source_date=day(-9), valid_until=day(-1))
    prompt_stale(now=now)
    assert item.history.count() == 1
    assert correct(item, title="提示之后仍可更正").version == 2
