"""Django admin for configuration, people and dictionaries; the same sign-in as everywhere."""

from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class CrmAdminSite(admin.AdminSite):
    site_title = site_header = _("Tianhua CRM administration")
    index_title = _("Configuration")

    def has_permission(self, request):
        return request.user.is_authenticated and request.user.is_active and request.user.is_staff

    def login(self, request, extra_context=None):
        """There is one door: whoever is not signed in goes there, others learn that they may not."""
        if request.user.is_authenticated:
            raise PermissionDenied
        way_back = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('staff:login')}?{urlencode({'next': way_back}, safe='/')}")

    login.login_required = False

    def logout(self, request, extra_context=None):
        from crm.staff.views import logout  # the app registry is not ready when this module is read

        return logout(request)

    def password_change(self, request, extra_context=None):
        return redirect("staff:password")


class CrmAdminConfig(AdminConfig):
    default_site = "crm.admin_site.CrmAdminSite"
