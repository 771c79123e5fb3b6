"""The job ledger in Django admin: to read, and to run again."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.jobs.models import JobRun
from crm.jobs.services import run_again


@admin.register(JobRun)
class JobRunAdmin(admin.ModelAdmin):
    list_display = ["job", "period", "status", "attempts", "progress", "created_at", "started_at", "finished_at"]
    list_filter = ["status", "job"]
    search_fields = ["job", "period"]
    show_full_result_count = False
    list_per_page = 50
    actions = ["run_again"]
    exclude = ["lease_token"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_run_permission(self, request):
        return request.user.has_perm("jobs.run_job")

    @admin.display(description=_("progress"))
    def progress(self, run):
        return f"{run.done} / {run.total}" if run.total else run.done or ""

    @admin.action(description=_("Run again"), permissions=["run"])
    def run_again(self, request, queryset):
        now = timezone.now()
        put_back = sum(run_again(run=run, actor=request.user, now=now) for run in queryset)
        self.message_user(
            request,
            ngettext("%(count)s run waits again.", "%(count)s runs wait again.", put_back) % {"count": put_back},
            messages.SUCCESS if put_back else messages.WARNING,
        )
