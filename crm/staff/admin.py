"""Branches, people, roles, absences, sign-in sessions and locks in Django admin. Changes go through the services."""

from axes.admin import AccessAttemptAdmin
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.lib.history_admin import NeverDelete, ReadHistoryAdmin
from crm.staff.admin_forms import AbsenceForm, BranchForm, EmployeeForm, TransferForm
from crm.staff.admin_loading import LoadsCsv
from crm.staff.loading import BRANCH_HEADS, PEOPLE_HEADS, load_branches, load_people
from crm.staff.locks import counted_failures, unlock
from crm.staff.models import Absence, Branch, LoginSession, RoleGrant, User
from crm.staff.services import (
    disable,
    enable,
    end_session,
    give_initial_password,
    grant_role,
    place_branch,
    revoke_role,
    transfer,
)


@admin.register(Branch)
class BranchAdmin(LoadsCsv, NeverDelete, ReadHistoryAdmin):
    form = BranchForm
    list_display = ["code", "name", "kind", "parent", "is_active"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["parent"]
    ordering = ["path"]
    heads = BRANCH_HEADS

    def load_file(self, request, path):
        return load_branches(path=path, actor=request.user)

    def save_model(self, request, obj, form, change):
        place_branch(branch=obj, actor=request.user)


class RoleInline(admin.TabularInline):
    """Roles are given and taken, not edited; nobody's own."""

    model = RoleGrant
    fk_name = "user"
    fields = ["role", "granted_by", "granted_at"]
    readonly_fields = ["granted_by", "granted_at"]
    extra = 1

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and obj != request.user

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and obj != request.user


@admin.register(User)
class UserAdmin(LoadsCsv, NeverDelete, ReadHistoryAdmin):
    form = EmployeeForm
    list_display = ["employee_number", "name", "username", "branch", "shown_roles", "is_active", "last_login"]
    list_filter = ["is_active", "role_grants__role", ("branch", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["branch"]
    search_fields = ["name", "username", "employee_number"]
    autocomplete_fields = ["branch"]
    show_full_result_count = False
    list_per_page = 50
    inlines = [RoleInline]
    fields = ["employee_number", "username", "name", "branch", "email", "extension", "is_active", "last_login"]
    actions = ["transfer", "disable", "enable", "new_initial_password"]
    heads = PEOPLE_HEADS
    most_rows = 200  # an argon2 hash a newcomer, in one transaction

    def load_file(self, request, path):
        return load_people(path=path, actor=request.user, now=timezone.now())

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("role_grants")

    def get_readonly_fields(self, request, obj=None):
        """Branch and access of an existing employee change by the actions, which end the sessions too."""
        return ["branch", "is_active", "last_login"] if obj else ["is_active", "last_login"]

    @admin.display(description=gettext_lazy("roles"))
    def shown_roles(self, user):
        return user.role_names

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            self.hand_out(request, obj)

    def save_formset(self, request, form, formset, change):
        now = timezone.now()
        for grant in formset.save(commit=False):
            grant_role(user=grant.user, role=grant.role, actor=request.user, now=now)
        for grant in formset.deleted_objects:
            revoke_role(grant=grant, actor=request.user, now=now)

    def hand_out(self, request, user):
        password = give_initial_password(user=user, actor=request.user, now=timezone.now())
        said = _("Initial password of %(name)s, shown this once and good for 24 hours: %(password)s")
        self.message_user(request, said % {"name": user, "password": password}, messages.WARNING)

    @admin.action(description=gettext_lazy("Transfer to another branch"), permissions=["change"])
    def transfer(self, request, queryset):
        form = TransferForm(request.POST if "branch" in request.POST else None)
        if form.is_valid():
            branch, now = form.cleaned_data["branch"], timezone.now()
            for user in queryset:
                transfer(user=user, branch=branch, actor=request.user, now=now)
            self.tell(request, len(queryset))
            return HttpResponseRedirect(request.get_full_path())
        context = self.admin_site.each_context(request) | {
            "title": _("Transfer to another branch"),
            "people": queryset,
            "form": form,
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "admin/staff/transfer.html", context)

    @admin.action(description=gettext_lazy("Disable"), permissions=["change"])
    def disable(self, request, queryset):
        self.each(request, queryset, disable)

    @admin.action(description=gettext_lazy("Enable again"), permissions=["change"])
    def enable(self, request, queryset):
        self.each(request, queryset, enable)

    @admin.action(description=gettext_lazy("New initial password"), permissions=["change"])
    def new_initial_password(self, request, queryset):
        for user in queryset.filter(is_active=True):
            self.hand_out(request, user)

    def each(self, request, queryset, service):
        done, now = 0, timezone.now()
        for user in queryset:
            try:
                service(user=user, actor=request.user, now=now)
                done += 1
            except ValidationError as refused:
                self.message_user(request, f"{user}: {' '.join(refused.messages)}", messages.ERROR)
        self.tell(request, done)

    def tell(self, request, count):
        if count:
            said = ngettext("%(count)s employee changed.", "%(count)s employees changed.", count)
            self.message_user(request, said % {"count": count}, messages.SUCCESS)


@admin.register(Absence)
class AbsenceAdmin(ReadHistoryAdmin):
    form = AbsenceForm
    list_display = ["user", "deputy", "starts", "ends", "reason"]
    list_select_related = ["user", "deputy"]
    list_filter = ["starts"]
    search_fields = ["user__name", "user__employee_number", "deputy__name", "deputy__employee_number"]
    autocomplete_fields = ["user", "deputy"]
    date_hierarchy = "starts"


@admin.register(LoginSession)
class LoginSessionAdmin(NeverDelete, admin.ModelAdmin):
    """Who is signed in, without the key that signs them in."""

    list_display = ["user", "ip", "started_at", "last_seen_at"]
    list_select_related = ["user"]
    search_fields = ["user__name", "user__username", "user__employee_number"]
    fields = ["user", "ip", "started_at", "last_seen_at"]
    actions = ["end"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_end_permission(self, request):
        return request.user.has_perm("staff.change_user")

    @admin.action(description=gettext_lazy("End the session"), permissions=["end"])
    def end(self, request, queryset):
        for session in queryset:
            end_session(session=session)


@admin.register(AccessAttempt)
class LockAdmin(AccessAttemptAdmin):
    """Failed sign-ins. Deleting a line unlocks the person: every line of theirs goes, and the access log tells it."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time", "lock"]
    list_filter: list = []
    search_fields = ["username", "ip_address"]
    fields = ["username", "ip_address", "user_agent", "failures_since_start", "attempt_time", "lock"]
    readonly_fields = fields
    fieldsets = None
    actions: list = []

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(counted=counted_failures(now=timezone.now()))

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("locked"), boolean=True)
    def lock(self, attempt):
        """Of the person, whose lines count together."""
        return (attempt.counted or 0) >= settings.AXES_FAILURE_LIMIT

    def delete_model(self, request, obj):
        unlock(username=obj.username, actor=request.user, now=timezone.now())

    def delete_queryset(self, request, queryset):
        for username in set(queryset.values_list("username", flat=True)):
            unlock(username=username, actor=request.user, now=timezone.now())
