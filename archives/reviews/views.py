"""Meetings of both kinds: the list, the way to one, paper; the key-attention lists in force and work that meetings gave."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.reviews import monthly_views
from archives.reviews.access import get_visible_meeting
from archives.reviews.deciding import finish_task, report_result
from archives.reviews.meetings import may_run, stamp
from archives.reviews.models import AgendaItem, KeyCustomer, Meeting
from archives.reviews.monthly_forms import KeyFilter, MeetingFilter, ReportForm
from archives.reviews.selectors import key_entries_for, my_tasks
from archives.reviews.sentences import evidence_of, reason_name, tone_of
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.staff.access import requires

LISTED = 300


@requires("archives.view_meeting")
def meetings(request):
    """Monthly and quarterly meetings of the branches in scope, the newest first."""
    kind = request.GET.get("kind") if request.GET.get("kind") in Meeting.Kind.values else Meeting.Kind.MONTHLY
    form = MeetingFilter(request.GET, user=request.user)
    form.is_valid()
    rows = Meeting.objects.visible_to(request.user).filter(kind=kind).for_page()
    if branch := form.cleaned_data.get("branch"):
        rows = rows.filter(branch=branch)
    if period := form.cleaned_data.get("period"):
        rows = rows.filter(period__startswith=period)
    if state := form.cleaned_data.get("state"):
        rows = rows.filter(state=state)
    found = page(
        rows,
        order=[("period", "desc"), ("branch__path", "asc"), ("pk", "asc")],
        size=30,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    context = {"page": found, "form": form, "kind": kind, "kinds": Meeting.Kind.choices, "today": timezone.localdate()}
    return render(request, "archives/reviews/meetings.html", context)


@requires("archives.view_meeting")
def meeting(request, number: str):
    return _of_kind(request, number, monthly_views.meeting, "reviews:quarterly")


@requires("archives.view_meeting")
def print_minutes(request, number: str):
    return _of_kind(request, number, monthly_views.print_minutes, "reviews:quarterly_print")


@requires("archives.view_meeting")
def document(request, number: str):
    return _of_kind(request, number, monthly_views.document, "reviews:quarterly_document")


def _of_kind(request, number: str, monthly, quarterly: str):
    found = get_visible_meeting(request.user, number, request=request)
    if found.kind == Meeting.Kind.MONTHLY:
        return monthly(request, number)
    return redirect(reverse(quarterly, args=[number]))


@requires("archives.view_meeting")
def key_customers(request):
    """The key-attention lists in force: each branch's newest closed meeting."""
    form = KeyFilter(request.GET, user=request.user)
    form.is_valid()
    rows = key_entries_for(request.user)
    if branch := form.cleaned_data.get("branch"):
        rows = rows.filter(meeting__branch=branch)
    if form.cleaned_data.get("mine"):
        rows = rows.filter(owner=request.user)
    entries = list(rows[: LISTED + 1])
    today = timezone.localdate()
    visible = set(
        Customer.objects.visible_to(request.user)
        .filter(pk__in=[entry.customer_id for entry in entries if entry.customer_id])
        .values_list("pk", flat=True)
    )
    context = {
        "lines": [_line(entry, visible, request.user, today) for entry in entries[:LISTED]],
        "more": len(entries) > LISTED,
        "form": form,
        "tasks": [work for work in my_tasks(request.user, today) if work.kind == "task"],
        "results": [choice for choice in KeyCustomer.Result.choices if choice[0]],
    }
    return render(request, "archives/reviews/key_customers.html", context)


def _line(entry: KeyCustomer, visible: set[int], user, today) -> dict:
    """An entry as a line; the customer by name where the reader may see them."""
    seen = entry.customer_id in visible
    return {
        "entry": entry,
        "name": name_for(user, entry.customer) if seen else entry.number,
        "url": reverse("workbench:customer", args=[entry.customer.number]) if seen else "",
        "whys": [(reason_name(code), tone_of(code)) for code in entry.reasons],
        "evidence": [text for text in map(evidence_of, entry.values.get("reasons", [])) if text],
        "late": not entry.result and entry.due_on is not None and entry.due_on < today,
        "mine": entry.owner_id == user.pk or may_run(user, entry.meeting),
        "stamp": stamp(entry.result, entry.result_note),
    }


@requires("archives.view_meeting")
@require_POST
def report(request, pk: int):
    """What was done about a key customer."""
    entry = get_object_or_404(key_entries_for(request.user), pk=pk)
    form = ReportForm(request.POST)
    form.is_valid()
    data = form.cleaned_data
    try:
        report_result(
            entry=entry,
            actor=request.user,
            result=data.get("result", ""),
            note=data.get("note", ""),
            seen=data.get("seen"),
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Noted for customer %(number)s.") % {"number": entry.number})
    return redirect(_list_url(request))


@requires("archives.view_meeting")
@require_POST
def finish(request, pk: int):
    """Tick a task off that a meeting gave."""
    seen = Meeting.objects.visible_to(request.user)
    item = get_object_or_404(AgendaItem, pk=pk, meeting__in=seen)
    try:
        finish_task(item=item, actor=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Task done."))
    return redirect(_list_url(request))


def _list_url(request) -> str:
    return reverse("reviews:key_customers") + ("?mine=1" if request.POST.get("mine") else "")
