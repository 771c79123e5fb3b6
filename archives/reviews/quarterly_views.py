"""The customer-analysis meeting: figures that open their rows, people, minutes, one confirmation, paper."""

from datetime import date

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archives.reviews.access import get_visible_meeting
from archives.reviews.acts import (
    download,
    put_attendance,
    put_citation,
    put_head,
    put_minutes,
    put_supplement,
    status_of,
    typed_version,
)
from archives.reviews.meetings import (
    attendance_stamp,
    head_stamp,
    may_run,
    minutes_stamp,
)
from archives.reviews.models import Meeting
from archives.reviews.monthly_forms import HeadForm
from archives.reviews.quarterly import confirm_quarter, lacks_of, people_of
from archives.reviews.quarterly_paper import file_quarterly, paper_of, shown
from crm.lib.paper import render_pdf
from crm.lib.refusals import Refused
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
        "citations": found.citations.select_related("cited_by", "item"),
        "supplements": found.supplements.select_related("author"),
        "problem": problem,
        "typed": typed or {},
    }
    return render(request, "archives/reviews/quarterly.html", context, status=status)


def _refused(request, found: Meeting, refusal: Refused, typed: dict | None = None):
    """The page again, with what was typed and why it was not kept."""
    fresh = Meeting.objects.for_page().get(pk=found.pk)
    return _page(request, fresh, problem=refusal.message, typed=typed, status=status_of(refusal))


def _act(request, number: str, work, typed: tuple[str, ...] = ()):
    """Do `work(meeting)`; where it is refused, the page says why and keeps what was `typed`."""
    found = _found(request, number)
    try:
        work(found)
    except Refused as refusal:
        return _refused(request, found, refusal, {key: request.POST.get(key, "") for key in typed})
    return redirect("reviews:quarterly", number=number)


@requires("archives.run_meeting")
@require_POST
def quarterly_head(request, number: str):
    return _act(request, number, lambda found: put_head(request, found, people_of(found)))


@requires("archives.run_meeting")
@require_POST
def quarterly_attendance(request, number: str):
    return _act(request, number, lambda found: put_attendance(request, found, list(people_of(found))))


@requires("archives.run_meeting")
@require_POST
def quarterly_minutes(request, number: str):
    return _act(request, number, lambda found: put_minutes(request, found), ("minutes",))


@requires("archives.run_meeting")
@require_POST
def quarterly_cite(request, number: str):
    return _act(request, number, lambda found: put_citation(request, found), ("item", "note"))


@requires("archives.run_meeting")
@require_POST
def quarterly_supplement(request, number: str):
    return _act(request, number, lambda found: put_supplement(request, found), ("text",))


@requires("archives.run_meeting")
@require_POST
def quarterly_confirm(request, number: str):
    """Close the meeting and confirm its classes, both or neither."""
    found, now = _found(request, number), timezone.now()
    found.version = typed_version(request.POST.get("version"))
    day = _day(request.POST.get("effective_on"))
    if day is None:
        return _refused(request, found, Refused(_("From which day do the classes count? Write it as 2026-10-20.")))
    try:
        found = confirm_quarter(
            meeting=found,
            unit_version=typed_version(request.POST.get("unit_version")),
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
    found = _found(request, number)

    def draft() -> bytes:
        return render_pdf("archives/reviews/quarterly_print.html", paper_of(found))

    return download(request, owner=found, kind="meeting", draft=draft, back="reviews:quarterly")
