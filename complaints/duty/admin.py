"""Opening hours in Django admin; outlets also have their own page."""

from django.contrib import admin

from complaints.duty.models import OpeningException, OpeningHours
from crm.lib.history_admin import ReadHistoryAdmin


@admin.register(OpeningHours)
class OpeningHoursAdmin(ReadHistoryAdmin):
    list_display = ["branch", "weekday", "opens", "closes"]
    list_filter = ["weekday"]
    search_fields = ["branch__name", "branch__code"]
    list_select_related = ["branch"]


@admin.register(OpeningException)
class OpeningExceptionAdmin(ReadHistoryAdmin):
    list_display = ["branch", "day", "is_open", "opens", "closes", "reason"]
    list_filter = ["is_open"]
    search_fields = ["branch__name", "branch__code"]
    list_select_related = ["branch"]
    date_hierarchy = "day"
