"""When an outlet is open, who is needed there, and what is wrong with a roster. Pure.

No business hour without a head or approved substitute and a lobby manager (DOMAIN.md 6.3).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import pairwise

from crm.workdays.rules import HOLIDAY, WorkCalendar

Window = tuple[time, time]
HEAD, LOBBY, DUTY, LEADER = "head", "lobby", "duty", "leader"
REQUIRED = (HEAD, LOBBY)  # at every business hour
ON_REST_DAYS = (HEAD, LOBBY, DUTY)  # what the proposal places on weekends and holidays
WORKDAY, WEEKEND, HOLIDAYS = "workday", "weekend", "holiday"


@dataclass(frozen=True)
class Exceptional:
    """A day that differs; its own hours where they do too."""

    is_open: bool
    hours: Window | None = None


@dataclass(frozen=True)
class Hours:
    """Opening hours of one outlet: windows by weekday (none: the bank's), exceptions, the bank's calendar."""

    calendar: WorkCalendar
    own: Mapping[int, tuple[Window, ...]] = field(default_factory=dict)
    exceptions: Mapping[date, Exceptional] = field(default_factory=dict)


def kind_of(day: date, calendar: WorkCalendar) -> str:
    """Working day (make-up days too), statutory holiday, or weekend."""
    exception = calendar.exceptions.get(day)
    if exception and exception.kind == HOLIDAY:
        return HOLIDAYS
    return WORKDAY if calendar.is_workday(day) else WEEKEND


def open_windows(day: date, hours: Hours) -> tuple[Window, ...]:
    """Business hours of `day`, earliest first; none when the outlet is closed.

    An exception decides first. A statutory holiday is closed, a make-up day open. Else the outlet's own windows of the
    weekday hold; an outlet without any has the bank's on working days.
    """
    exception = hours.exceptions.get(day)
    if exception:
        if not exception.is_open:
            return ()
        return (exception.hours,) if exception.hours else usual_windows(day, hours)
    kind = kind_of(day, hours.calendar)
    if kind == HOLIDAYS:
        return ()
    if kind == WORKDAY:
        return _own(day, hours) if hours.own and day.weekday() < 5 else usual_windows(day, hours)
    return _own(day, hours)


def usual_windows(day: date, hours: Hours) -> tuple[Window, ...]:
    """Windows of a day that is open although its weekday may have none: its own, else a weekday's, else the bank's."""
    for weekday in (day.weekday(), *range(7)):
        if hours.own.get(weekday):
            return tuple(sorted(hours.own[weekday]))
    return hours.calendar.windows


def _own(day: date, hours: Hours) -> tuple[Window, ...]:
    return tuple(sorted(hours.own.get(day.weekday(), ())))


def overlapping(windows: Sequence[Window]) -> bool:
    ordered = sorted(windows)
    return any(later[0] < earlier[1] for earlier, later in pairwise(ordered))


@dataclass(frozen=True)
class Shift:
    """A duty in plain values. `counts`: the person holds the post, or stands in for somebody who does."""

    key: int
    day: date
    post: str
    starts: time
    ends: time
    person: int
    counts: bool = True


@dataclass(frozen=True, order=True)
class Gap:
    day: date
    starts: time
    ends: time
    post: str


def uncovered(windows: Iterable[Window], covers: Iterable[Window]) -> list[Window]:
    """What of `windows` no cover reaches, in order."""
    left, ordered = [], sorted(covers)
    for opens, closes in windows:
        at = opens
        for begins, ends in ordered:
            if ends <= at or begins >= closes:
                continue
            if begins > at:
                left.append((at, begins))
            at = max(at, ends)
        if at < closes:
            left.append((at, closes))
    return left


def gaps_of(day: date, windows: Iterable[Window], shifts: Iterable[Shift]) -> list[Gap]:
    """Business hours of `day` without somebody on a required post. A shift that does not count covers nothing."""
    windows, today = list(windows), [shift for shift in shifts if shift.day == day and shift.counts]
    found = []
    for post in REQUIRED:
        covers = [(shift.starts, shift.ends) for shift in today if shift.post == post]
        found += [Gap(day, starts, ends, post) for starts, ends in uncovered(windows, covers)]
    return sorted(found)


def clashes(one: Shift, other: Shift) -> bool:
    """The same person at two posts in the same minute; one shift may begin as the other ends."""
    same = one.person == other.person and one.day == other.day and one.key != other.key
    return same and one.starts < other.ends and other.starts < one.ends


def double_bookings(shifts: Iterable[Shift]) -> list[tuple[Shift, Shift]]:
    ordered = sorted(shifts, key=lambda s: (s.day, s.person, s.starts, s.key))
    return [
        (one, other)
        for place, one in enumerate(ordered)
        for other in _neighbours(ordered, place)
        if clashes(one, other)
    ]


def _neighbours(ordered: list[Shift], place: int) -> Iterable[Shift]:
    """Later shifts of the same person and day."""
    one = ordered[place]
    for other in ordered[place + 1 :]:
        if (other.day, other.person) != (one.day, one.person):
            return
        yield other


Away = Mapping[int, Sequence[tuple[date, date]]]


def is_away(person: int, day: date, away: Away) -> bool:
    """`away`: by person, absences from one day to another, both included."""
    return any(first <= day <= last for first, last in away.get(person, ()))


def absent(shifts: Iterable[Shift], away: Away) -> list[Shift]:
    return [shift for shift in shifts if is_away(shift.person, shift.day, away)]


def days_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
