from django.urls import URLPattern, path

from complaints.overview import export_views, improvement_views, numbers_views, report_views, views

app_name = "overview"
urlpatterns: list[URLPattern] = [
    path("", views.cases, name="cases"),
    path("board/", views.board, name="board"),
    path("register/", export_views.register, name="export"),
    path("numbers/", numbers_views.numbers, name="numbers"),
    path("repeats/", improvement_views.repeats, name="repeats"),
    path("improvements/", improvement_views.improvements, name="improvements"),
    path("improvements/new/", improvement_views.begin, name="begin"),
    path("improvements/<str:number>/", improvement_views.improvement, name="improvement"),
    path("improvements/<str:number>/done/", improvement_views.finish, name="finish"),
    path("reports/", report_views.reports, name="reports"),
    path("reports/paper/", report_views.paper, name="report_print"),
    path("reports/pdf/", report_views.pdf, name="report_pdf"),
]
