from django.urls import path

from complaints.loading import views

app_name = "complaint_loads"
urlpatterns = [
    path("loads/", views.loads, name="loads"),
    path("loads/<int:pk>/", views.load, name="load"),
    path("loads/<int:pk>/refused/", views.refused, name="refused"),
]
