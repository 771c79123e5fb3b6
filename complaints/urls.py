from django.urls import include, path, register_converter

from complaints.cases.numbers import CaseNumberConverter

register_converter(CaseNumberConverter, "case")

urlpatterns = [
    path("lobby/", include("complaints.duty.urls")),
    path("complaints/", include("complaints.intake.urls")),
    path("complaints/", include("complaints.handling.urls")),
    path("complaints/", include("complaints.clocks.urls")),
    path("briefings/", include("complaints.briefings.urls")),
    path("points/", include("complaints.conduct.urls")),
    path("complaints/", include("complaints.loading.urls")),
    path("complaints/", include("complaints.overview.urls")),
]
