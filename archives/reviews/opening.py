"""The clock of the monthly meeting: opened on the month's first working day, due on its last; computed anew on request."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.urls import reverse

from archives.customers.models import Customer
from archives.reviews.agenda import compute_agenda, write_agenda
from archives.reviews.meetings import ensure_may_run, hold_open, open_meeting
from archives.reviews.models import Meeting
from crm.jobs.periods import first_day, monthly
from crm.jobs.services import heartbeat, yield_if_long
from crm.lib.dates import SHANGHAI, add_months, local_day
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import Branch, User
from crm.staff.roles import Role
from crm.workdays.services import work_calendar

JOB = "monthly-archive-meetings"
HOUR = 6


def opens_on(period: str) -> date:
    """The first working day of the month "2026-10"."""
    return work_calendar().next_workday(first_day(period))


def due_on(period: str) -> date:
    """Its last working day."""
    return work_calendar().add_workdays(add_months(first_day(period), 1), -1)


def month_periods(job: str = JOB) -> Callable[[datetime], list[str]]:
    """Months whose first working day has begun, oldest first: what `Job(periods=)` takes."""
    months = monthly(job, hour=HOUR)

    def periods(now: datetime) -> list[str]:
        return [month for month in months(now) if _moment(month) <= now]

    return periods


def _moment(period: str) -> datetime:
    return datetime.combine(opens_on(period), time(HOUR), SHANGHAI)


def run(*, period: str, run, now: datetime) -> None:
    """Open the month's meeting of every branch that has customers of its own; one branch a transaction."""
    branches = list(Branch.objects.active().filter(pk__in=Customer.objects.order_by().values("branch")).order_by("pk"))
    done = [pk for pk in run.cursor.get("branches", [])]
    for branch in branches:
        if branch.pk in done:
            continue
        done.append(branch.pk)
        with transaction.atomic():
            open_month(branch=branch, period=period, now=now)
            heartbeat(run, done=len(done), total=len(branches), cursor={"branches": done})
        yield_if_long(run)


@transaction.atomic
def open_month(*, branch: Branch, period: str, now: datetime) -> Meeting:
    """The meeting of `branch` for the month, with its agenda as of the day before it opened; a second call changes nothing.

    An earlier month that is caught up with later keeps its own day.
    """
    day = opens_on(period) - timedelta(days=1)
    meeting, new = open_meeting(
        kind=Meeting.Kind.MONTHLY, branch=branch, period=period, data_on=day, due_on=due_on(period), now=now
    )
    if new:
        write_agenda(meeting, compute_agenda(meeting, day=day))
        _tell(meeting, now)
    return meeting


@transaction.atomic
def refresh_agenda(*, meeting: Meeting, actor, now: datetime) -> Meeting:
    """Compute the agenda as of yesterday, at the latest the month's last day; what was decided stays."""
    fresh = hold_open(meeting=meeting)
    ensure_may_run(actor, fresh)
    last = add_months(first_day(fresh.period), 1) - timedelta(days=1)
    day = max(fresh.data_on, min(local_day(now) - timedelta(days=1), last))
    write_agenda(fresh, compute_agenda(fresh, day=day))
    return fresh


def _tell(meeting: Meeting, now: datetime) -> None:
    branch = meeting.branch
    head = outlet_head(branch) or next_level_up(branch)
    people = list(User.objects.active().at(branch).with_role(Role.MANAGER))
    for person in dict.fromkeys([head, *people] if head else people):
        notify(
            recipient=person,
            kind="meeting-opened",
            params={"number": meeting.number, "period": meeting.period, "due": meeting.due_on.isoformat()},
            link=reverse("reviews:meeting", args=[meeting.number]),
            now=now,
            dedupe_key=f"meeting-opened:{meeting.number}:{person.pk}",
        )
