"""Working time: which days and hours the bank works, and how limits are counted in them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
WINDOWS = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
HOLIDAY, MAKEUP = "holiday", "makeup"


@dataclass(frozen=True)
class Day:
    """An exception to the week: a holiday, or a weekend day that is worked (调休)."""

    kind: str
    name: str = ""


@dataclass(frozen=True)
class WorkCalendar:
    """Exceptions above Monday to Friday. A year outside `known_years` counts weekends only; ask `unknown_years`."""

    exceptions: Mapping[date, Day] = field(default_factory=dict)
    known_years: frozenset[int] = frozenset()
    windows: tuple[tuple[time, time], ...] = WINDOWS

    def is_workday(self, day: date) -> bool:
        exception = self.exceptions.get(day)
        return exception.kind == MAKEUP if exception else day.weekday() < 5

    def windows_on(self, day: date) -> tuple[tuple[time, time], ...]:
        """The hours worked on `day`, in order; none on a day off."""
        return self.windows if self.is_workday(day) else ()

    def next_workday(self, day: date) -> date:
        """`day` itself if it is worked, else the first worked day after it."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def add_workdays(self, start: date, count: int) -> date:
        """The `count`-th working day after `start`, which is not counted itself (民法典 Art. 201).

        Negative counts go back; 0 is `start`.
        """
        step = timedelta(days=1 if count > 0 else -1)
        day, left = start, abs(count)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def workdays_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` lies before."""
        if end < start:
            return -self.workdays_between(end, start)
        days = (end - start).days
        return sum(self.is_workday(start + timedelta(days=i)) for i in range(1, days + 1))

    def unknown_years(self, start: date, end: date) -> list[int]:
        """Years from one day to the other, either first, whose holidays are not loaded: weekends count there."""
        first, last = sorted((start.year, end.year))
        return [year for year in range(first, last + 1) if year not in self.known_years]

    def add_working_hours(self, moment: datetime, hours: float) -> datetime:
        """The moment `hours` of working time after `moment` (aware), over several windows a day.

        0 hours give the first working moment; a limit ends with a window, not at the next one's beginning.
        """
        if hours < 0:
            raise ValueError("hours cannot be negative")
        left = timedelta(hours=hours)
        for begin, end in self._spans(moment):
            if left <= end - begin:
                return begin + left
            left -= end - begin
        raise OverflowError("no working time found")

    def working_hours_between(self, start: datetime, end: datetime) -> float:
        """Hours of working time between two aware moments; 0 when `end` is not later."""
        total = timedelta()
        for begin, finish in self._spans(start):
            if begin >= end:
                break
            total += min(finish, end) - begin
        return total / timedelta(hours=1)

    def _spans(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working windows from `moment` on; the first may have begun already."""
        if moment.tzinfo is None:
            raise ValueError("working time needs an aware moment")
        moment = moment.astimezone(SHANGHAI)
        day = moment.date()
        for _ in range(366 * 50):
            for opens, closes in self.windows_on(day):
                begin = max(datetime.combine(day, opens, SHANGHAI), moment)
                end = datetime.combine(day, closes, SHANGHAI)
                if begin < end:
                    yield begin, end
            day += timedelta(days=1)
