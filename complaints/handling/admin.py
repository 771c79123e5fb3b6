"""The office's letters in Django admin."""

from django.contrib import admin

from complaints.handling.models import LetterTemplate
from crm.lib.history_admin import NeverDelete, ReadHistoryAdmin


@admin.register(LetterTemplate)
class LetterTemplateAdmin(NeverDelete, ReadHistoryAdmin):
    list_display = ["title", "kind", "finding", "level", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["title"]
    fields = ["kind", "title", "finding", "level", "text", "basis", "remedies", "is_active"]
