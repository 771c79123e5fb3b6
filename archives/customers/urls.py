from django.urls import path

from archives.customers import views

app_name = "customers"
urlpatterns = [
    path("new/", views.create, name="create"),
    path("<str:number>/reveal/", views.show_value, name="reveal"),
    path("<str:number>/access/", views.access, name="access"),
]
