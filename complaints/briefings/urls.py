from django.urls import path

from complaints.briefings import document_views, views

app_name = "briefings"
urlpatterns = [
    path("", views.briefings, name="list"),
    path("begin/", views.begin, name="begin"),
    path("<int:pk>/", views.briefing, name="briefing"),
    path("<int:pk>/photo/<int:photo>/", views.photo, name="photo"),
    path("documents/", document_views.documents, name="documents"),
    path("documents/issue/", document_views.issue, name="issue"),
    path("documents/<slug:code>/<int:version>/", document_views.document, name="document"),
    path("documents/<slug:code>/<int:version>/file/", document_views.document_file, name="document_file"),
]
