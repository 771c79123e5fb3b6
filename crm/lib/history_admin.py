"""Django admin over a model that keeps its history: earlier versions are read there, never put back."""

from django.core.exceptions import PermissionDenied
from simple_history.admin import SimpleHistoryAdmin


class ReadHistoryAdmin(SimpleHistoryAdmin):
    """A version is put back by editing; Django admin's own revert would go past the services."""

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)


class NeverDelete:
    """People, branches and records stay; they are disabled or closed."""

    def has_delete_permission(self, request, obj=None):
        return False
