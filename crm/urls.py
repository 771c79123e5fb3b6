from django.contrib import admin
from django.urls import include, path

from crm.health import healthz, readyz
from crm.security import csp_report
from crm.staff.views import language

handler403 = "crm.errors.permission_denied"
handler500 = "crm.errors.server_error"

urlpatterns = [
    path("", include("archives.urls")),
    path("", include("complaints.urls")),
    path("", include("crm.workbench.urls")),
    path("", include("crm.staff.urls")),
    path("access-log/", include("crm.privacy.urls")),
    path("jobs/", include("crm.jobs.urls")),
    path("notices/", include("crm.notifications.urls")),
    path("language/", language, name="set_language"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("csp-report", csp_report, name="csp-report"),
    path("admin/", admin.site.urls),
]
