from django.contrib.auth import views as auth_views
from django.urls import path

from crm.staff import views

app_name = "staff"
urlpatterns = [
    path("sign-in/", views.login, name="login"),
    path("sign-out/", auth_views.LogoutView.as_view(), name="logout"),
]
