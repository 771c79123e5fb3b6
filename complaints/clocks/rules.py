"""When a limit ends, what is left of it, when it warns, and which step starts and stops which clock. Pure.

The day a limit starts on is not counted and its last day ends at 24:00 (民法典 Art. 201, 203): a day's end is the
first moment of the next day. Statutory days are natural days and are not moved off a holiday (the safe side).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from complaints.cases.codes import Kind, Level
from complaints.cases.rules import Action
from complaints.clocks.codes import DAYS, HALF, MOST, ONE_DAY, OVER, THREE_DAYS, WORKED, ClockKind, Unit
from complaints.duty.rules import Hours, Window, open_windows
from crm.lib.dates import SHANGHAI, local_day
from crm.workdays.rules import WorkCalendar

ONE = timedelta(days=1)
EXACT = Decimal("1e-10")  # of an hour: finer than a microsecond
K, A = ClockKind, Action

# What each kind of matter is measured by (DOMAIN.md 9.11); only complaints have the consumer law's limits.
ALWAYS = frozenset({K.REGISTER, K.INTERNAL})
OF_COMPLAINT = ALWAYS | {K.ACKNOWLEDGE, K.CONTACT, K.CONTACT_RED, K.PLAN, K.STATUTORY}
MAJOR = frozenset({K.MAJOR_NOTICE, K.MAJOR_REPORT})
# A new round begins with somebody assigned: nothing is registered or acknowledged again.
ONCE = frozenset({K.REGISTER, K.ACKNOWLEDGE, K.REGULATOR})

STARTS: dict[str, frozenset[str]] = {
    A.CLOSE: frozenset({K.CALL_BACK}),
    A.ASK_REVIEW: frozenset({K.REVIEW}),
    A.TRANSFER_IN: frozenset({K.REGULATOR}),
}
WHOLE = frozenset(ClockKind) - {K.CALL_BACK, K.REVIEW}
STOPS: dict[str, frozenset[str]] = {
    A.ACCEPT: frozenset({K.ACKNOWLEDGE}),
    A.ACKNOWLEDGE: frozenset({K.ACKNOWLEDGE}),
    A.CONTACT: frozenset({K.CONTACT, K.CONTACT_RED}),
    A.PLAN: frozenset({K.PLAN}),
    A.CLOSE: WHOLE,
    A.SETTLE: WHOLE,
    A.CALL_BACK: frozenset({K.CALL_BACK}),
    A.DECIDE_REVIEW: frozenset({K.REVIEW}),
    A.ANSWER_BODY: frozenset({K.REGULATOR}),
}
# Ended without an answer of the bank: counts neither way.
VOIDS: dict[str, frozenset[str]] = {
    A.WITHDRAW: frozenset(ClockKind),
    A.MERGE: frozenset(ClockKind),
    A.REFUSE: frozenset(ClockKind),
    A.TRANSFER: frozenset(ClockKind),
    A.ARCHIVE: WHOLE | {K.CALL_BACK},
    A.REOPEN: WHOLE | {K.CALL_BACK},
}
ENDS = frozenset({A.CLOSE, A.SETTLE, *VOIDS}) - {A.REOPEN}
REFITS = frozenset({A.RETYPE, A.ESCALATE, A.SUPPLEMENT})  # kind, level or source may be others now
PAUSABLE = frozenset({K.PLAN, K.INTERNAL, K.STATUTORY})  # 鉴定、检测、评估 hold these up, and no others
RESTARTABLE = PAUSABLE  # new facts and reasons: the period begins again
OUTSIDE = frozenset({K.STATUTORY, K.REGULATOR})  # set by the law or a regulator: also warned by days
EXTENDED = {1: 30, 2: 60}  # natural days from the start, by step


@dataclass(frozen=True)
class OutletCalendar(WorkCalendar):
    """The bank's calendar with the hours of one outlet. Working days stay the bank's; hours are the outlet's own."""

    hours: Hours | None = None

    def windows_on(self, day: date) -> tuple[Window, ...]:
        return open_windows(day, self.hours) if self.hours else super().windows_on(day)


def wanted(kind: str, level: str, *, passed_on: bool, round: int = 1) -> frozenset[str]:
    """The clocks that a matter runs from its registration on, or from its reopening in a later round."""
    if kind == Kind.COMPLAINT:
        found = OF_COMPLAINT
    elif kind in (Kind.REPORT, Kind.PETITION):
        found = ALWAYS | {K.ACKNOWLEDGE}
    else:
        return ALWAYS if round == 1 else ALWAYS - ONCE
    found = found | (MAJOR if level == Level.MAJOR else frozenset()) | ({K.REGULATOR} if passed_on else frozenset())
    return found if round == 1 else found - ONCE


def end_of_day(day: date) -> datetime:
    """24:00 of `day`."""
    return datetime.combine(day + ONE, time(0), SHANGHAI)


def last_day(due: datetime) -> date:
    """The day on which a limit ends; 24:00 still belongs to the day before."""
    return local_day(due - timedelta(microseconds=1))


def due_moment(start: datetime, amount: Decimal, unit: str, calendar: WorkCalendar) -> datetime:
    """When `amount` of `unit` from `start` on is over."""
    if unit == Unit.NATURAL_DAYS:
        return end_of_day(local_day(start) + int(amount) * ONE)
    if unit == Unit.WORKING_DAYS:
        return end_of_day(calendar.add_workdays(local_day(start), int(amount)))
    if unit == Unit.WORKING_HOURS:
        return calendar.add_working_hours(start, float(amount))
    return start + _hours(amount)


def internal_due(own: datetime, statutory: datetime | None) -> datetime:
    """The earlier of the internal limit and the day before the statutory one."""
    return min(own, statutory - ONE) if statutory else own


def measured(start: datetime, end: datetime, unit: str, calendar: WorkCalendar) -> Decimal:
    """Time from a start to an end in `unit`, negative where the end lies before; an end at 24:00 ends its day."""
    return _between(start, end, unit, calendar, (local_day(start), last_day(end)))


def paused_for(paused: datetime, resumed: datetime, unit: str, calendar: WorkCalendar) -> Decimal:
    """What a pause takes out of a limit: exactly what its due moment moves by."""
    return _between(paused, resumed, unit, calendar, (local_day(paused), local_day(resumed)))


def difference(due: datetime, stopped: datetime, unit: str, calendar: WorkCalendar) -> Decimal:
    """Actual minus target; negative is early."""
    return _between(due, stopped, unit, calendar, (last_day(due), last_day(stopped)))


def _between(start: datetime, end: datetime, unit: str, calendar: WorkCalendar, days: tuple[date, date]) -> Decimal:
    if unit == Unit.NATURAL_DAYS:
        return Decimal((days[1] - days[0]).days)
    if unit == Unit.WORKING_DAYS:
        return Decimal(calendar.workdays_between(*days))
    if unit == Unit.CLOCK_HOURS:
        return _in_hours(end - start)
    if end < start:
        return -_between(end, start, unit, calendar, days)
    return Decimal(str(calendar.working_hours_between(start, end))).quantize(EXACT)


def left_of(now: datetime, due: datetime, unit: str, calendar: WorkCalendar) -> Decimal:
    """What is left of a limit at `now`, in its own unit; of a limit in days, the whole days after today."""
    return measured(now, due, unit, calendar)


def resumed_due(now: datetime, left: Decimal, unit: str, calendar: WorkCalendar) -> datetime:
    """Where a limit ends that had `left` when it was paused and runs on from `now`."""
    return due_moment(now, left, unit, calendar)


def counted_from(start: datetime, paused: Decimal, unit: str, calendar: WorkCalendar) -> datetime:
    """`start` moved by the time that did not count, so that shares of the limit leave the pauses out."""
    if not paused:
        return start
    if unit in DAYS:
        moved = due_moment(start, paused, unit, calendar) - ONE
        return datetime.combine(local_day(moved), start.astimezone(SHANGHAI).timetz(), SHANGHAI)
    return due_moment(start, paused, unit, calendar)


def warning_moments(
    start: datetime, due: datetime, unit: str, calendar: WorkCalendar, *, outside: bool
) -> list[tuple[int, datetime]]:
    """Levels with their moments, by time; shares of limits in working time are shares of working time."""
    found = [(HALF, at_share(start, due, 0.5, unit, calendar)), (MOST, at_share(start, due, 0.8, unit, calendar)), (OVER, due)]  # fmt: skip
    if outside:
        found += [(THREE_DAYS, max(due - 3 * ONE, start)), (ONE_DAY, max(due - ONE, start))]
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def at_share(start: datetime, due: datetime, share: float, unit: str, calendar: WorkCalendar) -> datetime:
    """The moment at which `share` of the time from `start` to `due` is gone."""
    if due <= start:
        return due
    if unit not in WORKED:
        return start + (due - start) * share
    hours = calendar.working_hours_between(start, due)
    return min(calendar.add_working_hours(start, hours * share), due) if hours else due


def share_used(start: datetime, due: datetime, now: datetime, unit: str, calendar: WorkCalendar) -> int:
    """Per cent of the time that is gone, 0 to 100."""
    if now >= due or due <= start:
        return 100
    if unit in WORKED:
        total = calendar.working_hours_between(start, due)
        return min(99, int(100 * calendar.working_hours_between(start, now) / total)) if total else 99
    return max(0, min(99, int(100 * ((now - start) / (due - start)))))


def next_warning(moments: list[tuple[int, datetime]], said: int) -> tuple[int, datetime] | None:
    """The first level above what was said; a lower level is never said after a higher one."""
    return next(((level, at) for level, at in moments if level > said), None)


def reached(moments: list[tuple[int, datetime]], said: int, now: datetime) -> list[int]:
    """Levels above `said` whose moment has come, from the lowest. Only the last of them is told."""
    return sorted(level for level, at in moments if level > said and at <= now)


def _hours(amount: Decimal) -> timedelta:
    return timedelta(hours=float(amount))


def _in_hours(span: timedelta) -> Decimal:
    return (Decimal(span // timedelta(microseconds=1)) / Decimal(3_600_000_000)).quantize(EXACT)
