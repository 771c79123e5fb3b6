from django.urls import path

from archives.feeds import views

app_name = "feeds"
urlpatterns = [
    path("", views.loads, name="loads"),
    path("<int:pk>/", views.load, name="load"),
    path("<int:pk>/refused/<int:file>/", views.refused, name="refused"),
]
