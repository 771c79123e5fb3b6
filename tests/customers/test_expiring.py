"""Documents about to expire: told 90, 30 and 7 days before, once, to whoever looks after the archive."""

from datetime import timedelta

import pytest

from archives.customers.expiring import remind_of_documents
from archives.models import Customer
from crm.jobs import services
from crm.notifications.models import Notice
from tests.archives import make_personal

pytestmark = pytest.mark.django_db


def expiring(today, *, days, **fields):
    customer = make_personal(**fields)
    Customer.objects.filter(pk=customer.pk).update(id_valid_until=today + timedelta(days=days), id_permanent=False)
    return customer


def told(person):
    notices = Notice.objects.filter(recipient=person, kind="documents-expiring")
    return sorted((notice.params["days"], notice.params["n"]) for notice in notices)


@pytest.mark.parametrize(("days", "steps"), [(91, []), (90, [90]), (89, []), (30, [30]), (7, [7]), (6, []), (0, [])])
def test_the_manager_hears_at_each_step_and_at_no_other_day(outlet, manager, now, today, days, steps):
    expiring(today, days=days, branch=outlet, manager=manager)
    assert [step for step, n in remind_of_documents(day=today, now=now).items() if n] == steps
    assert told(manager) == [(step, 1) for step in steps]


def test_one_notice_counts_all_of_a_day_and_a_second_run_says_nothing_more(outlet, manager, now, today):
    for _n in range(3):
        expiring(today, days=30, branch=outlet, manager=manager)
    for _n in range(2):
        services.run_job(name="document-expiry", period=today.isoformat(), now=now)
        remind_of_documents(day=today, now=now)
    assert told(manager) == [(30, 3)]


def test_without_a_manager_or_with_one_who_left_the_outlet_head_hears(outlet, colleague, head, now, today):
    expiring(today, days=7, branch=outlet)
    expiring(today, days=7, branch=outlet, manager=colleague)
    colleague.is_active = False
    colleague.save()
    remind_of_documents(day=today, now=now)
    assert told(head) == [(7, 2)] and told(colleague) == []


def test_a_permanent_document_and_a_hidden_archive_are_not_told_of(outlet, manager, now, today):
    permanent, hidden = (expiring(today, days=7, branch=outlet, manager=manager) for _n in range(2))
    Customer.objects.filter(pk=permanent.pk).update(id_permanent=True)
    Customer.objects.filter(pk=hidden.pk).update(life="bin")
    remind_of_documents(day=today, now=now)
    assert told(manager) == []


def test_a_day_that_is_caught_up_with_tells_of_its_own_documents(outlet, manager, now, today):
    yesterday = today - timedelta(days=1)
    expiring(yesterday, days=90, branch=outlet, manager=manager)
    services.run_job(name="document-expiry", period=yesterday.isoformat(), now=now)
    assert told(manager) == [(90, 1)]
