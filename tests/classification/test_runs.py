"""The quarter's run: waits for deposits, proposes with evidence, is held where too much would move."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from archives.classification import running
from archives.classification.services import release_run
from archives.models import CustomerClass, FeedLoad, Level, Override, Proposal, Run, Scheme, Unit
from crm.jobs.models import JobRun
from crm.jobs.services import run_again, run_job, sweep
from crm.lib.refusals import Refused
from crm.notifications.models import Notice
from tests.archives import make_account, make_corporate, make_personal
from tests.classification.engine import AFTER, QUARTER, WAN, compute, deposit, give_class, moment, proposal_of, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(outlet, manager, now):
    return make_personal(branch=outlet, manager=manager, now=now)


def told(kind):
    return Notice.objects.filter(kind=kind)


def test_a_quarter_is_proposed_with_its_evidence(person, outlet, manager):
    account = deposit(person, 10)
    account.postings.create(core_key="x", booked_on=date(2026, 9, 1), amount_cents=92 * WAN, loaded_on=date(2026, 9, 1))
    run = compute()
    row = proposal_of(person)
    assert run.state == "proposed" and run.scheme.version == 1 and run.counts == {"first": 1}
    assert (row.average_cents, row.closing_cents, row.month_cents) == (40 * WAN, 102 * WAN, 102 * WAN)
    assert (row.old_code, row.new_code, row.verdict, row.days, row.below) == ("", "gold", "first", 92, 0)
    assert (row.branch, row.manager, row.kind) == (outlet, manager, "P")
    assert not CustomerClass.objects.exists()


def test_a_company_has_a_ladder_of_its_own(outlet, now):
    company = make_corporate(branch=outlet, now=now)
    deposit(company, 600)
    compute()
    assert proposal_of(company).new_code == "key"


def test_hidden_archives_and_later_accounts_are_not_proposed(person, outlet, now):
    hidden, late = make_personal(branch=outlet, now=now), make_personal(branch=outlet, now=now)
    deposit(person, 10)
    deposit(hidden, 10)
    deposit(late, 10, opened_on=QUARTER.next.first)
    type(hidden).everyone.filter(pk=hidden.pk).update(life="bin")
    compute()
    assert list(Proposal.objects.values_list("customer", flat=True)) == [person.pk]


def test_money_in_other_currencies_is_counted(person):
    from archives.models import ExchangeRate

    ExchangeRate.objects.create(day=date(2026, 1, 1), currency="USD", rate=Decimal("7"))
    deposit(person, 10)
    deposit(person, 6, currency="USD")
    compute()
    row = proposal_of(person)
    assert (row.average_cents, row.closing_cents, row.month_cents) == (52 * WAN, 52 * WAN, 52 * WAN)
    assert (row.verdict, row.new_code) == ("first", "platinum")


def test_someone_with_foreign_money_alone_is_proposed(person):
    from archives.models import ExchangeRate

    ExchangeRate.objects.create(day=date(2026, 1, 1), currency="USD", rate=Decimal("7"))
    deposit(person, 1, currency="USD")
    give_class(person, "gold")
    compute()
    assert (proposal_of(person).verdict, proposal_of(person).below) == ("watch", 1)


def test_an_earlier_override_keeps_its_class(person, head, president, now):
    deposit(person, 1)
    give_class(person, "gold", below=1)
    earlier = Run.objects.create(quarter="2026Q2", state="confirmed")
    fixed = Override.objects.create(
        customer=person, run=earlier, code="gold", reason="x", proposed_by=head, approver=president,
        until=QUARTER.last, at=now,
    )  # fmt: skip
    compute()
    assert (proposal_of(person).verdict, proposal_of(person).new_code) == ("same", "gold")
    Run.objects.filter(quarter=str(QUARTER)).delete()
    JobRun.objects.all().delete()
    Override.objects.filter(pk=fixed.pk).update(until=QUARTER.last - timedelta(days=1))
    compute()
    assert (proposal_of(person).verdict, proposal_of(person).new_code) == ("down", "ordinary")


def test_an_override_that_was_ended_no_longer_counts(person, head, president, now):
    deposit(person, 1)
    give_class(person, "gold", below=1)
    Override.objects.create(
        customer=person, run=Run.objects.create(quarter="2026Q2", state="confirmed"), code="gold", reason="x",
        proposed_by=head, approver=president, until=date(2027, 3, 31), at=now, ended_at=now,
    )  # fmt: skip
    compute()
    assert (proposal_of(person).verdict, proposal_of(person).new_code) == ("down", "ordinary")


def test_it_waits_until_every_day_is_loaded_and_says_which_are_missing(person, headoffice):
    deposit(person, 10, source="berka", until=None)
    load = FeedLoad.objects.create(
        profile="b", source="berka", folder="x", status="done", created_at=AFTER,
        covers_from=date(2026, 6, 1), covers_until=date(2026, 8, 31),
    )  # fmt: skip
    run = compute()
    ledger = JobRun.objects.get(job="reclassification")
    assert (run.state, run.missing_days) == ("waiting", [["2026-09-01", "2026-09-30"]])
    assert (ledger.status, ledger.attempts, ledger.retry_at) == ("waiting", 0, AFTER + running.AGAIN)
    assert "2026-09-01 - 2026-09-30" in ledger.error
    assert told("classes-waiting").get().recipient == headoffice
    FeedLoad.objects.create(
        profile="b", source="berka", folder="y", status="failed", created_at=AFTER,
        covers_from=date(2026, 9, 1), covers_until=date(2026, 9, 30),
    )  # fmt: skip
    assert compute(now=AFTER + timedelta(hours=2)).state == "waiting"
    assert told("classes-waiting").count() == 1
    FeedLoad.objects.filter(pk=load.pk).update(covers_until=date(2026, 9, 30), status="partly")
    run = compute(now=AFTER + timedelta(hours=4))
    assert (run.state, run.missing_days) == ("proposed", [])


def test_accounts_without_any_load_are_known_through_their_balances(person):
    deposit(person, 10, until=date(2026, 9, 29))
    assert compute().missing_days == [["2026-09-30", "2026-09-30"]]


def test_what_stood_before_the_first_load_is_known(person):
    account = deposit(person, 10, until=date(2026, 9, 30), source="berka")
    account.history.update(history_date=moment(2026, 9, 1))
    account.postings.create(core_key="x", booked_on=date(2026, 8, 30), amount_cents=1, loaded_on=date(2026, 8, 31))
    FeedLoad.objects.create(
        profile="b", source="berka", folder="x", status="done", created_at=moment(2026, 9, 30),
        covers_from=date(2026, 9, 2), covers_until=date(2026, 9, 30),
    )  # fmt: skip
    assert compute().missing_days == [["2026-08-31", "2026-09-01"]]


def test_a_bank_without_accounts_waits(bank):
    assert compute().missing_days == [["2026-07-01", "2026-09-30"]]


def test_a_quarter_whose_data_never_come_does_not_stop_the_next(person, headoffice):
    deposit(person, 10, until=date(2026, 12, 31), source="berka")
    FeedLoad.objects.create(
        profile="b", source="berka", folder="x", status="done", created_at=AFTER,
        covers_from=date(2026, 10, 1), covers_until=date(2026, 12, 31),
    )  # fmt: skip
    sweep(AFTER)
    sweep(moment(2026, 12, 31, 12))
    assert list(Run.objects.values_list("quarter", "state")) == [("2026Q3", "waiting")]
    sweep(moment(2027, 1, 1, 8))
    assert list(Run.objects.values_list("quarter", "state")) == [("2026Q4", "proposed"), ("2026Q3", "waiting")]
    assert told("classes-skipped").count() == 1
    again = JobRun.objects.get(job="reclassification", period="2026Q3")
    run_again(run=again, actor=headoffice, now=moment(2027, 1, 2))
    run_job(name="reclassification", period="2026Q3", now=moment(2027, 1, 2))
    assert Run.objects.get(quarter="2026Q3").state == "waiting"
    FeedLoad.objects.update(covers_from=date(2026, 7, 1))  # too late: the next quarter has overtaken it
    run_again(run=again, actor=headoffice, now=moment(2027, 1, 3))
    run_job(name="reclassification", period="2026Q3", now=moment(2027, 1, 3))
    assert Run.objects.get(quarter="2026Q3").state == "waiting"


def test_rerunning_changes_nothing(person, headoffice):
    account = deposit(person, 10)
    run = compute()
    before = proposed(run)
    account.postings.create(
        core_key="x", booked_on=date(2026, 9, 1), amount_cents=WAN * 900, loaded_on=date(2026, 10, 9)
    )
    run_again(run=JobRun.objects.get(job="reclassification"), actor=headoffice, now=AFTER + timedelta(days=9))
    again = compute(now=AFTER + timedelta(days=9))
    assert proposed(again) == before
    assert (again.computed_at, again.version, Unit.objects.count()) == (run.computed_at, run.version, 1)


def test_units_are_sub_branches_and_direct_outlets(bank, cast, now):
    for code in ("0101", "0102", "0201", "0901", "0000"):
        deposit(make_personal(branch=bank[code], now=now), 10)
    run = compute()
    assert {unit.branch.code: len(unit.branches) for unit in run.units.all()} == {
        "0100": 2,
        "0200": 1,
        "0901": 1,
        "0000": 1,
    }
    assert {notice.recipient for notice in told("classes-proposed")} == {cast["president"]}


@pytest.fixture
def many(outlet, now):
    """Ten with a class, four of them above it."""
    customers = [make_personal(branch=outlet, now=now) for _n in range(11)]
    for n, customer in enumerate(customers):
        deposit(customer, 60 if n < 4 else 30)
        if n < 10:
            give_class(customer, "gold")
    return customers


def test_an_implausible_run_is_held_until_head_office_releases_it(many, headoffice, president, head):
    run = compute()
    assert (run.state, run.moved_percent) == ("held", Decimal("40.00"))
    assert run.counts == {"up": 4, "same": 6, "first": 1}
    assert {notice.recipient for notice in told("classes-held")} == {headoffice}
    assert not told("classes-proposed").exists()
    with pytest.raises(Refused):
        release_run(run=run, actor=head, reason="x", now=AFTER)
    with pytest.raises(Refused):
        release_run(run=run, actor=headoffice, reason=" ", now=AFTER)
    released = release_run(run=run, actor=headoffice, reason="开门红", now=AFTER)
    assert (released.state, released.released_by, released.release_reason) == ("proposed", headoffice, "开门红")
    assert {notice.recipient for notice in told("classes-proposed")} == {president}
    for seen in (run, released):
        with pytest.raises(Refused, match=headoffice.name):
            release_run(run=seen, actor=headoffice, reason="再来", now=AFTER)
    Run.objects.update(state="confirmed")
    with pytest.raises(Refused):
        release_run(run=Run.objects.get(), actor=headoffice, reason="再来", now=AFTER)
    assert Run.objects.get().state == "confirmed"


def test_the_share_that_holds_a_run_is_set_with_the_thresholds(many):
    Scheme.objects.update(held_percent=40)
    assert compute().state == "proposed"


def test_a_quarter_is_measured_with_its_own_thresholds(person):
    newer = Scheme.objects.create(
        version=2, valid_from=date(2026, 10, 1), reason="x", state="adopted", proposed_at=AFTER
    )
    Level.objects.create(scheme=newer, kind="P", rank=0, code="diamond", floor_cents=0)
    deposit(person, 10, until=date(2026, 12, 31))
    compute()
    assert proposal_of(person).new_code == "active"
    compute(QUARTER.next, now=moment(2027, 1, 1, 8))
    assert proposal_of(person, QUARTER.next).new_code == "diamond"


def test_a_small_account_does_not_hide_a_posting_before_the_quarter(person):
    make_account(
        customer=person, opened_on=date(2026, 1, 5), balance_on=QUARTER.last,
        postings=[(date(2026, 1, 5), 30 * WAN), (date(2026, 9, 30), -30 * WAN)],
    )  # fmt: skip
    compute()
    row = proposal_of(person)
    assert row.average_cents == -(-30 * WAN * 91 * 2 // (92 * 2)) or abs(row.average_cents - 30 * WAN * 91 / 92) < 1
    assert (row.closing_cents, row.new_code) == (0, "gold")
