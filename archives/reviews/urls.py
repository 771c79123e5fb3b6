from django.urls import path

from archives.reviews import analysis_views, monthly_views, quarterly_views, views

app_name = "reviews"
urlpatterns = [
    path("meetings/", views.meetings, name="meetings"),
    path("meetings/quarterly/<str:number>/", quarterly_views.quarterly, name="quarterly"),
    path("meetings/quarterly/<str:number>/head/", quarterly_views.quarterly_head, name="quarterly_head"),
    path(
        "meetings/quarterly/<str:number>/attendance/", quarterly_views.quarterly_attendance, name="quarterly_attendance"
    ),
    path("meetings/quarterly/<str:number>/minutes/", quarterly_views.quarterly_minutes, name="quarterly_minutes"),
    path("meetings/quarterly/<str:number>/cite/", quarterly_views.quarterly_cite, name="quarterly_cite"),
    path("meetings/quarterly/<str:number>/confirm/", quarterly_views.quarterly_confirm, name="quarterly_confirm"),
    path(
        "meetings/quarterly/<str:number>/supplement/", quarterly_views.quarterly_supplement, name="quarterly_supplement"
    ),
    path("meetings/quarterly/<str:number>/print/", quarterly_views.quarterly_print, name="quarterly_print"),
    path("meetings/quarterly/<str:number>/document/", quarterly_views.quarterly_document, name="quarterly_document"),
    path("meetings/<str:number>/", views.meeting, name="meeting"),
    path("meetings/<str:number>/print/", views.print_minutes, name="print_minutes"),
    path("meetings/<str:number>/document/", views.document, name="document"),
    path("meetings/<str:number>/decide/<int:pk>/", monthly_views.decide, name="decide"),
    path("meetings/<str:number>/settle/", monthly_views.settle, name="settle"),
    path("meetings/<str:number>/add-item/", monthly_views.add_item, name="add_item"),
    path("meetings/<str:number>/head/", monthly_views.head, name="head"),
    path("meetings/<str:number>/attendance/", monthly_views.attendance, name="attendance"),
    path("meetings/<str:number>/minutes/", monthly_views.minutes, name="minutes"),
    path("meetings/<str:number>/cite-item/", monthly_views.cite_item, name="cite_item"),
    path("meetings/<str:number>/refresh/", monthly_views.refresh, name="refresh"),
    path("meetings/<str:number>/close/", monthly_views.close, name="close"),
    path("meetings/<str:number>/add-supplement/", monthly_views.add_supplement, name="add_supplement"),
    path("key-customers/", views.key_customers, name="key_customers"),
    path("key-customers/<int:pk>/report/", views.report, name="report"),
    path("meeting-tasks/<int:pk>/finish/", views.finish, name="finish"),
    path("analyses/", analysis_views.analyses, name="analyses"),
    path("analyses/<str:number>/", analysis_views.analysis, name="analysis"),
    path("analyses/<str:number>/customers/", analysis_views.analysis_customers, name="analysis_customers"),
    path("analyses/<str:number>/print/", analysis_views.analysis_print, name="analysis_print"),
    path("analyses/<str:number>/document/", analysis_views.analysis_document, name="analysis_document"),
]
