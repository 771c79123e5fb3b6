"""The investigation report: written, signed, printed, filed; and its evidence."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from complaints.cases.access import get_visible_case, roles_of
from complaints.cases.codes import Face, Finding, Role
from complaints.cases.models import Case, CaseFile, Category
from complaints.cases.rules import Action, allowed
from complaints.handling.contacting import contact_state
from complaints.handling.investigating import (
    PRINT,
    Words,
    add_evidence,
    file_report,
    paper_of,
    report_of,
    returned_reports,
    save_report,
    sign_report,
)
from complaints.handling.models import Investigation
from complaints.handling.showing import TEXT, status_of, version_of
from crm.lib.refusals import Refused, TooLate
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

TEXTS = ("facts", "evidence", "root", "measures")


@requires("complaints.view_case")
def report(request, number: str):
    """The draft for whoever writes it, the report for whoever may see the case."""
    case = get_visible_case(request.user, number, request=request)
    if request.method != "POST":
        return _page(request, case)
    words, signs = _typed(request.POST), request.POST.get("do") == "sign"
    values = {
        "actor": request.user,
        "words": words,
        "seen": version_of(request.POST.get("seen")),
        "now": timezone.now(),
    }
    try:
        kept = (sign_report if signs else save_report)(case=case, **values)
    except Refused as refusal:
        fresh = get_visible_case(request.user, number)
        return _page(request, fresh, refusal=refusal, typed=words)
    if not signs:
        messages.success(request, _("Draft saved."))
        return redirect("complaints:report", number=number)
    messages.success(request, _("Signed: the report is frozen."))
    _file(request, kept)
    return redirect("complaints:case", number=number)


def _file(request, kept: Investigation) -> None:
    try:
        file_report(report=kept, now=timezone.now())
    except Refused as refusal:
        messages.warning(request, refusal.message)


def _typed(data) -> Words:
    cause = data.get("cause", "")
    texts = {key: data.get(key, "")[:TEXT] for key in TEXTS}
    return Words(
        **texts,
        finding=data.get("finding", "")[:20],
        is_flaw=data.get("is_flaw") == "1",
        cause=int(cause) if cause.isascii() and cause.isdigit() and len(cause) < 10 else None,
    )


def _page(request, case: Case, *, refusal: Refused | None = None, typed: Words | None = None):
    found, state = report_of(case), contact_state(case)
    roles = roles_of(case, request.user)
    mine = allowed(case.state, Action.INVESTIGATE, roles, case.kind)
    context: dict[str, Any] = {
        "case": case,
        "report": found,
        "contact": state,
        "writes": mine and bool(state.attempts) and (found is None or found.signed_at is None),
        "may_file": bool({Role.OFFICE, Role.INVESTIGATOR} & roles),
        "seen": found.version if found else 0,
        "words": typed or found or Words(),
        "cause": typed.cause if typed else (found.cause_id if found else None),
        "stale": found if isinstance(refusal, TooLate) and typed else None,
        "problem": refusal.message if refusal else "",
        "problems": refusal.fields if refusal else {},
        "findings": Finding.choices,
        "causes": Category.objects.filter(face=Face.CAUSE, is_active=True),
        "files": case.files.filter(kind=CaseFile.Kind.INVESTIGATION, round=case.round),
        "earlier_reports": returned_reports(case),
    }
    status = status_of(refusal) if refusal else 200
    return render(request, "complaints/handling/report.html", context, status=status)


@requires("complaints.view_case")
@require_POST
def evidence(request, number: str):
    case = get_visible_case(request.user, number, request=request)
    try:
        kept = add_evidence(
            case=case, actor=request.user, uploads=request.FILES.getlist("evidence"), now=timezone.now()
        )
    except Refused as refusal:
        return _page(request, get_visible_case(request.user, number), refusal=refusal)
    messages.success(request, _("Files kept: %(n)s.") % {"n": len(kept)})
    return redirect("complaints:report", number=number)


@requires("complaints.view_case")
@require_GET
def evidence_file(request, number: str, pk: int):
    """A file of the investigation; the download is logged."""
    case = get_visible_case(request.user, number, request=request)
    row = get_object_or_404(case.files.filter(kind=CaseFile.Kind.INVESTIGATION), pk=pk)
    return _download(request, case, row.file, row.name, row.content_type, "evidence")


@requires("complaints.view_case")
@require_GET
def report_print(request, number: str, pk: int):
    """A4 in the browser; the filed PDF has the same sheet."""
    return render(request, PRINT, paper_of(_report(request, number, pk)))


@requires("complaints.view_case")
@require_GET
def report_document(request, number: str, pk: int):
    found = _report(request, number, pk)
    if not found.document:
        raise Http404
    return _download(request, found.case, found.document, f"{number}-{found.round}.pdf", "application/pdf", "report")


@requires("complaints.view_case")
@require_POST
def report_file(request, number: str, pk: int):
    """File the PDF of a signed report that could not be made when it was signed."""
    found = _report(request, number, pk)
    if not {Role.OFFICE, Role.INVESTIGATOR} & roles_of(found.case, request.user):
        raise PermissionDenied
    _file(request, found)
    return redirect("complaints:report", number=number)


def _report(request, number: str, pk: int) -> Investigation:
    case = get_visible_case(request.user, number, request=request)
    rows = Investigation.objects.select_related("by", "on_behalf_of", "cause", "case", "case__respondent")
    found = get_object_or_404(rows.filter(case=case), pk=pk)
    if found.signed_at is None and Role.INVESTIGATOR not in roles_of(case, request.user):
        raise Http404  # a draft is its writer's
    return found


def _download(request, case: Case, stored, name: str, content_type: str, what: str):
    try:
        content = stored.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    record(
        AccessEvent.Action.DOWNLOAD, request=request, obj_type="case", obj_id=case.pk, label=case.number, fields=what
    )
    return FileResponse(content, as_attachment=True, filename=name, content_type=content_type)
