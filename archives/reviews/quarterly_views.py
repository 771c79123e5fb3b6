"""The customer-analysis meeting: figures that open their rows, people, minutes, one confirmation, paper."""

from datetime import date

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archives.changes.refusals import NotYours, Refused
from archives.reviews.access import get_visible_meeting
from archives.reviews.documents import render_pdf
from archives.reviews.meetings import (
    attendance_stamp,
    head_stamp,
    may_run,
    minutes_stamp,
    save_attendance,
    save_head,
    save_minutes,
    supplement,
)
from archives.reviews.models import Meeting
from archives.reviews.monthly_forms import HeadForm, attendance_from, moment_of
from archives.reviews.quarterly import confirm_quarter, lacks_of, people_of
from archives.reviews.quarterly_paper import file_quarterly, paper_of, shown
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

LISTED = 50


def _found(request, number: str) -> Meeting:
    return get_visible_meeting(request.user, number, kind=Meeting.Kind.QUARTERLY, request=request)


@requires("archives.view_meeting", "archives.view_classes")
@require_GET
def quarterly(request, number: str):
    return _page(request, _found(request, number))


def _page(request, found: Meeting, *, problem: str = "", typed: dict | None = None, status: int = 200):
    today, runs = timezone.localdate(), may_run(request.user, found)
    people = list(people_of(found).select_related("branch"))
    marked = {row.person_id: row for row in found.attendances.select_related("person__branch")}
    people += [row.person for pk, row in marked.items() if pk not in {person.pk for person in people}]
    context = shown(found, user=request.user, at_most=LISTED) | {
        "may_run": runs and found.is_open,
        "may_supplement": runs and not found.is_open,
        "may_override": found.is_open and request.user.has_perm("archives.override_class"),
        "late": found.is_open and found.due_on < today,
        "today": today,
        "lacks": lacks_of(found, timezone.now()) if found.is_open else [],
        "head_form": HeadForm(meeting=found, people=people_of(found)),
        "head_stamp": head_stamp(found),
        "minutes_stamp": minutes_stamp(found),
        "attendance_stamp": attendance_stamp(found),
        "attendance": [(person, marked.get(person.pk)) for person in people if found.is_open or person.pk in marked],
        "supplements": found.supplements.select_related("author"),
        "problem": problem,
        "typed": typed or {},
    }
    return render(request, "archives/reviews/quarterly.html", context, status=status)


def _refused(request, found: Meeting, refusal: Refused, typed: dict | None = None):
    """The page again, with what was typed and why it was not kept."""
    fresh = Meeting.objects.for_page().get(pk=found.pk)
    status = 403 if isinstance(refusal, NotYours) else 409
    return _page(request, fresh, problem=refusal.message, typed=typed, status=status)


@requires("archives.run_meeting")
@require_POST
def quarterly_head(request, number: str):
    found = _found(request, number)
    form = HeadForm(request.POST, meeting=found, people=people_of(found))
    if not form.is_valid():
        problem = _("Nothing was saved: look at time, place, host and recorder again.")
        return _page(request, found, problem=problem, status=400)
    data = form.cleaned_data
    try:
        save_head(
            meeting=found,
            actor=request.user,
            held_at=moment_of(data["held_at"]),
            place=data["place"],
            host=data["host"],
            recorder=data["recorder"],
            seen=request.POST.get("seen"),
        )
    except Refused as refusal:
        return _refused(request, found, refusal)
    messages.success(request, _("Saved."))
    return redirect("reviews:quarterly", number=number)


@requires("archives.run_meeting")
@require_POST
def quarterly_attendance(request, number: str):
    found = _found(request, number)
    people = attendance_from(request.POST, list(people_of(found)))
    try:
        save_attendance(meeting=found, actor=request.user, people=people, seen=request.POST.get("seen"))
    except Refused as refusal:
        return _refused(request, found, refusal)
    messages.success(request, _("Attendance saved."))
    return redirect("reviews:quarterly", number=number)


@requires("archives.run_meeting")
@require_POST
def quarterly_minutes(request, number: str):
    found, text = _found(request, number), request.POST.get("minutes", "")[:50_000]
    try:
        save_minutes(meeting=found, actor=request.user, minutes=text, seen=request.POST.get("seen"))
    except Refused as refusal:
        return _refused(request, found, refusal, {"minutes": text})
    messages.success(request, _("Minutes saved."))
    return redirect("reviews:quarterly", number=number)


@requires("archives.run_meeting")
@require_POST
def quarterly_supplement(request, number: str):
    found, text = _found(request, number), request.POST.get("text", "")[:50_000]
    try:
        supplement(meeting=found, actor=request.user, text=text, now=timezone.now())
    except Refused as refusal:
        return _refused(request, found, refusal, {"text": text})
    messages.success(request, _("Supplement added below the frozen minutes."))
    return redirect("reviews:quarterly", number=number)


@requires("archives.run_meeting")
@require_POST
def quarterly_confirm(request, number: str):
    """Close the meeting and confirm its classes, both or neither."""
    found, now = _found(request, number), timezone.now()
    found.version = _whole(request.POST.get("version"))
    day = _day(request.POST.get("effective_on"))
    if day is None:
        return _refused(request, found, Refused(_("From which day do the classes count? Write it as 2026-10-20.")))
    try:
        found = confirm_quarter(
            meeting=found,
            unit_version=_whole(request.POST.get("unit_version")),
            actor=request.user,
            effective_on=day,
            now=now,
        )
    except Refused as refusal:
        return _refused(request, found, refusal)
    record(
        AccessEvent.Action.DECISION, request=request, obj_type="meeting", obj_id=found.pk, label=number, result="confirmed"
    )  # fmt: skip
    messages.success(request, _("The classes are confirmed and the meeting is closed: minutes and figures are frozen."))
    try:
        file_quarterly(meeting=found, now=now)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    return redirect("reviews:quarterly", number=number)


def _whole(text: str | None) -> int:
    """A version that a form sent back; -1 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def _day(text: str | None) -> date | None:
    """The day of a form; today where it is left empty, None where it cannot be read."""
    if not text:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@requires("archives.view_meeting", "archives.view_classes")
@require_GET
def quarterly_print(request, number: str):
    """A4 in the browser; the filed PDF has the same sheet."""
    return render(request, "archives/reviews/quarterly_print.html", paper_of(_found(request, number)))


@requires("archives.view_meeting", "archives.view_classes")
@require_GET
def quarterly_document(request, number: str):
    """The filed PDF; of an open meeting, or where none could be filed yet, one made for this download alone."""
    found = _found(request, number)
    filed = bool(found.document)
    try:
        content = (
            found.document.open("rb") if filed else render_pdf("archives/reviews/quarterly_print.html", paper_of(found))
        )
    except FileNotFoundError as error:
        raise Http404 from error
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("reviews:quarterly", number=number)
    record(
        AccessEvent.Action.DOWNLOAD, request=request, obj_type="meeting", obj_id=found.pk, label=number, fields="minutes", result="filed" if filed else "draft"
    )  # fmt: skip
    name = f"{number}.pdf" if filed else f"{number}-draft.pdf"
    if filed:
        return FileResponse(content, as_attachment=True, filename=name, content_type="application/pdf")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
