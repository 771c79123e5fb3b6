"""Opening hours of an outlet: its week, and the days that differ."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.duty.access import ensure_may_plan
from complaints.duty.models import OpeningException, OpeningHours
from complaints.duty.rules import Window, overlapping
from crm.lib.dates import local_day
from crm.lib.refusals import Refused, TooLate
from crm.lib.wording import typed
from crm.staff.models import Branch

WEEK = range(7)


def week_of(branch: Branch) -> dict[int, list[Window]]:
    week: dict[int, list[Window]] = {weekday: [] for weekday in WEEK}
    for row in OpeningHours.objects.filter(branch=branch).order_by("weekday", "opens"):
        week[row.weekday].append((row.opens, row.closes))
    return week


def stamp(week: Mapping[int, Sequence[Window]]) -> str:
    """The week in one line: what a page saw, compared when it comes back."""
    return ";".join(
        f"{weekday}:" + ",".join(f"{opens:%H%M}-{closes:%H%M}" for opens, closes in week[weekday]) for weekday in WEEK
    )


@transaction.atomic
def set_week(*, branch: Branch, actor, now: datetime, week: Mapping[int, Sequence[Window]], seen: str) -> None:
    """Make the outlet's week exactly `week`; no window at all: the bank's hours hold again."""
    ensure_may_plan(actor, branch)
    _ensure_sound(week)
    Branch.objects.select_for_update().get(pk=branch.pk)
    old = week_of(branch)
    if stamp(old) != seen:
        raise TooLate(_("Somebody changed these hours meanwhile: look at them again."))
    for row in OpeningHours.objects.filter(branch=branch):
        if (row.opens, row.closes) not in week.get(row.weekday, ()):
            row._history_user = actor
            row.delete()
    for weekday in WEEK:
        for opens, closes in week.get(weekday, ()):
            if (opens, closes) not in old[weekday]:
                _keep(OpeningHours(branch=branch, weekday=weekday, opens=opens, closes=closes), actor)


def _ensure_sound(week: Mapping[int, Sequence[Window]]) -> None:
    for weekday, windows in week.items():
        if any(closes <= opens for opens, closes in windows):
            _at(f"day_{weekday}", _("Closing comes after opening."))
        if overlapping(windows):
            _at(f"day_{weekday}", _("These windows overlap: part them."))


@transaction.atomic
def set_exception(
    *, branch: Branch, actor, now: datetime, day: date, is_open: bool, opens: time | None = None, closes: time | None = None, reason: str = ""
) -> OpeningException:  # fmt: skip
    """Open or close the outlet on one day; a second one for the same day replaces the first."""
    ensure_may_plan(actor, branch)
    if day < local_day(now):
        _at("day", _("A day that has passed stays as it was."))
    text = typed(reason, 100, field="reason", missing=_("Say why the day differs."))
    if bool(opens) != bool(closes):
        _at("closes", _("Give both times, or none for the usual hours."))
    if opens and closes and closes <= opens:
        _at("closes", _("Closing comes after opening."))
    if opens and not is_open:
        _at("opens", _("A closed day has no hours."))
    row = OpeningException.objects.filter(branch=branch, day=day).first() or OpeningException(branch=branch, day=day)
    row.is_open, row.opens, row.closes, row.reason = is_open, opens, closes, text
    return _keep(row, actor)


@transaction.atomic
def remove_exception(*, exception: OpeningException, actor, now: datetime) -> None:
    ensure_may_plan(actor, exception.branch)
    if exception.day < local_day(now):
        raise Refused(_("A day that has passed stays as it was."))
    exception._history_user = actor
    exception.delete()


def _keep(row, actor):
    row._history_user = actor
    row.save()
    return row


def _at(field: str, message: str) -> None:
    raise Refused(message, fields={field: [message]})
