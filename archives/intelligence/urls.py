from django.urls import path

from archives.intelligence import views

app_name = "intelligence"
urlpatterns = [
    path("", views.items, name="list"),
    path("add/", views.add, name="add"),
    path("<str:number>/", views.detail, name="detail"),
    path("<str:number>/correct/", views.correct, name="correct"),
    path("<str:number>/confirm/", views.confirm, name="confirm"),
    path("<str:number>/delete/", views.delete, name="delete"),
    path("<str:number>/file/<int:pk>/", views.file, name="file"),
]
