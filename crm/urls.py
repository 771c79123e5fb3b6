from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("crm.workbench.urls")),
    path("", include("crm.staff.urls")),
    path("admin/", admin.site.urls),
]
