"""The quarterly customer-analysis meeting (客户分析会): opened with the proposals; closing it confirms the classes.

Minutes, figures and the confirmation of the unit are one transaction: there is no closed meeting without confirmed
classes and no confirmed class without its meeting.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.classification.flows import count_moves, levels_of, moves, narrow
from archives.classification.models import Override, Run, Unit
from archives.classification.services import confirm_unit
from archives.reviews.meetings import claim, ensure_may_run, open_meeting
from archives.reviews.models import Meeting
from crm.jobs.registry import Later
from crm.jobs.services import heartbeat, queue_run
from crm.lib.dates import Quarter, local_day
from crm.lib.refusals import Refused
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import Branch, User

JOB, FILING_JOB = "quarterly-meetings", "file-quarterly-minutes"
PATIENCE = timedelta(days=200)  # a quarter that nobody computes is left alone after this
FROZEN_ROWS = 500


def due_on(quarter: Quarter) -> date:
    return quarter.next.first.replace(day=settings.MEETING_QUARTERLY_DUE_DAY)


def run(*, period: str, run, now: datetime) -> None:
    """Open the meeting of every unit as soon as the quarter's run is proposed or released."""
    quarter = Quarter.parse(period)
    found = Run.objects.filter(quarter=str(quarter)).first()
    if found is None or found.state not in (Run.State.PROPOSED, Run.State.CONFIRMED):
        if local_day(now) > quarter.last + PATIENCE:
            return
        raise Later(
            now + timedelta(hours=1),
            _("The reclassification of %(quarter)s is not proposed yet.") % {"quarter": period},
        )
    units = list(found.units.select_related("branch").filter(state=Unit.State.WAITING).order_by("pk"))
    for done, unit in enumerate(units, start=1):
        with transaction.atomic():
            open_quarter(unit=unit, now=now)
            heartbeat(run, done=done, total=len(units), cursor={})


@transaction.atomic
def open_quarter(*, unit: Unit, now: datetime) -> Meeting:
    """The meeting that confirms `unit`; a second call changes nothing."""
    quarter = Quarter.parse(unit.run.quarter)
    meeting, new = open_meeting(
        kind=Meeting.Kind.QUARTERLY,
        branch=unit.branch,
        period=str(quarter),
        data_on=quarter.last,
        due_on=due_on(quarter),
        now=now,
    )
    if new:
        _tell(meeting, now)
    return meeting


def _tell(meeting: Meeting, now: datetime) -> None:
    leaders = dict.fromkeys(filter(None, (outlet_head(meeting.branch), next_level_up(meeting.branch))))
    for person in leaders:
        notify(
            recipient=person,
            kind="quarterly-opened",
            params={"number": meeting.number, "period": meeting.period, "due": meeting.due_on.isoformat()},
            link=reverse("reviews:quarterly", args=[meeting.number]),
            now=now,
            dedupe_key=f"quarterly-opened:{meeting.number}:{person.pk}",
        )


def unit_of(meeting: Meeting) -> Unit | None:
    """What `meeting` confirms."""
    units = Unit.objects.select_related("run__scheme", "branch", "confirmed_by")
    return units.filter(run__quarter=meeting.period, branch=meeting.branch_id).first()


def people_of(meeting: Meeting):
    """Who may host, record and attend: everybody at work in the meeting's branch and below it."""
    return (
        User.objects.active().filter(branch__in=Branch.objects.subtree_of(meeting.branch)).order_by("employee_number")
    )


def lacks_of(meeting: Meeting, now: datetime) -> list[str]:
    """What is missing before the meeting can be closed; empty when nothing is."""
    found = []
    if meeting.held_at is None:
        found.append(_("when it was held"))
    elif meeting.held_at > now:
        found.append(_("the meeting itself: it is held later"))
    if not meeting.host_id:
        found.append(_("the host"))
    if not meeting.recorder_id:
        found.append(_("the recorder"))
    if not meeting.attendances.filter(is_present=True).exists():
        found.append(_("who attended"))
    if not meeting.minutes.strip():
        found.append(_("the minutes"))
    return found


def confirm_quarter(
    *, meeting: Meeting, unit_version: int, actor, effective_on: date | None = None, now: datetime
) -> Meeting:
    """Close `meeting` as the caller saw it (its state and version) and confirm its unit as seen (`unit_version`).

    The classes count from `effective_on`, by default today and never earlier. Whoever comes second gets TooLate.
    """
    today = local_day(now)
    effective_on = effective_on or today
    if effective_on < today:
        raise Refused(
            _("Classes do not change in the past: the earliest day is today."),
            fields={"effective_on": _("Today or later.")},
        )
    if effective_on > Quarter.of(today).last:
        raise Refused(
            _("At the latest %(day)s: with the next quarter's run the classes are decided anew.")
            % {"day": Quarter.of(today).last.isoformat()},
            fields={"effective_on": _("Within this quarter.")},
        )
    with transaction.atomic():
        fresh = claim(meeting=meeting, state=Meeting.State.CLOSED, closed_by=actor, closed_at=now)
        ensure_may_run(actor, fresh)
        lacks = lacks_of(fresh, now)
        if lacks:
            raise Refused(_("Still missing: %(what)s.") % {"what": _("; ").join(lacks)})
        unit = unit_of(fresh)
        if unit is None:
            raise Refused(_("The run of this quarter has no part for this branch."))
        confirm_unit(
            unit=unit,
            version=unit_version,
            actor=actor,
            meeting_number=fresh.number,
            effective_on=effective_on,
            now=now,
        )
        fresh.frozen = figures_of(fresh, unit) | {"effective_on": effective_on.isoformat()}
        fresh.save(update_fields=["frozen"])
        queue_run(job=FILING_JOB, period=fresh.number, now=now)
    return fresh


def figures_of(meeting: Meeting, unit: Unit, *, at_most: int = FROZEN_ROWS) -> dict:
    """The figures as they stand, fit to be frozen: customers by their number only, the largest first."""
    rows = moves(run=unit.run, unit=unit)
    moved = narrow(rows, verdict="moved")
    lines = moved.order_by("-average_cents", "pk").values_list(
        "customer__number", "kind", "old_code", "new_code", "final", "verdict", "average_cents", "closing_cents", "month_cents", "below"
    )  # fmt: skip
    keys = ("number", "kind", "old", "proposed", "final", "verdict", "average", "closing", "month", "below")
    return {
        "scheme": unit.run.scheme.version if unit.run.scheme else None,
        "levels": levels_of(unit.run),
        "counts": count_moves(rows),
        "moved": moved.count(),
        "lines": [dict(zip(keys, line, strict=True)) for line in lines[:at_most]],
        "overrides": [_override_line(row) for row in standing_overrides(unit)],
        "people": {str(row.person_id): row.person.name for row in meeting.attendances.select_related("person")}
        | {str(user.pk): user.name for user in (meeting.host, meeting.recorder) if user},
    }


def standing_overrides(unit: Unit):
    """Overrides that count with the unit's confirmation."""
    here = moves(run=unit.run, unit=unit).exclude(override_code="").values("customer")
    rows = Override.objects.filter(run=unit.run, ended_at=None, customer__in=here)
    return rows.select_related("customer", "proposed_by", "approver").order_by("pk")


def _override_line(row: Override) -> dict:
    return {
        "number": row.customer.number,
        "code": row.code,
        "reason": row.reason,
        "until": row.until.isoformat(),
        "proposed_by": row.proposed_by.name,
        "approver": row.approver.name,
    }
