from django.urls import URLPattern, path

from complaints.intake import views

app_name = "intake"
urlpatterns: list[URLPattern] = [
    path("new/", views.register, name="register"),
]
