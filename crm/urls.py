from django.contrib import admin
from django.urls import include, path

from crm.health import healthz, readyz

urlpatterns = [
    path("", include("crm.workbench.urls")),
    path("", include("crm.staff.urls")),
    path("notices/", include("crm.notifications.urls")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
]
