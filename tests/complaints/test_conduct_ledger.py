"""The ledger: entries, reversals, sums over the window, consequences, and the guard in SQL."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from complaints.conduct.defaults import ensure_default_rules
from complaints.conduct.reminding import remind_of_points
from complaints.conduct.services import decide_appeal, finish_consequence
from complaints.conduct.standing import entries_of, ledger_lines, standing
from complaints.models import Consequence, PointEntry, PointProposal, PointRule
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from crm.staff.models import Branch
from tests.cast import make_user
from tests.complaints.conduct_world import appealed, decided, propose, voided


@pytest.fixture(autouse=True)
def in_english():
    """What is refused is read in its source words."""
    with translation.override("en"):
        yield


TABLE = PointEntry._meta.db_table


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T02:00:00").replace(tzinfo=UTC)


def notices(person) -> list[str]:
    return list(Notice.objects.filter(recipient=person).order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def enter(teller, head, president):
    """Points in the ledger of the teller on a day."""

    def make(code="quarrel", day="2026-11-24", **who):
        people = {"employee": teller, "by": head, "decider": president} | who
        return decided(now=at(day), code=code, on=date.fromisoformat(day), **people)

    return make


def kinds(employee, state="open") -> list[str]:
    return list(Consequence.objects.filter(employee=employee, state=state).order_by("threshold").values_list("kind", flat=True))  # fmt: skip


def test_the_catalogue_is_seeded_once(db, now):
    items = {rule.code: rule.points for rule in PointRule.objects.filter(kind="violation")}
    assert items == {
        "plain-words": Decimal("0.5"), "first-receiver": 1, "complaint-at-fault": 2, "quarrel": 3, "regulator": 4,
        "concealment": 6, "disclosure": 12,
    }  # fmt: skip
    assert PointRule.objects.filter(kind="forbearance", award_cents=10000).exists()
    assert ensure_default_rules(now) == 0


def test_what_the_office_ended_stays_ended(db, now, today):
    PointRule.objects.filter(code="quarrel").update(valid_until=today)
    assert ensure_default_rules(now) == 0
    assert not PointRule.objects.in_force(today + timedelta(days=1)).filter(code="quarrel").exists()


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET points = 0",
        f"UPDATE {TABLE} SET counts_on = '2020-01-01' WHERE 1 = 1",
        f"DELETE FROM {TABLE}",
    ],
)
def test_the_ledger_refuses_to_be_edited_in_sql(enter, statement):
    enter()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert PointEntry.objects.get().points == 3


def test_the_ledger_refuses_to_be_emptied_or_replaced(enter):
    enter()
    entry = PointEntry.objects.get()
    columns = "id, employee_id, proposal_id, kind, points, award_cents, counts_on, at, by_id"
    values = f"SELECT id, employee_id, proposal_id, kind, 0, award_cents, counts_on, at, by_id FROM {TABLE}"
    replace = [f"INSERT OR REPLACE INTO {TABLE} ({columns}) {values}"]
    empty = ["SET CONSTRAINTS ALL IMMEDIATE", f"TRUNCATE {TABLE} CASCADE"]
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        for statement in replace if connection.vendor == "sqlite" else empty:
            cursor.execute(statement)
    entry.refresh_from_db()
    assert entry.points == 3


@pytest.mark.parametrize("write", ["save", "update", "delete", "bulk"])
def test_the_orm_is_refused_too(enter, write):
    enter()
    entry = PointEntry.objects.get()
    entry.points = Decimal(0)
    ways = {
        "save": entry.save,
        "update": lambda: PointEntry.objects.update(points=0),
        "delete": entry.delete,
        "bulk": lambda: PointEntry.objects.bulk_update([entry], ["points"]),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        ways[write]()
    assert PointEntry.objects.get().points == 3


def test_a_negative_line_is_only_a_reversal(enter, teller, head, now):
    proposal = enter()
    with pytest.raises(IntegrityError), transaction.atomic():
        PointEntry.objects.create(employee=teller, proposal=proposal, kind="violation", points=-3, counts_on=now.date(), at=now, by=head)  # fmt: skip


@pytest.mark.parametrize(
    ("day", "violations"),
    [("2026-11-23", 0), ("2026-11-24", 3), ("2027-11-23", 3), ("2027-11-24", 0), ("2028-01-01", 0)],
)
def test_an_entry_counts_for_twelve_months(enter, teller, day, violations):
    enter()
    assert standing(teller, date.fromisoformat(day)).violations == violations


@pytest.mark.parametrize(("day", "violations"), [("2024-02-29", 3), ("2025-02-28", 3), ("2025-03-01", 0)])
def test_an_entry_of_the_leap_day(enter, teller, day, violations):
    enter(day="2024-02-29")
    assert standing(teller, date.fromisoformat(day)).violations == violations


def test_praise_and_awards_take_nothing_off(enter, teller):
    enter("quarrel")
    enter("major-settled")
    enter("forbearance-200")
    found = standing(teller, date(2026, 11, 24))
    assert (found.violations, found.praise, found.award_cents) == (3, 2, 20000)
    assert found.next_threshold == 6


def test_a_reversal_is_a_new_line_of_the_same_day(enter, teller, headoffice, president, head):
    proposal = voided(employee=teller, by=head, decider=president, third=headoffice, now=at("2026-11-24"))
    first, second = PointEntry.objects.filter(proposal=proposal).order_by("pk")
    assert (first.points, second.points, second.reverses) == (3, -3, first)
    assert first.counts_on == second.counts_on
    assert standing(teller, date(2026, 11, 24)).violations == 0
    assert standing(teller, date(2027, 11, 23)).violations == 0


def test_thresholds_open_their_consequence_for_the_outlets_head(enter, teller, head):
    enter("complaint-at-fault")
    assert kinds(teller) == []
    enter("complaint-at-fault", "2026-11-25")
    assert kinds(teller) == ["talk"]
    task = Consequence.objects.get()
    assert (task.owner, task.due_on, task.threshold) == (head, date(2026, 12, 2), 3)
    assert "consequence-opened" in notices(head)
    enter("plain-words", "2026-11-26")
    assert kinds(teller) == ["talk"]


def test_one_entry_may_reach_them_all(enter, teller):
    enter("disclosure")
    assert kinds(teller) == ["talk", "criticism", "training", "transfer"]


def test_of_the_head_the_next_level_up_owns_it(enter, head, president, service):
    enter(employee=head, by=service)
    assert Consequence.objects.get().owner == president


def test_of_the_president_it_is_somebody_else(enter, president, service, headoffice):
    enter(employee=president, by=service, decider=headoffice)
    assert Consequence.objects.get().owner == headoffice


def test_what_left_the_window_does_not_reach_the_threshold_again(enter, teller):
    enter("complaint-at-fault", "2025-11-01")
    enter("complaint-at-fault", "2026-11-24")
    assert kinds(teller) == []


def test_a_threshold_reached_anew_opens_anew(enter, teller):
    enter("quarrel", "2025-11-01")
    enter("quarrel", "2026-11-24")
    assert kinds(teller) == ["talk", "talk"]


def test_praise_opens_nothing(enter, teller):
    enter("complaint-at-fault")
    enter("major-settled")
    assert kinds(teller) == []


def test_a_reversal_drops_what_is_reached_no_more(enter, teller, head, president, headoffice):
    enter("complaint-at-fault")
    proposal = appealed(employee=teller, by=head, decider=president, now=at("2026-11-25"), code="regulator")
    assert kinds(teller) == ["talk", "criticism"]
    decide_appeal(proposal=proposal, grant=True, answer="证据不足", actor=headoffice, now=at("2026-11-26"))
    assert kinds(teller) == [] and kinds(teller, "dropped") == ["talk", "criticism"]
    assert notices(head).count("consequence-dropped") == 2


def test_a_reversal_leaves_what_is_still_reached(enter, teller, head, president, headoffice):
    enter("quarrel")
    proposal = appealed(employee=teller, by=head, decider=president, now=at("2026-11-25"), code="quarrel")
    assert kinds(teller) == ["talk", "criticism"]
    decide_appeal(proposal=proposal, grant=True, answer="证据不足", actor=headoffice, now=at("2026-11-26"))
    assert kinds(teller) == ["talk"] and kinds(teller, "dropped") == ["criticism"]


def test_a_later_reversal_leaves_what_was_reached_without_it(enter, teller, head, president, headoffice):
    """The entry behind the talk has left the window by then; the talk was due all the same."""
    enter("quarrel", "2025-11-27")
    proposal = appealed(employee=teller, by=head, decider=president, now=at("2026-11-25"), code="plain-words")
    decide_appeal(proposal=proposal, grant=True, answer="证据不足", actor=headoffice, now=at("2026-12-01"))
    assert standing(teller, date(2026, 12, 1)).violations == 0
    assert kinds(teller) == ["talk"]


def test_what_is_done_stays_done(enter, teller, head, president, headoffice, now):
    proposal = appealed(employee=teller, by=head, decider=president, now=at("2026-11-25"))
    finish_consequence(consequence=Consequence.objects.get(), note="11月26日谈话", actor=head, now=now)
    decide_appeal(proposal=proposal, grant=True, answer="证据不足", actor=headoffice, now=at("2026-11-26"))
    assert kinds(teller, "done") == ["talk"]


@pytest.mark.parametrize("name", ["teller", "colleague", "stranger_head", "auditor", "lobby"])
def test_others_do_not_finish_a_consequence(enter, cast, name, now):
    enter()
    with pytest.raises(NotYours):
        finish_consequence(consequence=Consequence.objects.get(), note="已谈", actor=cast[name], now=now)


def test_a_consequence_is_finished_once_with_a_note(enter, head, president, now):
    enter()
    task = Consequence.objects.get()
    with pytest.raises(Refused, match="Say when"):
        finish_consequence(consequence=task, note=" ", actor=head, now=now)
    assert finish_consequence(consequence=task, note="已谈话", actor=head, now=now).done_by == head
    with pytest.raises(TooLate):
        finish_consequence(consequence=task, note="又谈", actor=president, now=now)


def test_entries_of_a_branch_say_where_they_come_from(enter, bank, teller, stranger, stranger_head, headoffice, now):
    enter("quarrel")
    enter("concealment")
    enter(employee=stranger, by=stranger_head, decider=headoffice)
    rows = entries_of(bank["0100"], date(2026, 11, 1), date(2026, 11, 30))
    assert {(row.code, row.source, row.for_scorecard) for row in rows} == {("quarrel", "inspection", True), ("concealment", "inspection", True)}  # fmt: skip
    assert entries_of(bank["0000"], date(2026, 11, 1), date(2026, 11, 30)).count() == 3
    assert not entries_of(bank["0101"], date(2026, 12, 1), date(2026, 12, 31)).exists()


def test_the_ledger_has_the_highest_first(enter, teller, colleague, bank):
    enter("complaint-at-fault")
    enter("quarrel", employee=colleague)
    lines = ledger_lines(Branch.objects.subtree_of(bank["0100"]), date(2026, 11, 24))
    assert [(line.employee, line.standing.violations, line.open_consequences) for line in lines] == [(colleague, 3, 1), (teller, 2, 0)]  # fmt: skip


def test_reminders_come_once_a_step(enter, teller, head, president, headoffice):
    proposal = appealed(employee=teller, by=head, decider=president, now=at("2026-11-02"))
    due = proposal.appeal_due_on
    assert due == date(2026, 11, 16)
    before = len(notices(headoffice))
    for day, appeals in ((date(2026, 11, 11), 0), (date(2026, 11, 12), 1), (date(2026, 11, 13), 0), (date(2026, 11, 17), 1), (date(2026, 11, 18), 0)):  # fmt: skip
        assert remind_of_points(day=day, now=at(str(day)))["appeals"] == appeals, day
    assert notices(headoffice)[before:] == ["points-appeal-due", "points-appeal-late"]


def test_a_late_consequence_is_told_once_then_goes_up(enter, teller, head, president):
    enter(day="2026-11-02")
    task = Consequence.objects.get()
    assert task.due_on == date(2026, 11, 9)
    seen = [tuple(remind_of_points(day=date(2026, 11, day), now=at(f"2026-11-{day:02}")).values())[1:] for day in range(9, 19)]  # fmt: skip
    assert [day for day, pair in enumerate(seen, 9) if pair[0]] == [10]
    assert [day for day, pair in enumerate(seen, 9) if pair[1]] == [17]
    assert notices(head).count("consequence-late") == 1 and notices(president).count("consequence-late") == 1


def test_the_database_keeps_three_people_apart(teller, head, president, now):
    proposal = propose(employee=teller, by=head, now=now)
    rows = PointProposal.objects.filter(pk=proposal.pk)
    for change in (
        {"proposed_by": teller},
        {"decided_by": head},
        {"decided_by": teller},
        {"state": "decided"},
        {"decided_by": president, "appeal_decided_by": president},
        {"decided_by": president, "appeal_decided_by": head},
        {"decided_by": president, "appeal_decided_by": teller},
        {"inspection": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


def test_a_head_among_several_is_still_the_head(bank, head, president, service, enter):
    make_user(username="head2", role="head", branch=bank["0101"])
    enter(employee=head, by=service)
    assert Consequence.objects.get().owner == president


def test_days_are_the_banks(teller, head, president):
    """23:30 UTC is the next morning in Shanghai."""
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    decided(employee=teller, by=head, decider=president, now=late)
    assert PointEntry.objects.get().counts_on == local_day(late) == date(2026, 11, 24)
