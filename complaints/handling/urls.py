from django.urls import URLPattern, path

from complaints.handling import case_views, desk_views, office_views, report_views

app_name = "complaints"
# Up to the investigation report: who handles it, first contact, what was found.
CASE: list[URLPattern] = [
    path("desk/", desk_views.desk, name="desk"),
    path("about-me/", desk_views.about_me, name="about_me"),
    path("<case:number>/", case_views.case, name="case"),
    path("<case:number>/accept/", office_views.accept, name="accept"),
    path("<case:number>/refuse/", office_views.refuse, name="refuse"),
    path("<case:number>/assign/", office_views.assign, name="assign"),
    path("<case:number>/reassign/", office_views.reassign, name="reassign"),
    path("<case:number>/forward/", office_views.forward, name="forward"),
    path("<case:number>/escalate/", case_views.escalate, name="escalate"),
    path("<case:number>/contact/", case_views.contact, name="contact"),
    path("<case:number>/declare-interest/", case_views.declare, name="declare"),
    path("<case:number>/delegate/", case_views.delegate, name="delegate"),
    path("<case:number>/delegate/<int:pk>/decide/", office_views.decide_delegate, name="decide_delegate"),
    path("<case:number>/report/", report_views.report, name="report"),
    path("<case:number>/report/evidence/", report_views.evidence, name="evidence"),
    path("<case:number>/report/files/<int:pk>/", report_views.evidence_file, name="evidence_file"),
    path("<case:number>/report/<int:pk>/print/", report_views.report_print, name="report_print"),
    path("<case:number>/report/<int:pk>/document/", report_views.report_document, name="report_document"),
    path("<case:number>/report/<int:pk>/file/", report_views.report_file, name="report_file"),
]
# From the solution on: redress, apology, answer, closing, call-back, review, withdrawal, merging, transfer.
OUTCOME: list[URLPattern] = []
urlpatterns = CASE + OUTCOME
