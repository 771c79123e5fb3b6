from django.urls import URLPattern, path

from complaints.intake import amend_views, case_views, views

app_name = "intake"
urlpatterns: list[URLPattern] = [
    path("new/", views.register, name="register"),
    path("<case:number>/retype/", amend_views.retype, name="retype"),
    path("<case:number>/supplement/", amend_views.supplement, name="supplement"),
    path("<case:number>/party/", amend_views.party, name="party"),
    path("<case:number>/respondents/", amend_views.respondents, name="respondents"),
    path("<case:number>/received/", amend_views.received, name="received"),
    path("<case:number>/acknowledgement/", amend_views.acknowledgement, name="acknowledgement"),
    path("<case:number>/acknowledgement/print/", amend_views.acknowledgement_print, name="acknowledgement_print"),
    path("<case:number>/acknowledgement/pdf/", amend_views.acknowledgement_pdf, name="acknowledgement_pdf"),
    path("<case:number>/files/<int:pk>/", case_views.file, name="file"),
    path("<case:number>/reveal/", case_views.show_value, name="reveal"),
    path("<case:number>/access/", case_views.access, name="access"),
]
