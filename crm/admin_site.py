"""Django admin for configuration, people and dictionaries; the same sign-in as everywhere."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class CrmAdminSite(admin.AdminSite):
    site_title = site_header = _("Tianhua CRM administration")
    index_title = _("Configuration")

    def has_permission(self, request):
        return request.user.is_authenticated and request.user.is_active and request.user.is_staff


class CrmAdminConfig(AdminConfig):
    default_site = "crm.admin_site.CrmAdminSite"
