"""What comes after the run marks it; it never moves anybody silently."""

from datetime import date

import pytest

from archives.models import CustomerClass, LateMark, Override, Proposal, Run
from crm.jobs.models import JobRun
from crm.jobs.services import run_job
from crm.notifications.models import Notice
from tests.archives import make_personal
from tests.classification.engine import WAN, compute, deposit, give_class, moment, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(outlet, now):
    """Two at 10 万元, one of them watched; one who holds nothing yet."""
    found = {name: make_personal(branch=outlet, now=now) for name in ("calm", "watched", "fresh")}
    accounts = {name: deposit(customer, 0 if name == "fresh" else 10) for name, customer in found.items()}
    give_class(found["watched"], "gold", below=0)
    return found, accounts


@pytest.fixture
def run(people):
    return compute()


def arrive(account, wan, *, booked=date(2026, 7, 1), loaded=date(2026, 10, 20)):
    account.postings.create(core_key=f"{booked}{wan}", booked_on=booked, amount_cents=wan * WAN, loaded_on=loaded)


def look(day=20):
    run_job(name="late-postings", period=f"2026-10-{day}", now=moment(2026, 10, day, 9))


def test_late_postings_mark_those_they_would_move(people, run, headoffice):
    customers, accounts = people
    before = proposed(run)
    arrive(accounts["calm"], 30)
    arrive(accounts["watched"], 15)
    arrive(accounts["fresh"], 1)
    look()
    marks = {mark.customer_id: mark for mark in LateMark.objects.all()}
    assert {pk: (m.new_code, m.verdict) for pk, m in marks.items()} == {
        customers["calm"].pk: ("gold", "first"),
        customers["watched"].pk: ("gold", "same"),
    }
    assert marks[customers["calm"].pk].average_cents == 40 * WAN
    assert marks[customers["calm"].pk].found_on == date(2026, 10, 20)
    assert proposed(run) == before and CustomerClass.objects.get().code == "gold"
    notice = Notice.objects.get(kind="classes-late")
    assert (notice.recipient, notice.params) == (headoffice, {"quarter": "2026Q3", "count": 2})


@pytest.mark.parametrize(
    ("quarter", "until", "is_ended", "code"),
    [
        ("2026Q2", date(2026, 9, 30), False, "diamond"),
        ("2026Q2", date(2026, 9, 29), False, "gold"),
        ("2026Q2", date(2026, 9, 30), True, "gold"),
        ("2026Q3", date(2026, 9, 30), False, "gold"),  # set upon what this run proposed
    ],
)
def test_only_an_override_that_the_run_knew_holds(people, run, head, president, now, quarter, until, is_ended, code):
    customers, accounts = people
    Override.objects.create(
        customer=customers["calm"], run=Run.objects.get_or_create(quarter=quarter)[0], code="diamond", reason="x",
        proposed_by=head, approver=president, until=until, at=now, ended_at=now if is_ended else None,
    )  # fmt: skip
    arrive(accounts["calm"], 30)
    look()
    assert LateMark.objects.get().new_code == code


def test_looking_twice_marks_and_tells_once(people, run, headoffice):
    arrive(people[1]["calm"], 30)
    look()
    JobRun.objects.filter(job="late-postings").delete()
    look()
    look(21)
    assert LateMark.objects.count() == 1
    assert Notice.objects.filter(kind="classes-late").count() == 1


def test_a_correction_takes_the_mark_away(people, run, headoffice):
    arrive(people[1]["calm"], 30)
    look()
    arrive(people[1]["calm"], -30, loaded=date(2026, 10, 21))
    look(21)
    assert not LateMark.objects.exists()


@pytest.mark.parametrize(
    ("booked", "loaded"),
    [
        (date(2026, 10, 2), date(2026, 10, 20)),  # of the next quarter
        (date(2026, 7, 1), date(2026, 10, 1)),  # there before the run looked
    ],
)
def test_what_was_in_time_is_not_late(people, run, booked, loaded):
    arrive(people[1]["calm"], 30, booked=booked, loaded=loaded)
    look()
    assert not LateMark.objects.exists()


def test_runs_of_the_last_four_quarters_are_looked_at(people, run):
    arrive(people[1]["calm"], 30, loaded=date(2027, 9, 20))
    run_job(name="late-postings", period="2027-09-30", now=moment(2027, 9, 30, 9))
    assert LateMark.objects.count() == 1
    arrive(people[1]["fresh"], 30, loaded=date(2027, 10, 2))
    run_job(name="late-postings", period="2027-10-02", now=moment(2027, 10, 2, 9))
    assert LateMark.objects.count() == 1


def test_someone_the_run_did_not_know_is_marked(people, run, outlet, now):
    new = make_personal(branch=outlet, now=now)
    arrive(deposit(new, 0), 30)
    look()
    assert LateMark.objects.get().customer == new
    assert not Proposal.objects.filter(customer=new).exists()
