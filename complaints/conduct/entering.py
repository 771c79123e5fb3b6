"""Write the ledger, open what a threshold brings, drop what an appeal takes back. All inside the caller's transaction."""

from datetime import date, datetime
from decimal import Decimal

from complaints.conduct import telling
from complaints.conduct.models import Consequence, PointEntry, PointProposal, PointRule
from complaints.conduct.rules import crossed
from complaints.conduct.standing import standing
from crm.lib.dates import local_day
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import User
from crm.staff.roles import Role
from crm.workdays.services import work_calendar


def lock_ledger_of(employee_id: int) -> User:
    """One writer an employee: two entries at once would each miss the threshold that they reach together."""
    return User.objects.select_for_update(no_key=True).get(pk=employee_id)


def enter(*, proposal: PointProposal, actor: User, now: datetime) -> PointEntry:
    """The line of a decided proposal; it counts from the day of the decision."""
    today = local_day(now)
    before = standing(proposal.employee, today).violations
    entry = PointEntry.objects.create(
        employee=proposal.employee,
        proposal=proposal,
        kind=proposal.rule.kind,
        points=proposal.points,
        award_cents=proposal.rule.award_cents,
        counts_on=today,
        at=now,
        by=actor,
    )
    if entry.kind == PointRule.Kind.VIOLATION:
        _open(entry, before, standing(proposal.employee, today).violations, now)
    return entry


def reverse(*, proposal: PointProposal, actor: User, now: datetime) -> PointEntry:
    """A new line that takes the first one back from the day it counts from, and drops what is reached no more."""
    entry = PointEntry.objects.get(proposal=proposal, reverses=None)
    reversal = PointEntry.objects.create(
        employee=entry.employee,
        proposal=proposal,
        kind=entry.kind,
        points=-entry.points,
        award_cents=-entry.award_cents,
        reverses=entry,
        counts_on=entry.counts_on,
        at=now,
        by=actor,
    )
    _drop(proposal.employee, proposal.number, now)
    return reversal


def owner_for(employee: User) -> User | None:
    """The head of the employee's outlet; for the head, or where there is none, the next level up."""
    head = None if Role.HEAD in employee.roles else outlet_head(employee.branch, exclude={employee.pk})
    return head or next_level_up(employee.branch, exclude={employee.pk})


def _open(entry: PointEntry, before: Decimal, after: Decimal, now: datetime) -> None:
    today, calendar = local_day(now), work_calendar()
    for threshold, kind, days in crossed(before, after):
        consequence = Consequence.objects.create(
            employee=entry.employee,
            kind=kind,
            threshold=threshold,
            entry=entry,
            owner=owner_for(entry.employee),
            opened_at=now,
            due_on=calendar.add_workdays(today, days),
        )
        telling.tell_owner(consequence, kind="consequence-opened", now=now)


def _drop(employee: User, number: str, now: datetime) -> None:
    """Open consequences whose threshold is reached neither today nor, without what was reversed, when they opened."""
    today = local_day(now)
    for consequence in Consequence.objects.open().filter(employee=employee).select_related("entry"):
        if _highest(employee, consequence.entry.counts_on, today) >= consequence.threshold:
            continue
        kept = Consequence.objects.open().filter(pk=consequence.pk)
        if kept.update(state=Consequence.State.DROPPED, done_at=now, note=number):
            telling.tell_owner(consequence, kind="consequence-dropped", now=now)


def _highest(employee: User, *days: date) -> Decimal:
    return max(standing(employee, day).violations for day in days)
