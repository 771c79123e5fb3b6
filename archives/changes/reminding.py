"""Requests that wait too long: a reminder after two working days, the next level after five."""

from datetime import datetime

from django.db import transaction

from archives.changes.models import ChangeRequest
from archives.changes.routing import may_decide, reroute_open
from archives.changes.rules import Action
from archives.changes.telling import tell_deciders
from archives.changes.transitions import transition
from crm.jobs.models import JobRun
from crm.jobs.services import heartbeat
from crm.lib.dates import local_day
from crm.lib.refusals import Refused
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up
from crm.workdays.services import work_calendar

REMIND_WD, ESCALATE_WD = 2, 5


def remind(*, now: datetime) -> dict[str, int]:
    """Remind and escalate what is due; each step once a round. Safe to run twice."""
    calendar, today = work_calendar(), local_day(now)
    counts = {"rerouted": reroute_open(now=now), "reminded": 0, "escalated": 0}
    for request in ChangeRequest.objects.open().for_routing().filter(escalated_at=None):
        waited = calendar.workdays_between(local_day(request.submitted_at), today)
        if waited > ESCALATE_WD:
            counts["escalated"] += _step(request, Action.ESCALATE, now)
        elif waited > REMIND_WD and request.reminded_at is None:
            counts["reminded"] += _step(request, Action.REMIND, now)
    return counts


def _step(request: ChangeRequest, action: Action, now: datetime) -> int:
    try:
        with transaction.atomic():
            if action == Action.REMIND:
                request = transition(request=request, action=action, actor=None, now=now, reminded_at=now)
                tell_deciders(request=request, kind="change-reminder", now=now)
                return 1
            superior = _superior(request)
            request = transition(
                request=request, action=action, actor=None, now=now, escalated_at=now, escalated_to=superior
            )
            tell_deciders(request=request, kind="change-reminder", now=now)
            if superior:
                params = {"number": request.number, "customer": request.subject.number, "who": "", "decider": ""}
                notify(
                    recipient=superior,
                    kind="change-escalated",
                    params=params,
                    link=f"/requests/{request.number}/",
                    now=now,
                )
    except Refused:
        return 0
    return 1


def _superior(request: ChangeRequest):
    """The next level who may decide, beside the proposer and the assignee."""
    passed = {pk for pk in (request.proposer_id, request.assignee_id) if pk}
    while upper := next_level_up(request.subject.branch, exclude=passed):
        if may_decide(upper, request.subject):
            return upper
        passed.add(upper.pk)
    return None


def run_reroute(*, period: str, run: JobRun, now: datetime) -> None:
    heartbeat(run, counts={"rerouted": reroute_open(now=now)})


def run(*, period: str, run: JobRun, now: datetime) -> None:
    heartbeat(run, counts=remind(now=now))
