"""The agenda: each section from the archives as of the day, bounded, computed anew without losing decisions; the clock."""

from datetime import date, datetime, timedelta

import pytest

from archives.changes.deciding import decide_change
from archives.changes.proposing import items_of, propose_change
from archives.models import AgendaItem, Customer, Deletion, Intelligence, Meeting
from archives.reviews import agenda as agenda_of
from archives.reviews.agenda import compute_agenda
from archives.reviews.deciding import Section, decide_item
from archives.reviews.opening import JOB, due_on, month_periods, open_month, opens_on, refresh_agenda
from archives.reviews.sentences import evidence_of, sentence_of
from crm.jobs.models import JobRun
from crm.jobs.services import plan, run_job, sweep
from crm.lib.dates import SHANGHAI
from crm.notifications.models import Notice
from crm.staff.models import Branch
from tests.archives import make_item
from tests.reviews.monthly import (
    DAY,
    HELD,
    LONG_AGO,
    OPENED,
    WAN,
    ago,
    deposit,
    hold_it,
    month_before,
    november,
    person,
)


def at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, datetime.min.time(), SHANGHAI).replace(hour=hour)


def drafts(meeting: Meeting, section: str) -> list:
    return [draft for draft in compute_agenda(meeting, day=DAY).drafts if draft.section == section]


@pytest.fixture
def meeting(outlet, head):
    person(outlet)
    return november(outlet)


def test_the_worst_archives_come_first_with_their_heaviest_gaps(outlet, meeting):
    half, worst = person(outlet, completeness=50), person(outlet, completeness=20)
    found = drafts(meeting, Section.GAPS)
    assert [draft.number for draft in found[:2]] == [worst.number, half.number]
    assert found[0].facts["percent"] == 20 and len(found[0].facts["missing"]) == 5 < found[0].facts["count"]


def test_work_is_counted_by_person_between_two_meetings(outlet, meeting, teller, manager, colleague):
    first, second = person(outlet, manager=manager), person(outlet, manager=manager)

    def edit(customer, proposer, kind, key, value, day):
        request = propose_change(customer=customer, proposer=proposer, kind=kind, items={key: value}, reason_code="changed", reason_text="客户来访", base_version=Customer.objects.get(pk=customer.pk).version, now=at(day))  # fmt: skip
        decide_change(request=request, actor=manager, decisions={i.pk: ("accept", "") for i in items_of(request)}, now=at(day, 11))  # fmt: skip

    edit(first, teller, "supplement", "employer", "临江一中", ago(3))
    edit(second, teller, "supplement", "employer", "临江二中", ago(2))
    edit(first, teller, "edit", "address", "临江市城西区建设路18号", ago(0))
    edit(second, colleague, "edit", "address", "临江市城西区建设路19号", ago(31))  # the month before
    edit(first, colleague, "edit", "remark", "明日以后", DAY + timedelta(days=1))
    (draft,) = drafts(meeting, Section.WORK)
    assert draft.person_id == teller.pk
    assert draft.facts == {"supplements": 2, "edits": 1, "archives": 2, "first": "2026-10-02", "last": "2026-11-01"}


def test_requests_are_too_old_after_two_working_days(outlet, meeting, manager, teller):
    old, young = person(outlet, manager=manager), person(outlet, manager=manager)
    for customer, day in ((old, date(2026, 10, 27)), (young, date(2026, 10, 29))):  # DAY is a Sunday
        propose_change(customer=customer, proposer=teller, kind="edit", items={"address": "临江市城西区建设路18号"}, reason_code="changed", reason_text="搬家", base_version=1, now=at(day))  # fmt: skip
    (draft,) = drafts(meeting, Section.OLD_REQUESTS)
    assert draft.customer_id == old.pk and draft.person_id == manager.pk and draft.facts["workdays"] == 3


def bin_it(customer, manager, head, keep_until):
    request = propose_change(customer=customer, proposer=manager, kind="edit", items={"remark": "x"}, reason_code="wrong", reason_text="x", base_version=1, now=at(ago(40)))  # fmt: skip
    Customer.everyone.filter(pk=customer.pk).update(life="bin")
    return Deletion.objects.create(
        customer=customer, number=customer.number, branch=customer.branch, category="dead", request=request,
        proposer=manager, approver=head, approved_at=at(ago(35)), keep_until=keep_until,
    )  # fmt: skip


def test_deletions_that_are_due_come_before_those_kept(outlet, meeting, manager, head):
    kept, due = person(outlet, manager=head), person(outlet, manager=head)
    bin_it(kept, manager, head, DAY)
    bin_it(due, manager, head, ago(1))
    found = drafts(meeting, Section.DELETIONS)
    assert [(draft.number, draft.facts["state"]) for draft in found] == [(due.number, "due"), (kept.number, "kept")]


@pytest.mark.parametrize(("days", "found"), [(90, True), (91, False), (-5, True)])
def test_documents_count_within_ninety_days(outlet, meeting, days, found):
    customer = person(outlet)
    Customer.everyone.filter(pk=customer.pk).update(id_valid_until=DAY + timedelta(days=days))
    assert [draft.facts for draft in drafts(meeting, Section.DOCUMENTS)] == ([{"left": days}] if found else [])


def test_stale_intelligence_of_the_branch_is_listed(outlet, meeting, teller, stranger):
    own, fresh = make_item(actor=teller, now=LONG_AGO), make_item(actor=teller, now=OPENED)
    make_item(actor=stranger, now=LONG_AGO)
    Intelligence.objects.filter(pk=fresh.pk).update(valid_until=date(2027, 1, 1))
    Intelligence.objects.filter(pk=own.pk).update(valid_until=ago(3))
    assert [(d.item_id, d.facts) for d in drafts(meeting, Section.INTELLIGENCE)] == [(own.pk, {"over": 3})]


def test_last_months_customers_come_back_with_todays_reasons(outlet, head, teller, manager):
    watched = person(outlet, completeness=40, manager=manager)
    october = month_before(outlet)
    hold_it(october, host=head, recorder=teller, owner=manager, keys=(watched.number,))
    found = november(outlet).items.filter(number=watched.number, section__in=[Section.EARLIER, Section.KEY])
    (item,) = found
    assert item.section == Section.EARLIER and item.facts["months"] == 1
    assert [reason["code"] for reason in item.facts["reasons"]] == ["gaps"]


def test_a_section_is_bounded_and_counts_the_rest(outlet, monkeypatch, head):
    monkeypatch.setattr(agenda_of, "LIMIT", 2)
    for _n in range(5):
        person(outlet, completeness=30)
    found = november(outlet)
    assert found.items.filter(section=Section.GAPS).count() == found.items.filter(section=Section.KEY).count() == 2
    assert found.frozen["rest"] == {"gaps": 3, "key": 3}


def test_the_agenda_costs_few_queries_however_many_customers(outlet, head, django_assert_max_num_queries):
    for n in range(12):
        deposit(person(outlet, completeness=30 + n), (200, 12 * WAN), (1, 8 * WAN))
    with django_assert_max_num_queries(60):
        november(outlet)


def test_every_fact_reads_as_a_sentence(outlet, meeting, manager, teller, head):
    """Codes only in the facts; words come from the presentation."""
    customer = person(outlet, completeness=40, name="金丝雀")
    deposit(customer, (200, 19 * WAN), (1, -19 * WAN))
    refresh_agenda(meeting=meeting, actor=head, now=HELD)
    for item in meeting.items.all():
        assert sentence_of(item) or [evidence_of(reason) for reason in item.facts["reasons"]]
        assert "金丝雀" not in str(item.facts)


# Computed anew


def test_computing_anew_keeps_what_was_decided(outlet, meeting, head):
    first, second = person(outlet, completeness=30), person(outlet, completeness=35)
    refresh_agenda(meeting=meeting, actor=head, now=OPENED)
    decided = meeting.items.get(section=Section.KEY, number=first.number)
    decide_item(item=decided, actor=head, decision="drop", note="已约", now=OPENED)
    Customer.everyone.filter(pk__in=[first.pk, second.pk]).update(completeness=95)
    third = person(outlet, completeness=10)
    refresh_agenda(meeting=meeting, actor=head, now=HELD)
    rows = {item.number: item for item in meeting.items.filter(section=Section.KEY)}
    assert set(rows) == {first.number, third.number}
    assert (rows[first.number].decision, rows[first.number].note, rows[first.number].pk) == ("drop", "已约", decided.pk)
    assert rows[first.number].facts["completeness"] == 30


def test_computing_anew_moves_the_day_within_the_month_alone(outlet, meeting, head):
    assert refresh_agenda(meeting=meeting, actor=head, now=HELD).data_on == date(2026, 11, 24)
    later = datetime(2027, 2, 3, 9, 0, tzinfo=SHANGHAI)
    assert refresh_agenda(meeting=meeting, actor=head, now=later).data_on == date(2026, 11, 30)
    assert refresh_agenda(meeting=meeting, actor=head, now=HELD).data_on == date(2026, 11, 30)


# The clock


def test_a_meeting_is_due_on_the_last_working_day(outlet, meeting):
    assert (meeting.number, meeting.due_on, meeting.data_on) == ("ZT202611-0101", date(2026, 11, 30), DAY)
    assert (opens_on("2026-10"), due_on("2026-10")) == (date(2026, 10, 8), date(2026, 10, 30))  # after National Day


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (datetime(2026, 11, 1, 23, 0, tzinfo=SHANGHAI), []),  # a Sunday
        (datetime(2026, 11, 2, 5, 59, tzinfo=SHANGHAI), []),
        (datetime(2026, 11, 2, 6, 0, tzinfo=SHANGHAI), ["2026-11"]),
        (datetime(2026, 10, 7, 12, 0, tzinfo=SHANGHAI), []),
        (datetime(2026, 10, 8, 6, 0, tzinfo=SHANGHAI), ["2026-10"]),
    ],
)
def test_the_month_is_due_on_its_first_working_day_at_six(db, moment, due):
    assert month_periods()(moment) == due


def test_the_job_opens_every_branch_with_customers_once(bank, outlet, head, manager, colleague, stranger_head):
    person(outlet), person(bank["0201"])
    Branch.objects.filter(pk=bank["0901"].pk).update(is_active=False)
    person(bank["0901"])
    for _n in range(2):
        JobRun.objects.all().delete()
        assert run_job(name=JOB, period="2026-11", now=OPENED)
    assert set(Meeting.objects.values_list("branch__code", "period")) == {("0101", "2026-11"), ("0201", "2026-11")}
    told = Notice.objects.filter(kind="meeting-opened").values_list("recipient__username", flat=True)
    assert sorted(told) == ["colleague", "head", "manager", "stranger", "stranger_head"]


def test_months_that_were_missed_are_caught_up_oldest_first_with_their_own_day(outlet, head):
    customer = person(outlet)
    deposit(customer, (200, 12 * WAN), (70, 100), (40, 100), (0, 9 * WAN))  # moved on 1 November
    JobRun.objects.create(job=JOB, period="2026-08", status=JobRun.Status.DONE, created_at=LONG_AGO)
    plan(OPENED)
    JobRun.objects.exclude(job=JOB).delete()
    assert list(JobRun.objects.open().order_by("pk").values_list("period", flat=True)) == ["2026-09", "2026-10", "2026-11"]  # fmt: skip
    for run in JobRun.objects.open().order_by("pk"):
        assert run_job(name=JOB, period=run.period, now=OPENED)
    days = dict(Meeting.objects.values_list("period", "data_on"))
    assert days == {"2026-09": date(2026, 8, 31), "2026-10": date(2026, 10, 7), "2026-11": DAY}
    moved = AgendaItem.objects.filter(section=Section.KEY, number=customer.number)
    assert [item.meeting.period for item in moved] == ["2026-11"]


def test_opening_a_month_twice_leaves_its_agenda_alone(outlet, meeting):
    before = list(meeting.items.values())
    person(outlet, completeness=5)
    open_month(branch=outlet, period="2026-11", now=HELD)
    assert list(meeting.items.values()) == before


def test_the_sweep_runs_the_job(outlet, head, monkeypatch):
    person(outlet)
    from crm.jobs import services

    monkeypatch.setattr(services, "jobs", lambda: [job for job in registered if job.name == JOB])
    from crm.jobs.registry import jobs as all_jobs

    registered = all_jobs()
    assert sweep(OPENED) == 1 and Meeting.objects.count() == 1
