"""The calendar by which the limits of an outlet count: the bank's days, the outlet's own hours."""

from complaints.clocks.rules import OutletCalendar
from complaints.duty.models import OpeningException, OpeningHours
from complaints.duty.rules import Exceptional, Hours, Window
from crm.workdays.rules import WorkCalendar
from crm.workdays.services import work_calendar


def calendar_of(branch_id: int) -> WorkCalendar:
    return calendars_of({branch_id})[branch_id]


def calendars_of(branches: set[int]) -> dict[int, WorkCalendar]:
    """A calendar each; three small queries, however many there are."""
    bank = work_calendar()
    weeks: dict[int, dict[int, tuple[Window, ...]]] = {}
    for branch, weekday, opens, closes in OpeningHours.objects.filter(branch__in=branches).values_list(
        "branch", "weekday", "opens", "closes"
    ):
        week = weeks.setdefault(branch, {})
        week[weekday] = (*week.get(weekday, ()), (opens, closes))
    days: dict[int, dict] = {}
    for row in OpeningException.objects.filter(branch__in=branches):
        hours = (row.opens, row.closes) if row.opens and row.closes else None
        days.setdefault(row.branch_id, {})[row.day] = Exceptional(row.is_open, hours)
    return {branch: _one(bank, weeks.get(branch, {}), days.get(branch, {})) for branch in branches}


def _one(bank: WorkCalendar, week: dict, days: dict) -> WorkCalendar:
    if not week and not days:
        return bank
    hours = Hours(bank, own=week, exceptions=days)
    return OutletCalendar(bank.exceptions, bank.known_years, bank.windows, hours=hours)
