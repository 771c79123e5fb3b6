from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from crm.health import healthz, readyz
from crm.security import csp_report
from crm.staff.access import public

urlpatterns = [
    path("", include("archives.urls")),
    path("", include("crm.workbench.urls")),
    path("", include("crm.staff.urls")),
    path("access-log/", include("crm.privacy.urls")),
    path("notices/", include("crm.notifications.urls")),
    path("language/", public(set_language), name="set_language"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("csp-report", csp_report, name="csp-report"),
    path("admin/", admin.site.urls),
]
