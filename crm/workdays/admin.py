"""The working calendar in Django admin; whole years load by `manage.py load_calendar`."""

from django.contrib import admin

from crm.lib.history_admin import ReadHistoryAdmin
from crm.workdays.models import CalendarDay, CalendarYear


@admin.register(CalendarYear)
class CalendarYearAdmin(ReadHistoryAdmin):
    list_display = ["year", "source", "loaded_at"]


@admin.register(CalendarDay)
class CalendarDayAdmin(ReadHistoryAdmin):
    list_display = ["day", "kind", "name"]
    list_filter = ["kind"]
    search_fields = ["name"]
    date_hierarchy = "day"
    history_list_display = ["kind", "name"]
