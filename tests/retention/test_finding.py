"""Archives that look dead are found by the rules of DOMAIN.md 3.6, with their evidence, and only those."""

from datetime import date, timedelta

import pytest

from archives.customers.services import add_row
from archives.models import AccountHolder, Customer, DeadCandidate, DeadSign
from archives.retention import finding
from crm.jobs.models import JobRun
from crm.jobs.registry import find as job_of
from crm.jobs.services import run_job
from crm.lib.dates import add_months
from tests.archives import BORN, make_account, make_personal

Rule = DeadCandidate.Rule
NAME, DAY = "欧阳晓东", BORN.isoformat()


@pytest.fixture
def archive(outlet, manager):
    """An archive of an outlet; `opened` months ago, `spoken` months ago (None: never)."""
    count = iter(range(1000))

    def make(*, opened=0, spoken=None, today, **values):
        values = {"name": f"客户{next(count)}"} | values
        customer = make_personal(branch=outlet, manager=manager, **values)
        customer.opened_on = add_months(today, -opened)
        customer.last_contact_on = add_months(today, -spoken) if spoken is not None else None
        customer.save()
        return customer

    return make


@pytest.fixture
def find(now):
    def go(period="2026-11"):
        JobRun.objects.filter(job=finding.JOB).delete()
        assert run_job(name=finding.JOB, period=period, now=now)
        return {(row.customer_id, row.rule): row.evidence for row in DeadCandidate.objects.all()}

    return go


def sign(customer, manager, kind, *days):
    for day in days:
        DeadSign.objects.create(customer=customer, kind=kind, day=day, noted_by=manager)


def closed(customer, day, **fields):
    return make_account(customer=customer, status="closed", closed_on=day, **fields)


def test_an_archive_without_account_and_contact_for_a_year_is_found(archive, find, today):
    dead = archive(opened=13, spoken=13, today=today)
    never = archive(opened=13, today=today)
    found = find()
    opened = dead.opened_on.isoformat()
    assert found == {
        (dead.pk, Rule.NO_ACCOUNT): {"opened": opened, "contact": dead.last_contact_on.isoformat()},
        (never.pk, Rule.NO_ACCOUNT): {"opened": opened, "contact": ""},
    }


def test_twelve_months_to_the_day_are_not_more_than_twelve(archive, find, today):
    archive(opened=12, today=today)
    archive(opened=13, spoken=12, today=today)
    assert find() == {}


def test_an_account_owned_or_at_ones_disposal_keeps_an_archive(archive, find, today):
    owner, user = archive(opened=20, today=today), archive(opened=20, today=today)
    AccountHolder.objects.create(account=make_account(customer=owner), customer=user, role="user")
    assert find() == {}


def test_accounts_closed_for_more_than_a_year_are_found(archive, find, today):
    customer = archive(opened=30, spoken=1, today=today)
    last = add_months(today, -12) - timedelta(days=1)
    closed(customer, add_months(today, -20), number="6230000000011")
    account = closed(customer, last, number="6230000000012")
    AccountHolder.objects.create(account=account, customer=customer, role="owner")
    assert find() == {(customer.pk, Rule.CLOSED): {"accounts": 2, "closed": last.isoformat()}}


@pytest.mark.parametrize("other", ["open", "closed lately", "held"])
def test_one_account_in_use_is_enough_to_stay(archive, find, today, other):
    customer, friend = archive(opened=30, today=today), archive(opened=30, today=today)
    closed(customer, add_months(today, -20), number="6230000000011")
    if other == "closed lately":
        closed(customer, add_months(today, -12), number="6230000000012")
    else:
        account = make_account(customer=customer if other == "open" else friend, number="6230000000013")
        AccountHolder.objects.create(account=account, customer=customer, role="user")
    make_account(customer=friend, number="6230000000014")
    assert find() == {}


def test_three_days_without_reaching_the_customer_are_found(archive, find, manager, today):
    customer = archive(today=today)
    days = [today - timedelta(days=n) for n in (30, 20, 10)]
    sign(customer, manager, "unreachable", *days, add_months(today, -11))
    assert find() == {(customer.pk, Rule.UNREACHABLE): {"days": [day.isoformat() for day in days]}}


def test_two_days_or_old_ones_or_a_contact_since_find_nobody(archive, find, manager, today):
    twice, long_ago, reached = archive(today=today), archive(today=today), archive(spoken=0, today=today)
    days = [today - timedelta(days=n) for n in (30, 20, 10)]
    sign(twice, manager, "unreachable", *days[:2])
    sign(long_ago, manager, "unreachable", *days[:2], add_months(today, -12) - timedelta(days=1))
    sign(reached, manager, "unreachable", *days)
    assert find() == {}


def test_a_settled_estate_counts_for_the_deceased_only(archive, find, manager, today):
    customer, alive = archive(today=today), archive(today=today)
    Customer.objects.filter(pk=customer.pk).update(status="deceased")
    for one in (customer, alive):
        sign(one, manager, "estate", today)
    assert find() == {(customer.pk, Rule.DECEASED): {"settled": today.isoformat()}}


def test_both_of_a_pair_are_found_with_the_other_one(archive, find, today):
    one = archive(today=today, name=NAME, birth_date=DAY, mobile="15411110001")
    two = archive(today=today, name=NAME, birth_date=DAY, mobile="15411110002")
    namesake = archive(today=today, name=NAME)
    Customer.objects.filter(pk__in=[one.pk, two.pk]).update(birth_date=BORN)
    Customer.objects.filter(pk=namesake.pk).update(birth_date=BORN + timedelta(days=1))
    assert find() == {
        (one.pk, Rule.DUPLICATE): {"others": {two.number: ["name"]}},
        (two.pk, Rule.DUPLICATE): {"others": {one.number: ["name"]}},
    }


def test_the_same_mobile_needs_the_same_birth_date(archive, find, today):
    one, two, child = (archive(today=today, mobile="15411110009") for _n in range(3))
    Customer.objects.filter(pk__in=[one.pk, two.pk]).update(birth_date=BORN)
    Customer.objects.filter(pk=child.pk).update(birth_date=date(2015, 1, 1))
    assert set(find()) == {(one.pk, Rule.DUPLICATE), (two.pk, Rule.DUPLICATE)}


def test_a_document_counts_wherever_it_stands(archive, find, today, manager):
    one, two, three = archive(today=today), archive(today=today), archive(today=today)
    for customer in (two, three):
        row = {"kind": "resident_id", "number": one.id_number}
        add_row(customer=customer, part="identitydocument", values=row, actor=manager, reason="x")
    found = find()
    assert found[two.pk, Rule.DUPLICATE] == {"others": {one.number: ["document"], three.number: ["document"]}}
    assert len(found) == 3


def test_an_archive_in_the_recycle_bin_is_nobodys_twin(archive, find, today, manager):
    one, two, three = (archive(today=today, name=NAME) for _n in range(3))
    Customer.objects.filter(pk__in=[one.pk, two.pk]).update(birth_date=BORN)
    row = {"kind": "resident_id", "number": one.id_number}
    add_row(customer=three, part="identitydocument", values=row, actor=manager, reason="x")
    assert len(find()) == 3
    Customer.objects.filter(pk__in=[two.pk, three.pk]).update(life="bin")
    assert find() == {}


def test_a_second_search_changes_nothing(archive, find, today):
    archive(opened=13, today=today)
    first = find()
    keys = list(DeadCandidate.objects.values_list("pk", flat=True))
    assert find() == first and list(DeadCandidate.objects.values_list("pk", flat=True)) == keys


def test_a_candidate_that_lives_again_disappears(archive, find, today):
    customer = archive(opened=13, today=today)
    assert find()
    make_account(customer=customer)
    assert find() == {}


def dismiss(customer, head, today):
    DeadCandidate.objects.filter(customer=customer).update(
        dismissed_by=head, dismissed_on=today, dismiss_reason="客户每年来一次"
    )


def test_a_dismissed_one_stays_dismissed_until_its_evidence_changes(archive, find, manager, head, today):
    customer = archive(today=today)
    sign(customer, manager, "unreachable", *(today - timedelta(days=n) for n in (30, 20, 10)))
    find()
    dismiss(customer, head, today)
    find()
    assert DeadCandidate.objects.get().dismissed_by == head
    sign(customer, manager, "unreachable", today)
    find()
    row = DeadCandidate.objects.get()
    assert (row.dismissed_by, row.dismiss_reason) == (None, "")


def test_chunks_add_up_and_a_broken_one_goes_on_where_it_ended(archive, today, now, monkeypatch):
    monkeypatch.setattr(finding, "CHUNK", 2)
    dead = [archive(opened=13, today=today) for _n in range(5)]
    look, seen = finding._look, []

    def break_once(after, upto, *rest):
        seen.append(after)
        if len(seen) == 2:
            raise RuntimeError("power")
        look(after, upto, *rest)

    monkeypatch.setattr(finding, "_look", break_once)
    assert not run_job(name=finding.JOB, period="2026-11", now=now)
    assert DeadCandidate.objects.count() == 2
    assert run_job(name=finding.JOB, period="2026-11", now=now + timedelta(hours=1))
    assert seen == [0, dead[1].pk, dead[1].pk, dead[3].pk]
    run = JobRun.objects.get(job=finding.JOB)
    assert (DeadCandidate.objects.count(), run.done, run.total) == (5, 5, 5)


def test_the_month_is_searched_once(db, now):
    periods = job_of(finding.JOB).periods
    assert len(periods(now)) == 1
    JobRun.objects.create(job=finding.JOB, period=periods(now)[0])
    finding.find_now(now=now)
    assert periods(now) == []
