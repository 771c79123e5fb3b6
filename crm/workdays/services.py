"""The bank's working calendar as one object, always as fresh as its tables."""

from datetime import date

from django.db.models import Count, F, Max
from django.utils.translation import gettext as _

from crm.workdays.models import CalendarDay, CalendarYear
from crm.workdays.rules import Day, WorkCalendar

_cache: tuple[object, WorkCalendar] | None = None


def work_calendar() -> WorkCalendar:
    """One small query compares the tables' version, so that every process sees an edit at once.

    Ask once a page or job and hand the calendar on.
    """
    global _cache
    version = _version()
    if _cache is None or _cache[0] != version:
        _cache = (version, _read())
    return _cache[1]


def calendar_warning(today: date) -> str:
    """Text for administrators from November on while next year is unknown (or this one is); else empty."""
    years = [today.year] + ([today.year + 1] if today.month >= 11 else [])
    known = set(CalendarYear.objects.filter(year__in=years).values_list("year", flat=True))
    missing = [str(year) for year in years if year not in known]
    if not missing:
        return ""
    return _("The working calendar of %(years)s is missing: load it before deadlines reach that year.") % {
        "years": ", ".join(missing)
    }


def unknown_year_note(*days: date) -> str:
    """Text beside a deadline in a year without a calendar; empty when every year of `days` is known."""
    calendar = work_calendar()
    unknown = sorted({day.year for day in days if day.year not in calendar.known_years})
    if not unknown:
        return ""
    return _("No working calendar for %(years)s yet: only weekends are counted as days off.") % {
        "years": ", ".join(map(str, unknown))
    }


def _version() -> tuple:
    def of(model):
        rows = model.history.order_by().annotate(one=F("history_id") * 0).values("one")
        return rows.annotate(last=Max("history_id"), at=Max("history_date"), n=Count("history_id")).values_list(
            "last", "at", "n"
        )

    return tuple(sorted(of(CalendarDay).union(of(CalendarYear), all=True), key=str))


def _read() -> WorkCalendar:
    days = CalendarDay.objects.values_list("day", "kind", "name")
    return WorkCalendar(
        exceptions={day: Day(kind, name) for day, kind, name in days},
        known_years=frozenset(CalendarYear.objects.values_list("year", flat=True)),
    )
