"""Letters on A4: the answer and the apology, printed by the browser or filed as PDF."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from complaints.cases.access import get_visible_case, note_view, sees_identity
from complaints.handling.apologising import template_or_none
from complaints.handling.case_page import customer_name
from complaints.handling.letters import fill, placeholders
from complaints.handling.models import Reply
from complaints.handling.replying import PAPER, file_reply, letter_context
from complaints.handling.stepping import link_of
from crm.lib.refusals import Refused
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires


def _reply(request, number: str, pk: int) -> Reply:
    case = get_visible_case(request.user, number, request=request)
    return get_object_or_404(case.replies.select_related("case__respondent", "case__customer", "sent_by"), pk=pk)


@requires("complaints.view_case")
@require_GET
def letter(request, number: str, pk: int):
    """The answer as the customer has it; the name as the reader may see it."""
    reply = _reply(request, number, pk)
    note_view(request, reply.case)
    return render(request, PAPER, letter_context(reply, name=customer_name(reply.case, request.user)))


@requires("complaints.view_case")
@require_GET
def letter_pdf(request, number: str, pk: int):
    """The filed PDF, which names the customer; the download is logged."""
    reply = _reply(request, number, pk)
    if not sees_identity(reply.case, request.user):
        raise PermissionDenied
    if not reply.document:
        raise Http404
    try:
        content = reply.document.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    record(AccessEvent.Action.DOWNLOAD, request=request, obj_type="case", obj_id=reply.case_id, label=number, fields="reply")  # fmt: skip
    return FileResponse(content, as_attachment=True, filename=f"{number}-{reply.round}.pdf", content_type="application/pdf")  # fmt: skip


@requires("complaints.view_case")
@require_POST
def letter_file(request, number: str, pk: int):
    """File the PDF of an answer that could not be made when it was sent."""
    reply = _reply(request, number, pk)
    if not sees_identity(reply.case, request.user):
        raise PermissionDenied
    try:
        file_reply(reply=reply, now=timezone.now())
    except Refused as refusal:
        messages.warning(request, refusal.message)
    return redirect(link_of(reply.case, anchor="outcome"))


@requires("complaints.view_case")
@require_GET
def apology_letter(request, number: str):
    """The apology for this severity as a letter to sign."""
    case = get_visible_case(request.user, number, request=request)
    template = template_or_none(case)
    if template is None:
        messages.error(request, _("There is no text for this letter: the administrator adds one."))
        return redirect(link_of(case))
    note_view(request, case)
    name = customer_name(case, request.user)
    text = fill(template.text, {"name": name or _("Customer")} | placeholders(case))
    return render(request, "complaints/handling/apology_letter.html", {"case": case, "text": text})
