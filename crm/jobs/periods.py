"""Which periods are due: everything since the last one that the ledger knows, oldest first.

A job that never ran starts with the current period. Hand one of these to `Job(periods=...)`:
`daily("expire-sessions")` gives "2026-11-24", `monthly(...)` "2026-11", `quarterly(...)` "2026Q4".
A period is due when its own time `hour` (of its first day) has come, in Asia/Shanghai.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from crm.jobs.models import JobRun


def daily(job: str, *, hour: int = 0) -> Callable[[datetime], list[str]]:
    return _since_last(job, hour, _day_label, _next_day)


def monthly(job: str, *, hour: int = 0, day: int = 1) -> Callable[[datetime], list[str]]:
    """`day` (1 to 28) moves the moment within the month; the period stays the month."""
    return _since_last(job, hour, _month_label, _next_month, day)


def quarterly(job: str, *, hour: int = 0) -> Callable[[datetime], list[str]]:
    return _since_last(job, hour, _quarter_label, _next_quarter)


def after_quarter(job: str, *, hour: int = 0, days: int = 0) -> Callable[[datetime], list[str]]:
    """Each quarter once it has ended, `days` days later: 2026Q3 is due from 1 October."""
    return _since_last(job, hour, _quarter_label, _next_quarter, days + 1, ended=True)


def after_half_year(job: str, *, hour: int = 0, days: int = 0) -> Callable[[datetime], list[str]]:
    """2026H1 is due from 1 July, `days` days later."""
    return _since_last(job, hour, _half_label, _next_half, days + 1, ended=True)


def after_year(job: str, *, hour: int = 0, days: int = 0) -> Callable[[datetime], list[str]]:
    """2026 is due from 1 January 2027, `days` days later."""
    return _since_last(job, hour, _year_label, _next_year, days + 1, ended=True)


def hourly(job: str) -> Callable[[datetime], list[str]]:
    """Only the current hour: a missed hour is not worth catching up."""
    return lambda now: [timezone.localtime(now).strftime("%Y-%m-%dT%H")]


def first_day(period: str) -> date:
    """First day of a period label: 2026-11-24, 2026-11, 2026Q4, 2026H2 or 2026."""
    for letter, months in (("Q", 3), ("H", 6)):
        if letter in period:
            year, n = period.split(letter)
            return date(int(year), int(n) * months - months + 1, 1)
    if len(period) == 4:
        return date(int(period), 1, 1)
    return date.fromisoformat(period if len(period) > 7 else f"{period}-01")


def last_day(period: str) -> date:
    """Last day of a period label: the cut-off of what is computed for it, whenever it is computed."""
    following = {4: _next_year, 6: _next_half if "H" in period else _next_quarter, 7: _next_month}
    return following.get(len(period), _next_day)(first_day(period)) - timedelta(days=1)


def _since_last(job, hour, label, following, day=1, ended=False):
    def periods(now):
        local = timezone.localtime(now)
        moment = (local - timedelta(hours=hour)).date() - timedelta(days=day - 1)
        newest = label(first_day(label(moment)) - timedelta(days=1)) if ended else label(moment)
        known = JobRun.objects.planned(job, until=newest).aggregate(last=Max("period"))["last"]
        if known is None:
            return [newest]
        due, start = [], following(first_day(known))
        while label(start) <= newest:
            due.append(label(start))
            start = following(start)
        return due

    return periods


def _day_label(day: date) -> str:
    return day.isoformat()


def _month_label(day: date) -> str:
    return f"{day:%Y-%m}"


def _quarter_label(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def _half_label(day: date) -> str:
    return f"{day.year}H{1 if day.month < 7 else 2}"


def _year_label(day: date) -> str:
    return f"{day.year}"


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _next_quarter(day: date) -> date:
    first = first_day(_quarter_label(day))
    return (first + timedelta(days=93)).replace(day=1)


def _next_half(day: date) -> date:
    return date(day.year, 7, 1) if day.month < 7 else date(day.year + 1, 1, 1)


def _next_year(day: date) -> date:
    return date(day.year + 1, 1, 1)
