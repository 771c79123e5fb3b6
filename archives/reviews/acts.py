"""What a POST does on the page of any meeting, and the download of any filed document: one way for all kinds."""

from collections.abc import Callable

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.reviews.meetings import cite, save_attendance, save_head, save_minutes, supplement
from archives.reviews.models import Analysis, Meeting
from archives.reviews.monthly_forms import HeadForm, attendance_from, moment_of
from crm.lib.refusals import NotYours, Refused
from crm.privacy.log import record
from crm.privacy.models import AccessEvent

TEXT = 50_000  # characters read of a typed text; the services say what is too long


class Unreadable(Refused):
    """A form that cannot be read at all."""


def status_of(refusal: Refused) -> int:
    if isinstance(refusal, NotYours):
        return 403
    return 400 if isinstance(refusal, Unreadable) else 409


def put_head(request, found: Meeting, people) -> None:
    """Time, place, host and recorder, the two among `people`."""
    form = HeadForm(request.POST, meeting=found, people=people)
    if not form.is_valid():
        raise Unreadable(_("Nothing was saved: look at time, place, host and recorder again."))
    values = form.cleaned_data | {"held_at": moment_of(form.cleaned_data["held_at"])}
    save_head(meeting=found, actor=request.user, seen=request.POST.get("seen", ""), **values)
    messages.success(request, _("Saved."))


def put_attendance(request, found: Meeting, people: list) -> None:
    marks = attendance_from(request.POST, people)
    save_attendance(meeting=found, actor=request.user, people=marks, seen=request.POST.get("seen", ""))
    messages.success(request, _("Attendance saved."))


def put_minutes(request, found: Meeting) -> None:
    text = request.POST.get("minutes", "")[:TEXT]
    save_minutes(meeting=found, actor=request.user, minutes=text, seen=request.POST.get("seen", ""))
    messages.success(request, _("Minutes saved."))


def put_citation(request, found: Meeting) -> None:
    cite(
        meeting=found,
        actor=request.user,
        number=request.POST.get("item", "")[:60],
        note=request.POST.get("note", "")[:2000],
        now=timezone.now(),
    )
    messages.success(request, _("Citation noted."))


def put_supplement(request, found: Meeting) -> None:
    text = request.POST.get("text", "")[:TEXT]
    supplement(meeting=found, actor=request.user, text=text, now=timezone.now())
    messages.success(request, _("Supplement added below the frozen minutes."))


def typed_version(text: str | None) -> int:
    """A version that a form sent back; -1 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def download(request, *, owner: Meeting | Analysis, kind: str, draft: Callable[[], bytes], back: str):
    """The filed PDF of `owner`; where none is filed yet, a `draft` made for this download alone. Logged.

    `back` is the page that says why no draft could be made.
    """
    filed = bool(owner.document)
    try:
        content = owner.document.open("rb") if filed else draft()
    except FileNotFoundError as error:
        raise Http404 from error
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(back, number=owner.number)
    record(
        AccessEvent.Action.DOWNLOAD, request=request, obj_type=kind, obj_id=owner.pk, label=owner.number,
        fields="minutes" if kind == "meeting" else "figures", result="filed" if filed else "draft",
    )  # fmt: skip
    name = f"{owner.number}.pdf" if filed else f"{owner.number}-draft.pdf"
    if filed:
        return FileResponse(content, as_attachment=True, filename=name, content_type="application/pdf")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
