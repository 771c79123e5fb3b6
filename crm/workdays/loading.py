"""Load a year's holidays and make-up days, from a CSV file or from `chinesecalendar`; what was there is compared."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from crm.workdays.models import CalendarDay, CalendarYear

Days = dict[date, tuple[str, str]]
KINDS = {
    "holiday": CalendarDay.Kind.HOLIDAY,
    "makeup": CalendarDay.Kind.MAKEUP,
    "makeup_workday": CalendarDay.Kind.MAKEUP,
    "weekday": None,
    "weekend": None,
}
FEWEST_HOLIDAYS = 7  # Every year since 1999 has more; fewer is a torn file, not a year.


def read_csv(path: Path) -> Days:
    """Columns date, kind (holiday, makeup; weekday and weekend are skipped) and name. ValidationError names the line."""
    days: Days = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            day, kind = _read_row(number, row)
            if kind is None:
                continue
            if day in days:
                raise ValidationError(_("Line %(line)s: %(day)s stands twice.") % {"line": number, "day": day})
            days[day] = (kind, (row.get("name") or row.get("holiday") or "").strip()[:40])
    return days


def published_year(year: int) -> Days:
    """The year as `chinesecalendar` knows it; empty when it does not."""
    try:
        from chinese_calendar import constants
    except ImportError:
        return {}
    found = [(constants.holidays, CalendarDay.Kind.HOLIDAY), (constants.workdays, CalendarDay.Kind.MAKEUP)]
    return {
        day: (kind, constants.Holiday(name).chinese)
        for table, kind in found
        for day, name in table.items()
        if day.year == year
    }


def published_years() -> list[int]:
    try:
        from chinese_calendar import constants
    except ImportError:
        return []
    return sorted({day.year for day in constants.holidays})


@transaction.atomic
def load_years(*, days: Days, source: str, reason: str = "") -> dict[int, dict[str, int]]:
    """Make each year that occurs in `days` exactly that; counts of added, changed, removed by year.

    Loading the same again changes nothing. ValidationError when a year looks torn.
    """
    years: dict[int, Days] = defaultdict(dict)
    for day, what in days.items():
        years[day.year][day] = what
    for year, wanted in years.items():
        holidays = sum(kind == CalendarDay.Kind.HOLIDAY for kind, _name in wanted.values())
        if holidays < FEWEST_HOLIDAYS:
            raise ValidationError(
                _("%(year)s has %(count)s holidays only: the file looks torn.") % {"year": year, "count": holidays}
            )
    return {year: _load(year, wanted, source, reason or source) for year, wanted in sorted(years.items())}


def _load(year: int, wanted: Days, source: str, reason: str) -> dict[str, int]:
    there = {row.day: row for row in CalendarDay.objects.filter(day__year=year)}
    new = [CalendarDay(day=day, kind=kind, name=name) for day, (kind, name) in wanted.items() if day not in there]
    moved = [row for day, row in there.items() if day in wanted and (row.kind, row.name) != wanted[day]]
    for row in moved:
        row.kind, row.name = wanted[row.day]
    gone = [row for day, row in there.items() if day not in wanted]
    bulk_create_with_history(new, CalendarDay, default_change_reason=reason[:100])
    bulk_update_with_history(moved, CalendarDay, ["kind", "name"], default_change_reason=reason[:100])
    for row in gone:
        row._change_reason = reason[:100]  # type: ignore[attr-defined]
        row.delete()
    known = CalendarYear.objects.filter(year=year).first()
    if known is None or new or moved or gone:
        CalendarYear.objects.update_or_create(year=year, defaults={"source": source[:120]})
    return {"added": len(new), "changed": len(moved), "removed": len(gone)}


def _read_row(number: int, row: dict) -> tuple[date, str | None]:
    try:
        day = date.fromisoformat((row.get("date") or "").strip())
        kind = KINDS[(row.get("kind") or "").strip()]
    except (ValueError, KeyError):
        raise ValidationError(
            _("Line %(line)s: a date like 2027-01-01 and a kind, holiday or makeup, are needed.") % {"line": number}
        ) from None
    if kind == CalendarDay.Kind.MAKEUP and day.weekday() < 5:
        raise ValidationError(
            _("Line %(line)s: %(day)s is not a weekend day, so it cannot be made up for.")
            % {"line": number, "day": day}
        )
    return day, kind
