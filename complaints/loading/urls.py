from django.urls import URLPattern

app_name = "complaint_loads"
urlpatterns: list[URLPattern] = []
