"""The published calendars (2004 on), so that deadlines are right from the first start; later years: load_calendar."""

from django.db import migrations
from django.utils import timezone

SOURCE = "chinesecalendar"


def seed(apps, schema_editor):
    from crm.workdays.loading import published_year, published_years

    CalendarYear, CalendarDay, History, YearHistory = (
        apps.get_model("workdays", name)
        for name in ("CalendarYear", "CalendarDay", "HistoricalCalendarDay", "HistoricalCalendarYear")
    )
    now = timezone.now()
    seeded = {"history_date": now, "history_type": "+", "history_change_reason": SOURCE}
    years = [year for year in published_years() if not CalendarYear.objects.filter(year=year).exists()]
    days = [
        CalendarDay(day=day, kind=kind, name=name)
        for year in years
        for day, (kind, name) in sorted(published_year(year).items())
    ]
    CalendarDay.objects.bulk_create(days)
    days = CalendarDay.objects.filter(day__year__in=years).order_by("day")
    History.objects.bulk_create(
        History(id=day.pk, day=day.day, kind=day.kind, name=day.name, **seeded) for day in days
    )
    CalendarYear.objects.bulk_create(CalendarYear(year=year, source=SOURCE, loaded_at=now) for year in years)
    YearHistory.objects.bulk_create(
        YearHistory(id=row.pk, year=row.year, source=row.source, loaded_at=now, **seeded)
        for row in CalendarYear.objects.filter(year__in=years)
    )


class Migration(migrations.Migration):
    dependencies = [("workdays", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
