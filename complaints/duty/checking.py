"""What stands in the way of a roster: gaps, double bookings, absences, people who left. Each with its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils.translation import gettext as _

from complaints.duty.models import Duty, Post
from complaints.duty.rules import (
    REQUIRED,
    Gap,
    Hours,
    Shift,
    Window,
    absent,
    days_of,
    double_bookings,
    gaps_of,
    open_windows,
)
from complaints.duty.selectors import away_of, hours_of, shifts_of
from crm.staff.models import Branch

GAP, DOUBLE, ABSENT, GONE = "gap", "double", "absent", "gone"


@dataclass(frozen=True)
class Problem:
    """`duty` is what to change; a gap has none: `post`, `starts`, `ends` say what to place."""

    kind: str
    day: date
    text: str
    duty: int | None = None
    post: str = ""
    starts: time | None = None
    ends: time | None = None


def duties_of(branch: Branch, first: date, last: date) -> list[Duty]:
    rows = Duty.objects.filter(branch=branch).between(first, last).for_page()
    return list(rows.prefetch_related("person__role_grants"))


def problems_of(
    branch: Branch, first: date, last: date, *, duties: Sequence[Duty] | None = None, hours: Hours | None = None
) -> list[Problem]:
    """Everything wrong from `first` to `last`, by day."""
    if last < first:
        return []
    duties = [duty for duty in (duties_of(branch, first, last) if duties is None else duties) if first <= duty.day <= last]  # fmt: skip
    hours = hours or hours_of(branch, first, last)
    shifts = shifts_of(duties)
    found = [one for day in days_of(first, last) for one in _gaps(day, open_windows(day, hours), shifts)]
    found += _doubles(branch, duties, first, last)
    away = away_of({duty.person_id for duty in duties}, first, last)
    by_key = {duty.pk: duty for duty in duties}
    found += [_absent(by_key[shift.key]) for shift in absent(shifts, away)]
    found += [_gone(duty) for duty in duties if not duty.person.is_active or duty.person.branch_id != branch.pk]
    return sorted(found, key=lambda problem: (problem.day, problem.kind, problem.starts or time(), problem.duty or 0))


def span(starts: time, ends: time) -> str:
    return f"{starts:%H:%M}–{ends:%H:%M}"


def _gaps(day: date, windows: Sequence[Window], shifts: Sequence[Shift]) -> list[Problem]:
    """One a post where nobody has it the whole day; else one an open span."""
    gaps = gaps_of(day, windows, [shift for shift in shifts if shift.day == day])
    found = []
    for post in REQUIRED:
        mine = [gap for gap in gaps if gap.post == post]
        if len(mine) > 1 and [(gap.starts, gap.ends) for gap in mine] == list(windows):
            found.append(_gap(day, post, mine))
        else:
            found += [_gap(day, post, [gap]) for gap in mine]
    return found


def _gap(day: date, post: str, gaps: Sequence[Gap]) -> Problem:
    told = {"day": day, "post": Post(post).label, "time": ", ".join(span(gap.starts, gap.ends) for gap in gaps)}
    text = _("%(day)s: nobody as “%(post)s” %(time)s") % told
    return Problem(GAP, day, text, post=post, starts=gaps[0].starts, ends=gaps[-1].ends)


def _doubles(branch: Branch, duties: Sequence[Duty], first: date, last: date) -> list[Problem]:
    """Also with duties of the same people at other outlets."""
    people = {duty.person_id for duty in duties}
    elsewhere = Duty.objects.filter(person__in=people).between(first, last).exclude(branch=branch).for_page()
    by_key = {duty.pk: duty for duty in [*duties, *elsewhere.prefetch_related("person__role_grants")]}
    found = []
    for one, other in double_bookings(shifts_of(by_key.values())):
        here = [by_key[shift.key] for shift in (one, other) if by_key[shift.key].branch_id == branch.pk]
        if not here:
            continue
        told = {
            "day": one.day,
            "who": here[0].person.name,
            "one": Post(one.post).label,
            "other": Post(other.post).label,
        }
        text = _("%(day)s: %(who)s is at two posts at once, “%(one)s” and “%(other)s”") % told
        found.append(Problem(DOUBLE, one.day, text, duty=here[-1].pk))
    return found


def _absent(duty: Duty) -> Problem:
    told = {"day": duty.day, "who": duty.person.name, "post": duty.get_post_display()}
    text = _("%(day)s: %(who)s is absent but placed as “%(post)s”") % told
    return Problem(ABSENT, duty.day, text, duty=duty.pk)


def _gone(duty: Duty) -> Problem:
    told = {"day": duty.day, "who": duty.person.name}
    return Problem(GONE, duty.day, _("%(day)s: %(who)s works here no longer") % told, duty=duty.pk)


def minutes_open(branch: Branch, day: date) -> dict[str, timedelta]:
    """Uncovered time of `day` by post."""
    hours = hours_of(branch, day, day)
    found = {str(post): timedelta() for post in Post.values}
    for gap in gaps_of(day, open_windows(day, hours), shifts_of(duties_of(branch, day, day))):
        found[gap.post] += _length(gap.starts, gap.ends)
    return found


def _length(starts: time, ends: time) -> timedelta:
    return timedelta(hours=ends.hour - starts.hour, minutes=ends.minute - starts.minute)
