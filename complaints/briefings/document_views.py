"""Documents: what I must read, issuing, signing as read, who has not signed yet."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.reviews.acts import status_of
from complaints.briefings.access import get_visible_document
from complaints.briefings.forms import DocumentForm
from complaints.briefings.models import Document
from complaints.briefings.reading import coverage, due_for, issue_document, readers, sign_as_read, to_read
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import for_everybody, requires
from crm.staff.models import Branch
from crm.workdays.services import work_calendar

SIZE = 40


@for_everybody
def documents(request):
    """What waits for my signature, then every document in scope."""
    rows = Document.objects.visible_to(request.user).in_force().select_related("scope", "issued_by")
    order = [("issued_at", "desc"), ("pk", "desc")]
    shown = page(rows, order=order, size=SIZE, after=request.GET.get("after"), before=request.GET.get("before"))
    waiting = list(to_read(request.user))
    context = {
        "page": shown,
        "waiting": waiting,
        "waiting_keys": {row.pk for row in waiting},
        "today": timezone.localdate(),
    }
    return render(request, "complaints/briefings/documents.html", context)


@requires("complaints.issue_document")
def issue(request):
    """A new document, or with ?replaces=CODE the next version of one."""
    code = request.GET.get("replaces", "")[:40]
    replaces = Document.objects.in_force().filter(code=code).first() if "\0" not in code else None
    if code and replaces is None:
        raise Http404
    form = DocumentForm.of(replaces, data=request.POST or None, files=request.FILES or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            document = issue_document(**form.values(), replaces=replaces, actor=request.user, now=timezone.now())
        except Refused as refusal:
            status = status_of(refusal)
            placed = {key: texts for key, texts in refusal.fields.items() if key in form.fields}
            for key, texts in (placed or {None: [refusal.message]}).items():
                form.add_error(key, texts)
        else:
            messages.success(request, _("“%(title)s” was issued: everybody it is meant for was told.") % {"title": document.title})  # fmt: skip
            return redirect("briefings:document", code=document.code, version=document.version)
    context = {"form": form, "replaces": replaces}
    return render(request, "complaints/briefings/issue.html", context, status=status)


@for_everybody
def document(request, code: str, version: int):
    """Read and sign; below, for who oversees branches, the share of all current employees who signed."""
    found = get_visible_document(request.user, code, version)
    if request.method == "POST":
        try:
            sign_as_read(document=found, actor=request.user, now=timezone.now())
            messages.success(request, _("You signed “%(title)s” as read.") % {"title": found.title})
        except Refused as refusal:
            messages.error(request, refusal.message)
        return redirect("briefings:document", code=code, version=version)
    calendar = work_calendar()
    context = {
        "document": found,
        "receipt": found.receipts.filter(person=request.user).first(),
        "is_meant": readers(found).filter(pk=request.user.pk).exists(),
        "due": due_for(found, request.user, calendar),
        "versions": Document.objects.visible_to(request.user).filter(code=code).order_by("-version"),
        "today": timezone.localdate(),
    }
    if request.user.has_perm("complaints.view_coverage"):
        outlets = coverage(found, calendar, Branch.objects.in_scope_of(request.user))
        people, signed = sum(o.people for o in outlets), sum(o.signed for o in outlets)
        context |= {
            "outlets": outlets,
            "people": people,
            "signed": signed,
            "percent": signed * 100 // people if people else 100,
        }
    return render(request, "complaints/briefings/document.html", context)


@for_everybody
def document_file(request, code: str, version: int):
    found = get_visible_document(request.user, code, version)
    if not found.file:
        raise Http404
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    record(
        AccessEvent.Action.DOWNLOAD,
        request=request,
        obj_type="document",
        obj_id=found.pk,
        label=f"{code} v{version}"[:80],
    )
    return FileResponse(content, as_attachment=True, filename=found.file_name)
