from django.urls import path

from crm.staff import views

app_name = "staff"
urlpatterns = [
    path("sign-in/", views.login, name="login"),
    path("sign-out/", views.logout, name="logout"),
    path("password/", views.password, name="password"),
    path("password/first/", views.must_change, name="must_change"),
    path("absences/", views.absences, name="absences"),
    path("absences/<int:pk>/cancel/", views.cancel, name="cancel_absence"),
]
