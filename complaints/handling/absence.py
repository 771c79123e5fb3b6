"""Whose absence outlasts the limit they would work against: short ones move no case."""

from datetime import datetime

from complaints.cases.codes import Role, State
from complaints.cases.models import Case
from complaints.clocks.models import ClockKind
from crm.lib.dates import local_day
from crm.staff.models import Absence

BEFORE_CONTACT = {State.REGISTERED, State.ACCEPTED, State.ASSIGNED}


def away_from(case: Case, role: str, now: datetime) -> frozenset[int]:
    """Who is absent today and not back before the day on which their work in `role` is due."""
    limit = limit_of(case, role)
    if limit is None:
        return frozenset()
    absent = Absence.objects.on(local_day(now)).filter(ends__gte=local_day(limit))
    return frozenset(absent.values_list("user", flat=True))


def limit_of(case: Case, role: str) -> datetime | None:
    """Of whoever contacts the customer: the nearest limit until that is done; else the bank's own closing limit."""
    if role == Role.CONTACT and case.state in BEFORE_CONTACT:
        return case.nearest_at
    internal = case.clocks.open().filter(round=case.round, kind=ClockKind.INTERNAL).first()
    return internal.due_at if internal else case.nearest_at
