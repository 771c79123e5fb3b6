"""The monthly meeting's page and what is done on it."""

from django.contrib import messages
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.changes.refusals import NotYours, Refused
from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.reviews import monthly_page as shown
from archives.reviews.access import get_visible_meeting
from archives.reviews.agenda import previous_of
from archives.reviews.closing import close_meeting, file_minutes
from archives.reviews.comparing import comparison_of, following_of
from archives.reviews.deciding import add_customer, decide_item, owners_for, settle_rest
from archives.reviews.documents import render_pdf
from archives.reviews.meetings import (
    attendance_stamp,
    cite,
    head_stamp,
    may_run,
    minutes_stamp,
    save_attendance,
    save_head,
    save_minutes,
    supplement,
)
from archives.reviews.models import Meeting
from archives.reviews.monthly_forms import DecisionForm, HeadForm, attendance_from, moment_of
from archives.reviews.opening import refresh_agenda
from archives.reviews.paper import paper_context
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

MONTHLY = Meeting.Kind.MONTHLY


def _found(request, number: str) -> Meeting:
    return get_visible_meeting(request.user, number, kind=MONTHLY, request=request)


def meeting(request, number: str):
    """The page of a monthly meeting; `reviews:meeting` leads here or to the quarterly one."""
    found = _found(request, number)
    return _page(request, found)


def _page(request, found: Meeting, *, tab: str = "", problem: str = "", typed: dict | None = None, status: int = 200):
    today = timezone.localdate()
    tabs = shown.tabs_of(found)
    tab = shown.tab_to_open(found, tabs, tab or request.GET.get("tab", ""))
    runs = may_run(request.user, found)
    context = {
        "meeting": found,
        "tabs": tabs,
        "tab": tab,
        "may_run": runs and found.is_open,
        "may_supplement": runs and not found.is_open,
        "bar": shown.bar_of(found, tabs),
        "today": today,
        "problem": problem,
        "typed": typed or {},
        "late": found.is_open and found.due_on < today,
        "rest": found.frozen.get("rest", {}).get(tab, 0),
        "sections": shown.ORDER,
    }
    context |= _tab_context(request, found, tab, runs, today)
    return render(request, "archives/reviews/meeting.html", context, status=status)


def _tab_context(request, found: Meeting, tab: str, runs: bool, today) -> dict:
    if tab == shown.PEOPLE:
        return _people_context(found)
    if tab == shown.MINUTES:
        return {
            "minutes_stamp": minutes_stamp(found),
            "citations": found.citations.select_related("cited_by", "item"),
            "supplements": found.supplements.select_related("author"),
        }
    if tab == shown.LIST:
        return _list_context(request, found)
    people = owners_for(found.branch) if runs and found.is_open else []
    return {"items": shown.items_of(found, tab, user=request.user, today=today), "people": list(people)}


def _people_context(found: Meeting) -> dict:
    people = list(owners_for(found.branch))
    rows = {row.person_id: row for row in found.attendances.select_related("person")}
    known = {person.pk for person in people}
    people += [row.person for pk, row in rows.items() if pk not in known]
    own = [person for person in people if person.branch_id == found.branch_id or person.pk in rows]
    return {
        "head_form": HeadForm(meeting=found, people=owners_for(found.branch)),
        "head_stamp": head_stamp(found),
        "attendance": [(person, rows.get(person.pk)) for person in own],
        "attendance_stamp": attendance_stamp(found),
    }


def _list_context(request, found: Meeting) -> dict:
    earlier = previous_of(found)
    context = paper_context(found)
    return {
        "key_rows": context["key_rows"],
        "compared": comparison_of(found),
        "earlier": earlier,
        "results": context["results"],
        "names": _names(request.user, found, earlier),
        "following": following_of(earlier) if earlier else [],
    }


def _names(user, *meetings: Meeting | None) -> dict[str, str]:
    """Names by number as `user` may read them, of customers in their scope; paper shows masked ones."""
    numbers = [
        number
        for meeting in meetings
        if meeting
        for rows in (meeting.key_customers, meeting.items.filter(decision="key"))
        for number in rows.values_list("number", flat=True)
    ]
    return {c.number: name_for(user, c) for c in Customer.objects.visible_to(user).filter(number__in=numbers)}


def _back(number: str, tab: str, anchor: str = ""):
    url = f"{reverse('reviews:meeting', args=[number])}?tab={tab}"
    return redirect(f"{url}#{anchor}" if anchor else url)


def _refused(request, found: Meeting, tab: str, refusal: Refused, typed: dict | None = None):
    """The page again, with what was typed and why it was not kept."""
    fresh = Meeting.objects.for_page().get(pk=found.pk)
    status = 403 if isinstance(refusal, NotYours) else 409
    return _page(request, fresh, tab=tab, problem=refusal.message, typed=typed, status=status)


@requires("archives.run_meeting")
@require_POST
def decide(request, number: str, pk: int):
    found = _found(request, number)
    item = get_object_or_404(found.items.select_related("meeting"), pk=pk)
    form = DecisionForm(request.POST, people=owners_for(found.branch))
    form.is_valid()  # what is unreadable counts as empty: the service asks for it
    try:
        item = decide_item(item=item, actor=request.user, now=timezone.now(), **form.values)
    except Refused as refusal:
        if request.htmx:
            return _item(request, found, pk, problem=refusal.message, typed=request.POST)
        return _refused(request, found, item.section, refusal, {"pk": pk} | request.POST.dict())
    if request.htmx:
        return _item(request, found, pk)
    return _back(number, item.section, f"item-{pk}")


def _item(request, found: Meeting, pk: int, *, problem: str = "", typed=None) -> HttpResponse:
    """One item, the tabs and the bar: what htmx swaps in."""
    fresh = Meeting.objects.for_page().get(pk=found.pk)
    tabs = shown.tabs_of(fresh)
    rows = list(fresh.items.filter(pk=pk).select_related("customer", "customer__manager", "person", "owner", "item"))
    row = shown.show_items(fresh, rows, user=request.user, today=timezone.localdate())[0]
    context = {
        "meeting": fresh,
        "row": row,
        "people": list(owners_for(fresh.branch)),
        "may_run": fresh.is_open,
        "tabs": tabs,
        "tab": row.item.section,
        "bar": shown.bar_of(fresh, tabs),
        "item_problem": problem,
        "typed": {"pk": pk} | typed.dict() if typed else {},
        "swap": True,
    }
    return render(request, "archives/reviews/_swapped.html", context)


@requires("archives.run_meeting")
@require_POST
def settle(request, number: str):
    """Decide what is left of a section."""
    found, section = _found(request, number), request.POST.get("section", "")
    try:
        n = settle_rest(meeting=found, section=section, actor=request.user, now=timezone.now())
    except Refused as refusal:
        return _refused(request, found, section, refusal)
    messages.success(request, _("Decided: %(n)s items.") % {"n": n})
    return _back(number, section)


@requires("archives.run_meeting")
@require_POST
def add_item(request, number: str):
    found = _found(request, number)
    try:
        item = add_customer(
            meeting=found,
            actor=request.user,
            number=request.POST.get("customer", ""),
            why=request.POST.get("why", "")[:2000],
            now=timezone.now(),
        )
    except Refused as refusal:
        return _refused(request, found, "key", refusal, request.POST.dict())
    return _back(number, "key", f"item-{item.pk}")


@requires("archives.run_meeting")
@require_POST
def head(request, number: str):
    found = _found(request, number)
    form = HeadForm(request.POST, meeting=found, people=owners_for(found.branch))
    if not form.is_valid():
        problem = _("Nothing was saved: look at time, place, host and recorder again.")
        return _page(request, found, tab=shown.PEOPLE, problem=problem, status=400)
    data = form.cleaned_data
    try:
        save_head(
            meeting=found,
            actor=request.user,
            held_at=moment_of(data["held_at"]),
            place=data["place"],
            host=data["host"],
            recorder=data["recorder"],
            seen=request.POST.get("seen", ""),
        )
    except Refused as refusal:
        return _refused(request, found, shown.PEOPLE, refusal)
    messages.success(request, _("Saved."))
    return _back(number, shown.PEOPLE)


@requires("archives.run_meeting")
@require_POST
def attendance(request, number: str):
    found = _found(request, number)
    people = [person for person, _row in _people_context(found)["attendance"]]
    try:
        save_attendance(
            meeting=found,
            actor=request.user,
            people=attendance_from(request.POST, people),
            seen=request.POST.get("seen", ""),
        )
    except Refused as refusal:
        return _refused(request, found, shown.PEOPLE, refusal)
    messages.success(request, _("Attendance saved."))
    return _back(number, shown.PEOPLE)


@requires("archives.run_meeting")
@require_POST
def minutes(request, number: str):
    found, text = _found(request, number), request.POST.get("minutes", "")[:50_000]
    try:
        save_minutes(meeting=found, actor=request.user, minutes=text, seen=request.POST.get("seen", ""))
    except Refused as refusal:
        return _refused(request, found, shown.MINUTES, refusal, {"minutes": text})
    messages.success(request, _("Minutes saved."))
    return _back(number, shown.MINUTES)


@requires("archives.run_meeting")
@require_POST
def cite_item(request, number: str):
    found = _found(request, number)
    try:
        cite(
            meeting=found,
            actor=request.user,
            number=request.POST.get("item", "")[:60],
            note=request.POST.get("note", "")[:2000],
            now=timezone.now(),
        )
    except Refused as refusal:
        return _refused(request, found, shown.MINUTES, refusal, request.POST.dict())
    messages.success(request, _("Citation noted."))
    return _back(number, shown.MINUTES)


@requires("archives.run_meeting")
@require_POST
def refresh(request, number: str):
    found = _found(request, number)
    try:
        fresh = refresh_agenda(meeting=found, actor=request.user, now=timezone.now())
    except Refused as refusal:
        return _refused(request, found, "", refusal)
    messages.success(request, _("Agenda computed as of %(day)s; what was decided stays.") % {"day": fresh.data_on})
    return redirect("reviews:meeting", number=number)


@requires("archives.run_meeting")
@require_POST
def close(request, number: str):
    found, now = _found(request, number), timezone.now()
    seen = request.POST.get("version", "")
    found.version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1
    try:
        found = close_meeting(meeting=found, actor=request.user, now=now)
    except Refused as refusal:
        return _refused(request, found, request.POST.get("tab", ""), refusal)
    record(
        AccessEvent.Action.DECISION, request=request, obj_type="meeting", obj_id=found.pk, label=number, result="closed"
    )
    messages.success(request, _("The meeting is closed: minutes and key list are frozen."))
    try:
        file_minutes(meeting=found, now=now)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    return redirect("reviews:meeting", number=number)


@requires("archives.run_meeting")
@require_POST
def add_supplement(request, number: str):
    found, text = _found(request, number), request.POST.get("text", "")[:50_000]
    try:
        supplement(meeting=found, actor=request.user, text=text, now=timezone.now())
    except Refused as refusal:
        return _refused(request, found, shown.MINUTES, refusal, {"text": text})
    messages.success(request, _("Supplement added below the frozen minutes."))
    return _back(number, shown.MINUTES)


def print_minutes(request, number: str):
    """A4 in the browser; the filed PDF has the same sheet."""
    found = _found(request, number)
    return render(request, "archives/reviews/minutes.html", paper_context(found))


def document(request, number: str):
    """The filed PDF; of an open meeting, or where none could be filed yet, one made for this download alone."""
    found = _found(request, number)
    if found.document:
        content: FieldFile | bytes = found.document.open("rb")
    else:
        try:
            content = render_pdf("archives/reviews/minutes.html", paper_context(found))
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect("reviews:meeting", number=number)
    record(
        AccessEvent.Action.DOWNLOAD,
        request=request,
        obj_type="meeting",
        obj_id=found.pk,
        label=number,
        fields="minutes",
        result="filed" if found.document else "draft",
    )
    name = f"{number}.pdf" if found.document else f"{number}-draft.pdf"
    if isinstance(content, bytes):
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    return FileResponse(content, as_attachment=True, filename=name, content_type="application/pdf")
