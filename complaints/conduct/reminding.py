"""Every working morning: appeals whose last day is near or past, consequences that are late. Each step is told once."""

from datetime import date, datetime

from django.db import transaction

from complaints.conduct import telling
from complaints.conduct.models import Consequence, PointProposal
from complaints.conduct.rules import ESCALATE_WD, REMIND_WD
from crm.jobs.models import JobRun
from crm.jobs.periods import first_day
from crm.jobs.services import heartbeat
from crm.staff.hierarchy import next_level_up
from crm.staff.models import User
from crm.workdays.services import work_calendar


def remind_of_points(*, day: date, now: datetime) -> dict[str, int]:
    """Notices written as of `day`, by step. Safe to run twice, and late."""
    calendar = work_calendar()
    counts = {"appeals": 0, "consequences": 0, "escalated": 0}
    for proposal in PointProposal.objects.due_by(calendar.add_workdays(day, REMIND_WD)).for_page():
        step = "late" if proposal.appeal_due_on < day else "due"
        with transaction.atomic():
            counts["appeals"] += telling.tell(
                telling.appeal_decider_for(proposal),
                f"points-appeal-{step}",
                proposal,
                now,
                key=f"points-appeal:{proposal.pk}:{step}",
                day=proposal.appeal_due_on.isoformat(),
            )
    for consequence in Consequence.objects.overdue(day).for_page():
        late = calendar.workdays_between(consequence.due_on, day)
        with transaction.atomic():
            counts["consequences"] += _tell(consequence, "late", consequence.owner, now)
            if late > ESCALATE_WD:
                counts["escalated"] += _tell(consequence, "up", _above(consequence), now)
    return counts


def _tell(consequence: Consequence, step: str, person: User | None, now: datetime) -> bool:
    key = f"consequence:{consequence.pk}:{step}"
    return person is not None and telling.tell_owner(consequence, kind="consequence-late", now=now, to=person, key=key)


def _above(consequence: Consequence) -> User | None:
    passed = {pk for pk in (consequence.owner_id, consequence.employee_id) if pk}
    return next_level_up(consequence.employee.branch, exclude=passed)


def run(*, period: str, run: JobRun, now: datetime) -> None:
    """The ledger's job: the period is the day, so that a day caught up with tells of its own."""
    heartbeat(run, counts=remind_of_points(day=first_day(period), now=now))
