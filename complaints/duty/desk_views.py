"""Today in the lobby, and one's own duties: who is there, check-in, what happened."""

import secrets

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from complaints.duty.access import (
    get_visible_duty,
    get_visible_event,
    get_visible_outlet,
    may_keep,
    may_plan,
    visible_outlets,
)
from complaints.duty.attendance import check_in, check_out
from complaints.duty.desk_page import duty_line, lobby_rows, mine_of, shown_event, today_of
from complaints.duty.lobby import record_event, settle_event
from complaints.duty.models import LobbyEvent
from complaints.duty.months import Month
from complaints.duty.views import status_of
from crm.lib.keyset import page as keyset_page
from crm.lib.refusals import Refused
from crm.staff.access import requires
from crm.staff.models import Branch

PAGE_SIZE = 50


@requires("complaints.view_roster")
@require_safe
def lobbies(request):
    """One's own outlet at once; those above choose among theirs."""
    outlets = visible_outlets(request.user)
    if outlets.filter(pk=request.user.branch_id).exists():
        return redirect("duty:lobby", code=request.user.branch.code)
    context = {"rows": lobby_rows(list(outlets), now=timezone.now()), "month": Month.of(timezone.localdate())}
    return render(request, "complaints/duty/lobbies.html", context)


@requires("complaints.view_roster")
@require_safe
def lobby(request, code: str):
    return _lobby(request, get_visible_outlet(request.user, code, request=request))


def _lobby(request, branch: Branch, *, problem: str = "", typed: dict | None = None, status: int = 200):
    now = timezone.now()
    context = today_of(branch, request.user, now=now) | {
        "branch": branch,
        "month": Month.of(timezone.localdate(now)),
        "kinds": LobbyEvent.Kind,
        "plans": may_plan(request.user, branch),
        "keeps": may_keep(request.user, branch, timezone.localdate(now)),
        "token": (typed or {}).get("token") or secrets.token_urlsafe(18),
        "typed": typed or {},
        "problem": problem,
    }
    return render(request, "complaints/duty/lobby.html", context, status=status)


@requires("complaints.register_case")
@require_POST
def record(request, code: str):
    """One of the buttons of the lobby; text and customer number are optional."""
    branch = get_visible_outlet(request.user, code, request=request)
    typed = {key: request.POST.get(key, "")[:2000] for key in ("text", "customer", "kind", "token")}
    try:
        event = record_event(
            branch=branch,
            actor=request.user,
            now=timezone.now(),
            kind=typed["kind"],
            text=typed["text"],
            customer_number=typed["customer"],
            token=typed["token"][:40],
        )
    except Refused as refusal:
        return _lobby(request, branch, problem=refusal.message, typed=typed, status=status_of(refusal))
    messages.success(request, _("Recorded: %(what)s.") % {"what": event.get_kind_display()})
    return redirect("duty:lobby", code=code)


@requires("complaints.register_case")
@require_POST
def settle(request, pk: int):
    event = get_visible_event(request.user, pk, request=request)
    try:
        settle_event(event=event, actor=request.user, now=timezone.now())
    except Refused as refusal:
        return _lobby(request, event.branch, problem=refusal.message, status=status_of(refusal))
    messages.success(request, _("Settled."))
    return redirect("duty:lobby", code=event.branch.code)


@requires("complaints.view_roster")
@require_safe
def events(request, code: str, month: Month):
    """What happened in a month, and how often a complaint was avoided."""
    branch = get_visible_outlet(request.user, code, request=request)
    rows = LobbyEvent.objects.filter(branch=branch).on(month.first, month.last)
    found = keyset_page(
        rows.select_related("by", "customer", "case"),
        order=[("at", "desc"), ("pk", "desc")],
        size=PAGE_SIZE,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    context = {
        "branch": branch,
        "month": month,
        "page": found,
        "events": [shown_event(event, request.user) for event in found.rows],
        "settled": rows.settled_on_the_spot().count(),
        "total": rows.count(),
        "cases": rows.exclude(case=None).count(),
    }
    return render(request, "complaints/duty/events.html", context)


@requires("complaints.view_roster")
@require_safe
def mine(request):
    return _mine(request)


def _mine(request, *, problem: str = "", status: int = 200):
    context = mine_of(request.user, now=timezone.now()) | {"problem": problem}
    return render(request, "complaints/duty/mine.html", context, status=status)


@requires("complaints.view_roster")
@require_POST
def check_in_now(request, pk: int):
    return _check(request, pk, check_in, _("Checked in at %(time)s."), "checked_in_at")


@requires("complaints.view_roster")
@require_POST
def check_out_now(request, pk: int):
    return _check(request, pk, check_out, _("Checked out at %(time)s."), "checked_out_at")


def _check(request, pk: int, act, words: str, field: str):
    duty = get_visible_duty(request.user, pk, request=request)
    try:
        act(duty=duty, actor=request.user, now=timezone.now())
    except Refused as refusal:
        return _mine(request, problem=refusal.message, status=status_of(refusal))
    moment = timezone.localtime(getattr(duty, field))
    messages.success(request, f"{duty_line(duty)} · " + words % {"time": f"{moment:%H:%M}"})
    return redirect("duty:mine")
