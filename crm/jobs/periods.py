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


def hourly(job: str) -> Callable[[datetime], list[str]]:
    """Only the current hour: a missed hour is not worth catching up."""
    return lambda now: [timezone.localtime(now).strftime("%Y-%m-%dT%H")]


def first_day(period: str) -> date:
    """First day of a period label: 2026-11-24, 2026-11 or 2026Q4."""
    if "Q" in period:
        year, quarter = period.split("Q")
        return date(int(year), int(quarter) * 3 - 2, 1)
    return date.fromisoformat(period if len(period) > 7 else f"{period}-01")


def _since_last(job, hour, label, following, day=1):
    def periods(now):
        local = timezone.localtime(now)
        moment = (local - timedelta(hours=hour)).date() - timedelta(days=day - 1)
        newest = label(moment)
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


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _next_quarter(day: date) -> date:
    first = first_day(_quarter_label(day))
    return (first + timedelta(days=93)).replace(day=1)
