"""Closing: refused with what is missing, frozen on every path, compared with the month before, filed."""

from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from archives.models import AgendaItem, Customer, KeyCustomer, Meeting, Supplement
from archives.reviews import closing
from archives.reviews.closing import close_meeting, file_minutes, lacks_of
from archives.reviews.comparing import compare, comparison_of, following_of
from archives.reviews.deciding import Section, add_customer, decide_item, finish_task, report_result, settle_rest
from archives.reviews.meetings import cite, claim, save_attendance, save_head, save_minutes, supplement
from archives.reviews.opening import refresh_agenda
from archives.reviews.paper import paper_context
from archives.reviews.selectors import key_entry_of, meeting_mentions, my_tasks, open_meetings_of
from crm.jobs.models import JobRun
from crm.jobs.services import run_job
from crm.lib import paper as documents
from crm.lib.dates import SHANGHAI
from crm.lib.paper import is_unaltered
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_item
from tests.races import at_once
from tests.reviews.monthly import (
    HELD,
    OPENED,
    WAN,
    deposit,
    fresh,
    hold_it,
    month_before,
    november,
    person,
    put_on_list,
    settle_all,
    staff_it,
)  # fmt: skip
from tests.reviews.pdf import pages_of, title_of

EARLIER = datetime(2026, 10, 28, 15, 0, tzinfo=SHANGHAI)


@pytest.fixture
def customers(outlet, manager):
    """Four with gaps, the first the richest."""
    found = [person(outlet, manager=manager, completeness=40 + n, name="欧阳明亮") for n in range(4)]
    deposit(found[0], (400, 90 * WAN), (20, 100))
    return found


@pytest.fixture
def meeting(outlet, head, customers):
    return november(outlet)


@pytest.fixture
def ready(meeting, head, teller, manager, customers):
    """Everything decided; the first customer on the list."""
    staff_it(meeting, host=head, recorder=teller)
    settle_all(meeting, actor=head, owner=manager, keys=(customers[0].number,))
    return fresh(meeting)


def test_each_lack_refuses_the_closing(meeting, head, teller, manager, customers):
    def missing() -> list[str]:
        return [lack.tab for lack in lacks_of(fresh(meeting))]

    assert missing() == ["people", "people", "people", "gaps", "key"]
    staff_it(meeting, host=head, recorder=teller)
    assert missing() == ["gaps", "key"]
    settle_rest(meeting=meeting, section="gaps", actor=head, now=HELD)
    with pytest.raises(Refused, match="4"):
        close_meeting(meeting=fresh(meeting), actor=head, now=HELD)
    settle_all(meeting, actor=head, owner=manager, keys=(customers[0].number,))
    assert missing() == []
    AgendaItem.objects.filter(decision="key").update(owner=None)
    assert missing() == ["key"]
    AgendaItem.objects.filter(decision="key").update(owner=manager, note="")
    assert missing() == ["key"]
    type(manager).objects.filter(pk=manager.pk).update(is_active=False)
    AgendaItem.objects.filter(decision="key").update(note="x")
    assert missing() == ["key"]
    assert fresh(meeting).is_open and not KeyCustomer.objects.exists()


def test_an_absent_meeting_is_not_closed(ready, head, teller):
    save_attendance(meeting=ready, actor=head, people={teller.pk: (False, "病假")})
    assert [lack.tab for lack in lacks_of(fresh(ready))] == ["people"]


@pytest.mark.parametrize("who", ["teller", "manager", "stranger_head", "service", "auditor"])
def test_only_who_leads_the_branch_closes(ready, cast, who):
    with pytest.raises(NotYours):
        close_meeting(meeting=ready, actor=cast[who], now=HELD)
    assert fresh(ready).is_open


def test_closing_fixes_the_list_with_the_values_of_the_day(ready, head, manager, customers):
    closed = close_meeting(meeting=ready, actor=head, now=HELD)
    (entry,) = closed.key_customers.all()
    assert (entry.customer, entry.number, entry.owner, entry.months) == (customers[0], customers[0].number, manager, 1)
    assert entry.reasons == ["gaps"] and entry.action == "面谈并约定续存"
    assert entry.values["balance"] == 90 * WAN + 100 and entry.values["completeness"] == 40
    assert entry.values["data_on"] == "2026-11-01" and entry.values["reasons"] == [{"code": "gaps", "percent": 40}]


def test_a_customer_decided_in_two_sections_stands_once_with_all_reasons(meeting, head, teller, manager, customers):
    staff_it(meeting, host=head, recorder=teller)
    for item in meeting.items.filter(number=customers[0].number):
        put_on_list(item, actor=head, owner=manager)
    settle_all(meeting, actor=head, owner=manager)
    closed = close_meeting(meeting=fresh(meeting), actor=head, now=HELD)
    assert closed.key_customers.get().reasons == ["gaps"]


def test_owners_are_told_once(ready, head, manager, teller):
    close_meeting(meeting=ready, actor=head, now=HELD)
    notice = Notice.objects.get(kind="meeting-work")
    assert notice.recipient == manager and notice.params == {"number": ready.number, "n": 1}


def test_a_purge_leaves_the_number(ready, head, customers):
    close_meeting(meeting=ready, actor=head, now=HELD)
    KeyCustomer.objects.update(customer=None)
    AgendaItem.objects.update(customer=None)
    context = paper_context(fresh(ready))
    assert [(row.number, row.name) for row in context["key_rows"]] == [(customers[0].number, "")]


def test_after_the_closing_every_path_is_refused(ready, head, manager, teller, outlet, customers):
    item, key = ready.items.first(), ready.items.filter(decision="key").first()
    cited, other = make_item(actor=teller, now=HELD), person(outlet)
    closed = close_meeting(meeting=ready, actor=head, now=HELD)
    before = state_of(closed)
    paths = [
        lambda: save_head(meeting=closed, actor=head, held_at=None, place="x", host=None, recorder=None),
        lambda: save_minutes(meeting=closed, actor=head, minutes="x"),
        lambda: save_attendance(meeting=closed, actor=head, people={}),
        lambda: cite(meeting=closed, actor=head, number=cited.number, now=HELD),
        lambda: decide_item(item=item, actor=head, decision="", now=HELD),
        lambda: decide_item(item=key, actor=head, decision="drop", now=HELD),
        lambda: settle_rest(meeting=closed, section="gaps", actor=head, now=HELD),
        lambda: add_customer(meeting=closed, actor=head, number=other.number, why="x", now=HELD),
        lambda: refresh_agenda(meeting=closed, actor=head, now=HELD),
        lambda: close_meeting(meeting=closed, actor=head, now=HELD),
        lambda: claim(meeting=closed, state="closed"),
        lambda: claim(meeting=closed, state="open"),
    ]
    for path in paths:
        with pytest.raises(TooLate, match=head.name), transaction.atomic():
            path()
    assert state_of(fresh(closed)) == before


def state_of(meeting) -> tuple:
    rows = [Meeting.objects.filter(pk=meeting.pk), meeting.items.all(), meeting.key_customers.all(), meeting.attendances.all(), meeting.citations.all()]  # fmt: skip
    return tuple(str(list(some.order_by("pk").values())) for some in rows)


def test_the_page_that_was_open_before_tells_who_closed(ready, head, president):
    stale = fresh(ready)
    close_meeting(meeting=ready, actor=head, now=HELD)
    with pytest.raises(TooLate, match=f"{head.name}.*2026-11-25 15:00"):
        close_meeting(meeting=stale, actor=president, now=HELD)


def test_a_supplement_is_added_below(ready, head, teller, president):
    with pytest.raises(Refused):
        supplement(meeting=ready, actor=head, text="太早", now=HELD)
    closed = close_meeting(meeting=ready, actor=head, now=HELD)
    supplement(meeting=closed, actor=president, text="第一户金额应为九十万", now=HELD)
    with pytest.raises(NotYours):
        supplement(meeting=closed, actor=teller, text="x", now=HELD)
    with pytest.raises(Refused):
        supplement(meeting=closed, actor=head, text="  ", now=HELD)
    assert Supplement.objects.get().author == president


# The next month


@pytest.fixture
def two_months(outlet, head, teller, manager, colleague, customers):
    """October fixed the first two (one each for two owners); November keeps the first and adds the third."""
    october = month_before(outlet)
    staff_it(october, host=head, recorder=teller, now=EARLIER)
    for n, owner in ((0, manager), (1, colleague)):
        put_on_list(october.items.get(section=Section.KEY, number=customers[n].number), actor=head, owner=owner, now=EARLIER)  # fmt: skip
    hold_it(october, host=head, recorder=teller, now=EARLIER)
    return fresh(october), november(outlet)


def test_the_next_meeting_compares_and_counts_on(two_months, head, teller, manager, customers):
    october, now = two_months
    first, second, third = (customers[n].number for n in range(3))
    assert set(now.items.filter(section=Section.EARLIER).values_list("number", flat=True)) == {first, second}
    put_on_list(now.items.get(section=Section.EARLIER, number=first), actor=head, owner=manager, result="partly", result_note="约到十二月")  # fmt: skip
    hold_it(now, host=head, recorder=teller, owner=manager, keys=(third,), result="not_done")
    compared = comparison_of(fresh(now))
    assert (compared.period, compared.added, compared.kept, compared.dropped) == ("2026-10", [third], [first], [second])
    assert dict(fresh(now).key_customers.values_list("number", "months")) == {third: 1, first: 2}
    assert {e.number: (e.result, e.result_by) for e in october.key_customers.all()} == {first: ("partly", head), second: ("not_done", head)}  # fmt: skip


def test_follow_through_is_counted_by_owner(two_months, head, teller, manager, colleague, customers):
    october, _now = two_months
    report_result(entry=october.key_customers.get(owner=manager), actor=manager, result="done", note="已办", now=OPENED)
    assert [(f.name, f.total, f.done, f.rate) for f in following_of(october)] == [
        (colleague.name, 1, 0, 0), (manager.name, 1, 1, 100),
    ]  # fmt: skip


def test_last_months_customer_needs_a_result(two_months, head):
    item = two_months[1].items.filter(section=Section.EARLIER).first()
    with pytest.raises(Refused) as refusal:
        decide_item(item=item, actor=head, decision="drop", now=HELD)
    assert "result" in refusal.value.fields


def test_results_are_frozen_with_the_next_meeting(two_months, head, teller, manager):
    october, now = two_months
    hold_it(now, host=head, recorder=teller)
    with pytest.raises(TooLate):
        report_result(entry=october.key_customers.get(owner=manager), actor=manager, result="done", note="x", now=HELD)


def test_an_agenda_older_than_last_months_closing_is_computed_anew_first(outlet, head, teller, manager, customers):
    october, now = month_before(outlet), november(outlet)
    hold_it(october, host=head, recorder=teller, owner=manager, keys=(customers[0].number,), now=EARLIER)
    assert "earlier" in [lack.tab for lack in lacks_of(now)]
    refresh_agenda(meeting=now, actor=head, now=HELD)
    assert [lack.text for lack in lacks_of(fresh(now)) if "anew" in lack.text] == []
    assert now.items.filter(section=Section.EARLIER).count() == 1
    assert not now.items.filter(section=Section.KEY, number=customers[0].number).exists()


@pytest.mark.parametrize(
    ("before", "now", "added", "kept", "dropped"),
    [
        ([], [], [], [], []),
        (["1"], [], [], [], ["1"]),
        ([], ["1"], ["1"], [], []),
        (["1", "2"], ["2", "3", "2"], ["3"], ["2"], ["1"]),
    ],
)
def test_lists_compare(before, now, added, kept, dropped):
    found = compare(before, now)
    assert (found.added, found.kept, found.dropped) == (added, kept, dropped)


# What others ask


def test_selectors_tell_of_open_meetings_work_and_mentions(meeting, head, teller, manager, customers, stranger, president, admin):  # fmt: skip
    assert [list(open_meetings_of(user)) for user in (head, teller, president, stranger, admin)] == [[meeting]] * 3 + [[], []]  # fmt: skip
    assert key_entry_of(customers[0]) is None and my_tasks(manager, HELD.date()) == []
    task = meeting.items.get(section=Section.GAPS, number=customers[1].number)
    decide_item(item=task, actor=head, decision="task", note="补证件", owner=manager, due_on=HELD.date(), now=HELD)
    hold_it(meeting, host=head, recorder=teller, owner=manager, keys=(customers[0].number,))
    assert key_entry_of(customers[0]).action == "面谈并约定续存" and key_entry_of(customers[1]) is None
    work = my_tasks(manager, HELD.date() + timedelta(days=1))
    assert [(w.kind, w.number, w.late) for w in work] == [("key", customers[0].number, True), ("task", customers[1].number, True)]  # fmt: skip
    finish_task(item=task, actor=manager, now=HELD)
    with pytest.raises(TooLate):
        finish_task(item=task, actor=manager, now=HELD)
    assert [w.kind for w in my_tasks(manager, HELD.date())] == ["key"]
    assert {m.section for m in meeting_mentions(customers[1])} == {"gaps", "key"}
    assert list(open_meetings_of(head)) == []


# The filed PDF


@pytest.mark.pango
def test_the_pdf_is_filed_once_and_tells_its_number(ready, head, settings):
    with pytest.raises(Refused):
        file_minutes(meeting=ready, now=HELD)
    closed = close_meeting(meeting=ready, actor=head, now=HELD)
    first = file_minutes(meeting=closed, now=HELD)
    content = first.document.open("rb").read()
    assert content.startswith(b"%PDF") and title_of(content) == closed.number and pages_of(content) >= 1
    assert is_unaltered(first) and "2026" in first.document.name
    assert file_minutes(meeting=closed, now=HELD + timedelta(days=1)).document.name == first.document.name
    assert len(list(settings.MEDIA_ROOT.rglob("*.pdf"))) == 1


@pytest.mark.pango
def test_the_ledger_files_what_the_page_could_not(ready, head, monkeypatch):
    closed = close_meeting(meeting=ready, actor=head, now=HELD)
    run = JobRun.objects.get(job=closing.FILING_JOB, period=closed.number)
    real = documents.render_pdf

    def broken(template, context):
        raise Refused("no Pango")

    monkeypatch.setattr(documents, "render_pdf", broken)
    assert not run_job(name=run.job, period=run.period, now=HELD)
    assert not fresh(closed).document and not fresh(closed).is_open
    monkeypatch.setattr(documents, "render_pdf", real)
    assert run_job(name=run.job, period=run.period, now=HELD + timedelta(days=1))
    assert fresh(closed).document


def test_paper_tells_everything_of_the_minutes(ready, head, teller, customers, client_of, time_machine):
    time_machine.move_to(HELD)
    save_minutes(meeting=ready, actor=head, minutes="各户分头跟进")
    closed = close_meeting(meeting=fresh(ready), actor=head, now=HELD)
    text = client_of(head).get(f"/meetings/{closed.number}/print/").content.decode()
    for piece in (closed.number, "2026-11-25 15:00", "二楼会议室", head.name, teller.name, "2026-11-01", "各户分头跟进", customers[0].number, "面谈并约定续存"):  # fmt: skip
        assert piece in text
    assert "欧阳明亮" not in text


# In the same instant


@pytest.mark.django_db(transaction=True)
def test_two_who_close_at_once_leave_one_list(ready, head, president):
    seen = [fresh(ready), fresh(ready)]
    results = at_once(
        lambda: close_meeting(meeting=seen[0], actor=head, now=HELD),
        lambda: close_meeting(meeting=seen[1], actor=president, now=HELD),
        errors=Refused,
    )
    assert sorted(isinstance(result, TooLate) for result in results) == [False, True]
    assert KeyCustomer.objects.count() == 1 and Notice.objects.filter(kind="meeting-work").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_decision_and_a_closing_at_once_never_both_count(ready, head, president):
    item = ready.items.filter(section=Section.GAPS).select_related("meeting").first()
    results = at_once(
        lambda: close_meeting(meeting=ready, actor=head, now=HELD),
        lambda: decide_item(item=item, actor=president, decision="", now=HELD),
        errors=Refused,
    )
    item.refresh_from_db()
    closed = not fresh(ready).is_open
    assert sorted(isinstance(result, Refused) for result in results) == [False, True]
    assert closed == (item.decision != "")


@pytest.mark.django_db(transaction=True)
def test_two_decisions_of_one_item_at_once_leave_one(ready, head, president):
    from archives.reviews.deciding import item_stamp

    item = ready.items.filter(section=Section.GAPS).select_related("meeting").first()
    old = item_stamp(item)
    results = at_once(
        lambda: decide_item(item=item, actor=head, decision="", note="一", seen=old, now=HELD),
        lambda: decide_item(item=item, actor=president, decision="", note="二", seen=old, now=HELD),
        errors=Refused,
    )
    assert sorted(isinstance(result, TooLate) for result in results) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_a_report_and_a_closing_at_once_agree(outlet, head, teller, manager, customers):
    october, now = month_before(outlet), None
    hold_it(october, host=head, recorder=teller, owner=manager, keys=(customers[0].number,), now=EARLIER)
    now = november(outlet)
    staff_it(now, host=head, recorder=teller)
    settle_all(now, actor=head, owner=manager, result="not_done")
    entry, seen = october.key_customers.get(), fresh(now)
    at_once(
        lambda: close_meeting(meeting=seen, actor=head, now=HELD),
        lambda: report_result(entry=entry, actor=manager, result="done", note="已办", now=HELD),
        errors=Refused,
    )
    entry.refresh_from_db()
    assert (entry.result == "done") == fresh(now).is_open
    assert Customer.objects.count() == 4 and date(2026, 11, 1) == now.data_on
