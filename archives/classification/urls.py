from django.urls import path

from archives.classification import scheme_views, views

app_name = "classification"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("thresholds/", scheme_views.schemes, name="schemes"),
    path("thresholds/propose/", scheme_views.propose_scheme, name="propose_scheme"),
    path("thresholds/<int:version>/", scheme_views.scheme, name="scheme"),
    path("thresholds/<int:version>/withdraw/", scheme_views.withdraw_scheme, name="withdraw_scheme"),
    path("<str:quarter>/", views.run, name="run"),
    path("<str:quarter>/customers/", views.customers, name="customers"),
    path("<str:quarter>/release/", views.release, name="release"),
    path("<str:quarter>/customers/<str:number>/", views.override, name="override"),
    path("<str:quarter>/customers/<str:number>/end/", views.end_override, name="end_override"),
]
