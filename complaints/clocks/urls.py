from django.urls import path

from complaints.clocks import case_views, views

app_name = "clocks"
urlpatterns = [
    path("clocks/targets/", views.targets, name="targets"),
    path("clocks/targets/set/", views.set_one, name="set_target"),
    path("clocks/recalculate/", views.recalculate, name="recalculate"),
    path("clocks/recalculate/apply/", views.apply, name="apply"),
    path("clocks/pauses/", views.pauses, name="pauses"),
    path("clocks/warnings/", views.warnings, name="warnings"),
    path("<case:number>/clocks/", case_views.clocks, name="case"),
    path("<case:number>/clocks/pause/", case_views.pause, name="pause"),
    path("<case:number>/clocks/pause/<int:pk>/", case_views.pause_decision, name="pause_decision"),
    path("<case:number>/clocks/run-on/", case_views.run_on, name="run_on"),
    path("<case:number>/clocks/extension/", case_views.extension, name="extension"),
    path("<case:number>/clocks/extension/<int:pk>/", case_views.extension_decision, name="extension_decision"),
    path("<case:number>/clocks/major/<slug:kind>/", case_views.major, name="major"),
]
