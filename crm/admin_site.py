"""Django admin for configuration, people and dictionaries; the same sign-in as everywhere."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST


class CrmAdminSite(admin.AdminSite):
    site_title = site_header = _("Tianhua CRM administration")
    index_title = _("Configuration")

    def has_permission(self, request):
        return request.user.is_authenticated and request.user.is_active and request.user.is_staff

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        """There is one door: whoever is not signed in goes there, others learn that they may not."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("staff:login"))

    @method_decorator(require_POST)
    def logout(self, request, extra_context=None):
        from crm.staff.views import logout

        return logout(request)

    def password_change(self, request, extra_context=None):
        return redirect("staff:password")


class CrmAdminConfig(AdminConfig):
    default_site = "crm.admin_site.CrmAdminSite"
