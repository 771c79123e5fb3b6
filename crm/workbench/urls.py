from django.urls import path

from crm.workbench import views

app_name = "workbench"
urlpatterns = [
    path("", views.home, name="home"),
    path("customers/", views.customers, name="customers"),
    path("search/", views.search, name="search"),
    path("inbox/", views.inbox, name="inbox"),
    path("customers/<str:number>/", views.customer, name="customer"),
]
