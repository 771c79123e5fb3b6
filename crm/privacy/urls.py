from django.urls import path

from crm.privacy import views

app_name = "privacy"
urlpatterns = [path("", views.log, name="log")]
