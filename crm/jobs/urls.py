from django.urls import path

from crm.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("<str:name>/", views.job, name="job"),
    path("<str:name>/run/", views.run, name="run"),
    path("runs/<int:pk>/again/", views.again, name="again"),
]
