"""The monthly meeting's page and what is done on it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.reviews import monthly_page as shown
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
from archives.reviews.agenda import previous_of
from archives.reviews.closing import close_meeting, file_minutes
from archives.reviews.comparing import comparison_of, following_of
from archives.reviews.deciding import add_customer, decide_item, owners_for, settle_rest
from archives.reviews.meetings import (
    attendance_stamp,
    head_stamp,
    may_run,
    minutes_stamp,
)
from archives.reviews.models import Meeting
from archives.reviews.monthly_forms import DecisionForm, HeadForm
from archives.reviews.opening import refresh_agenda
from archives.reviews.paper import paper_context
from crm.lib.paper import render_pdf
from crm.lib.refusals import Refused
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
    return _page(request, fresh, tab=tab, problem=refusal.message, typed=typed, status=status_of(refusal))


def _act(request, number: str, tab: str, work, typed: tuple[str, ...] = ()):
    """Do `work(meeting)` and go back to `tab`; where it is refused, the page says why and keeps what was `typed`.

    `work` may return the anchor to go back to.
    """
    found = _found(request, number)
    try:
        anchor = work(found)
    except Refused as refusal:
        return _refused(request, found, tab, refusal, {key: request.POST.get(key, "") for key in typed})
    return _back(number, tab, anchor or "")


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
    section = request.POST.get("section", "")

    def work(found: Meeting) -> None:
        n = settle_rest(meeting=found, section=section, actor=request.user, now=timezone.now())
        messages.success(request, _("Decided: %(n)s items.") % {"n": n})

    return _act(request, number, section, work)


@requires("archives.run_meeting")
@require_POST
def add_item(request, number: str):
    def work(found: Meeting) -> str:
        item = add_customer(
            meeting=found,
            actor=request.user,
            number=request.POST.get("customer", ""),
            why=request.POST.get("why", "")[:2000],
            now=timezone.now(),
        )
        return f"item-{item.pk}"

    return _act(request, number, "key", work, ("customer", "why"))


@requires("archives.run_meeting")
@require_POST
def head(request, number: str):
    return _act(request, number, shown.PEOPLE, lambda found: put_head(request, found, owners_for(found.branch)))


@requires("archives.run_meeting")
@require_POST
def attendance(request, number: str):
    def work(found: Meeting) -> None:
        put_attendance(request, found, [person for person, _row in _people_context(found)["attendance"]])

    return _act(request, number, shown.PEOPLE, work)


@requires("archives.run_meeting")
@require_POST
def minutes(request, number: str):
    return _act(request, number, shown.MINUTES, lambda found: put_minutes(request, found), ("minutes",))


@requires("archives.run_meeting")
@require_POST
def cite_item(request, number: str):
    return _act(request, number, shown.MINUTES, lambda found: put_citation(request, found), ("item", "note"))


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
    found.version = typed_version(request.POST.get("version"))
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
    return _act(request, number, shown.MINUTES, lambda found: put_supplement(request, found), ("text",))


def print_minutes(request, number: str):
    """A4 in the browser; the filed PDF has the same sheet."""
    found = _found(request, number)
    return render(request, "archives/reviews/minutes.html", paper_context(found))


def document(request, number: str):
    found = _found(request, number)

    def draft() -> bytes:
        return render_pdf("archives/reviews/minutes.html", paper_context(found))

    return download(request, owner=found, kind="meeting", draft=draft, back="reviews:meeting")
