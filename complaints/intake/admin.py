"""The categories in Django admin. Entries are switched off, never deleted; codes load by `load_complaint_categories`."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from complaints.cases.models import Category
from crm.lib.history_admin import NeverDelete, ReadHistoryAdmin


class CategoryForm(forms.ModelForm):
    class Meta:
        model = Category
        fields = ["face", "key", "parent", "name", "name_en", "code", "order", "is_service", "is_active"]

    def clean(self):
        data = super().clean()
        parent = data.get("parent")
        if parent and parent.face != data.get("face"):
            self.add_error("parent", _("This entry stands in another face."))
        return data


@admin.register(Category)
class CategoryAdmin(NeverDelete, ReadHistoryAdmin):
    form = CategoryForm
    list_display = ["name", "face", "key", "parent", "code", "is_service", "is_active"]
    list_filter = ["face", "is_service", "is_active"]
    search_fields = ["name", "name_en", "key", "code"]
    list_select_related = ["parent"]
    history_list_display = ["name", "code", "is_active"]

    def get_readonly_fields(self, request, obj=None):
        """Where an entry stands is what old cases were counted by."""
        return ["face", "key", "parent"] if obj else []
