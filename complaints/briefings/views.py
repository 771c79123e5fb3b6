"""Briefings: the month's list, one record and what is done on it."""

from django.contrib import messages
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.reviews.acts import status_of, typed_version
from archives.reviews.monthly_forms import attendance_from
from complaints.briefings import holding
from complaints.briefings.access import get_visible_briefing, may_hold
from complaints.briefings.forms import OpenForm, RecordForm
from complaints.briefings.models import Briefing, Document
from complaints.briefings.reading import to_read
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires
from crm.staff.models import Branch, User

SIZE = 40


@requires("complaints.view_briefing")
def briefings(request):
    """Briefings in scope, newest day first; whoever writes them begins one here."""
    rows = Briefing.objects.for_page().visible_to(request.user)
    asked = request.GET.get("branch", "")
    if asked.isascii() and asked.isdigit():
        rows = rows.filter(branch=int(asked[:9]))
    context = {
        "page": page(
            rows, order=[("day", "desc"), ("pk", "desc")], size=SIZE, after=request.GET.get("after"), before=request.GET.get("before")
        ),
        "branches": _branches(request.user),
        "asked": asked,
        "to_read": to_read(request.user),
        "form": _open_form(request) if request.user.has_perm("complaints.hold_briefing") else None,
    }  # fmt: skip
    return render(request, "complaints/briefings/briefings.html", context)


def _branches(user):
    return (
        Branch.objects.active().in_scope_of(user)
        if user.has_perm("complaints.view_coverage")
        else Branch.objects.none()
    )


def _open_form(request, data=None) -> OpenForm:
    branches = Branch.objects.active().in_scope_of(request.user)
    kind = Briefing.Kind.MORNING if timezone.localtime().hour < 12 else Briefing.Kind.EVENING
    start = {"branch": request.user.branch_id, "day": timezone.localdate(), "kind": kind}
    return OpenForm(data, branches=branches, initial=start)


@requires("complaints.hold_briefing")
def begin(request):
    """Begin the outlet's briefing, or come back to the one of that day and kind."""
    form = _open_form(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = holding.open_briefing(**form.cleaned_data, actor=request.user, now=timezone.now())
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            return redirect("briefings:briefing", pk=found.pk)
    return render(request, "complaints/briefings/begin.html", {"form": form}, status=400 if form.errors else 200)


@requires("complaints.view_briefing")
def briefing(request, pk: int):
    found = get_visible_briefing(request.user, pk, request=request)
    if request.method != "POST":
        return _page(request, found)
    act = ACTS.get(request.POST.get("action", ""))
    if act is None:
        return redirect("briefings:briefing", pk=pk)
    try:
        message = act(request, found)
    except Refused as refusal:
        return _page(request, found, refusal=refusal)
    messages.success(request, message)
    return redirect("briefings:briefing", pk=found.pk)


def _page(request, found: Briefing, *, refusal: Refused | None = None):
    """The record; after a refusal with what was typed, and why it was not kept."""
    found = Briefing.objects.for_page().get(pk=found.pk)
    people = _people(found)
    data = request.POST if refusal and request.POST.get("action") == "save" else None
    marks = {row.person_id: row for row in found.attendances.select_related("person")}
    mine = marks.get(request.user.pk)
    form = RecordForm(data, briefing=found, people=people)
    for field, texts in (refusal.fields if refusal and data else {}).items():
        form.add_error(field if field in form.fields else None, texts)
    context = {
        "briefing": found,
        "form": form,
        "problem": refusal.message if refusal else "",
        "typed": request.POST if refusal else {},
        "may_write": may_hold(request.user, found.branch),
        "attendance": list(marks.values()),
        "missing": [] if found.signed_off_at else holding.missing(found),
        "cases": found.cases.select_related("case__business", "case__cause"),
        "conveyances": found.conveyances.select_related("document"),
        "documents": Document.objects.in_force().meant_for(found.branch),
        "photos": found.photos.all(),
        "supplements": found.supplements.select_related("by"),
        "may_make_up": bool(mine and found.signed_off_at and not mine.is_present and not mine.made_up_at),
    }
    return render(request, "complaints/briefings/briefing.html", context, status=status_of(refusal) if refusal else 200)


def _people(found: Briefing):
    return User.objects.active().at(found.branch).order_by("employee_number")


def _save(request, found: Briefing) -> str:
    form = RecordForm(request.POST, briefing=found, people=_people(found))
    if not form.is_valid():
        raise Refused(_("Nothing was saved: look at the marked fields."), fields=dict(form.errors))
    people = [row.person for row in found.attendances.select_related("person")]
    marks = attendance_from(request.POST, people)
    holding.save_record(**_who(request, found), **form.cleaned_data, attendance=marks)
    return _("Saved.")


def _who(request, found: Briefing) -> dict:
    return {"briefing": found, "actor": request.user, "version": typed_version(request.POST.get("version"))}


def _discuss(request, found: Briefing) -> str:
    row = holding.discuss(
        **_who(request, found), number=request.POST.get("number", ""), lesson=request.POST.get("lesson", "")[:1000]
    )
    return _("%(number)s was noted.") % {"number": row.case.number}


def _convey(request, found: Briefing) -> str:
    asked = request.POST.get("document", "")
    documents = Document.objects.in_force().meant_for(found.branch)
    document = get_object_or_404(documents, pk=int(asked[:9]) if asked.isascii() and asked.isdigit() else 0)
    holding.convey(**_who(request, found), document=document)
    return _("“%(title)s” was conveyed: everybody signs it as read under Documents.") % {"title": document.title}


def _photos(request, found: Briefing) -> str:
    files = request.FILES.getlist("photos")
    holding.add_photos(**_who(request, found), uploads=files, now=timezone.now())
    return _("Saved.")


def _sign_off(request, found: Briefing) -> str:
    holding.sign_off(**_who(request, found), now=timezone.now())
    return _("Signed off: the record is frozen now.")


def _supplement(request, found: Briefing) -> str:
    holding.supplement(briefing=found, actor=request.user, text=request.POST.get("text", "")[:5000], now=timezone.now())
    return _("The supplement was added.")


def _make_up(request, found: Briefing) -> str:
    holding.make_up(briefing=found, actor=request.user, now=timezone.now())
    return _("Noted: you have read this record.")


ACTS = {
    "save": _save,
    "discuss": _discuss,
    "convey": _convey,
    "photos": _photos,
    "sign_off": _sign_off,
    "supplement": _supplement,
    "make_up": _make_up,
}


@requires("complaints.view_briefing")
def photo(request, pk: int, photo: int):
    found = get_visible_briefing(request.user, pk, request=request)
    row = get_object_or_404(found.photos, pk=photo)
    record(AccessEvent.Action.DOWNLOAD, request=request, obj_type="briefing", obj_id=found.pk, label=_label(found))
    return FileResponse(row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.content_type)


def _label(found: Briefing) -> str:
    return f"{found.branch.code} {found.day:%Y-%m-%d}"
