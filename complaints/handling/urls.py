from django.urls import URLPattern, path

from complaints.handling import (
    case_views,
    desk_views,
    ending_views,
    letter_views,
    office_views,
    outcome_views,
    report_views,
)

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
OUTCOME: list[URLPattern] = [
    path("closing/", outcome_views.close_many, name="closing"),
    path("follow-up/", ending_views.follow_up, name="follow_up"),
    path("<case:number>/solution/", outcome_views.solution, name="solution"),
    path("<case:number>/settle/", outcome_views.settle, name="settle"),
    path("<case:number>/redress/", outcome_views.redress, name="redress"),
    path("<case:number>/redress/<int:pk>/decide/", outcome_views.decide_redress, name="decide_redress"),
    path("<case:number>/redress/<int:pk>/paid/", outcome_views.pay_redress, name="pay_redress"),
    path("<case:number>/apology/", outcome_views.apology, name="apology"),
    path("<case:number>/apology/letter/", letter_views.apology_letter, name="apology_letter"),
    path("<case:number>/reply/", outcome_views.reply, name="reply"),
    path("<case:number>/reply/<int:pk>/", letter_views.letter, name="letter"),
    path("<case:number>/reply/<int:pk>/pdf/", letter_views.letter_pdf, name="letter_pdf"),
    path("<case:number>/reply/<int:pk>/file/", letter_views.letter_file, name="letter_file"),
    path("<case:number>/rework/", outcome_views.rework, name="rework"),
    path("<case:number>/close/", outcome_views.close, name="close"),
    path("<case:number>/call-back/", ending_views.call_back, name="call_back"),
    path("<case:number>/reopen/", ending_views.reopen, name="reopen"),
    path("<case:number>/review/", ending_views.ask_review, name="ask_review"),
    path("<case:number>/review/<int:pk>/", ending_views.decide_review, name="decide_review"),
    path("<case:number>/withdraw/", ending_views.withdraw, name="withdraw"),
    path("<case:number>/merge/", ending_views.merge, name="merge"),
    path("<case:number>/pass-on/", ending_views.pass_on, name="pass_on"),
    path("<case:number>/take-in/", ending_views.take_in, name="take_in"),
    path("<case:number>/transfer/<int:pk>/answer/", ending_views.note_answer, name="note_answer"),
    path("<case:number>/new-facts/", ending_views.new_facts, name="new_facts"),
    path("<case:number>/dispute/", ending_views.dispute, name="dispute"),
    path("<case:number>/archive/", ending_views.file_case, name="file_case"),
]
urlpatterns = CASE + OUTCOME
