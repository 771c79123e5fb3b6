"""The lobby log of a day, and the handover sheets."""

from datetime import date

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from complaints.duty.access import get_visible_handover, get_visible_outlet, may_keep, works_at
from complaints.duty.forms import HandoverForm, LogForm, log_initial, show_refusal
from complaints.duty.handovers import give, take
from complaints.duty.lobby import finish_log, missing_of, save_log
from complaints.duty.models import Handover, LobbyEvent, LobbyLog
from complaints.duty.views import status_of, typed_version
from crm.lib.keyset import page as keyset_page
from crm.lib.refusals import NotYours, Refused
from crm.staff.access import requires
from crm.staff.models import Branch, User

PAGE_SIZE = 30


@requires("complaints.view_roster")
@require_http_methods(["GET", "HEAD", "POST"])
def log(request, code: str, day: date):
    """Save what was typed; with the other button also finish it."""
    branch = get_visible_outlet(request.user, code, request=request)
    found = LobbyLog.objects.filter(branch=branch, day=day).select_related("by").first()
    form = LogForm(request.POST or None, initial=log_initial(found or LobbyLog(branch=branch, day=day)))
    if request.method != "POST":
        return _log_page(request, branch, day, found, form)
    if not form.is_valid():
        return _log_page(request, branch, day, found, form, status=400)
    now, version = timezone.now(), typed_version(request.POST.get("version"))
    try:
        kept = save_log(branch=branch, day=day, actor=request.user, now=now, version=version, values=form.values)
    except Refused as refusal:
        show_refusal(form, refusal)
        return _log_page(request, branch, day, found, form, status=status_of(refusal))
    if "finish" not in request.POST:
        messages.success(request, _("Saved."))
        return redirect("duty:log", code=code, day=day)
    try:
        finish_log(log=kept, actor=request.user, now=now, version=kept.version)
    except Refused as refusal:
        show_refusal(form, refusal)
        return _log_page(request, branch, day, kept, form, status=status_of(refusal))
    messages.success(request, _("Finished: the log is frozen."))
    return redirect("duty:log", code=code, day=day)


def _log_page(request, branch: Branch, day: date, found: LobbyLog | None, form: LogForm, *, status: int = 200):
    keeps = may_keep(request.user, branch, day)
    events = LobbyEvent.objects.filter(branch=branch).on(day, day)
    context = {
        "branch": branch,
        "day": day,
        "log": found,
        "form": form,
        "writes": keeps and not (found and found.finished_at) and day <= timezone.localdate(),
        "missing": missing_of(found) if found and not found.finished_at else [],
        "n_events": events.count(),
        "n_settled": events.settled_on_the_spot().count(),
        "version": found.version if found else 0,
    }
    return render(request, "complaints/duty/log.html", context, status=status)


@requires("complaints.view_roster")
@require_http_methods(["GET", "HEAD", "POST"])
def handovers(request, code: str):
    branch = get_visible_outlet(request.user, code, request=request)
    people = User.objects.active().at(branch).exclude(pk=request.user.pk).prefetch_related("role_grants")
    form = HandoverForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            sheet = give(branch=branch, actor=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            show_refusal(form, refusal)
            return _sheets(request, branch, form, status=status_of(refusal))
        messages.success(request, _("Signed: %(who)s signs next.") % {"who": sheet.taker.name})
        return redirect("duty:handovers", code=code)
    if request.method == "POST" and not works_at(request.user, branch, timezone.localdate()):
        return _sheets(request, branch, form, status=403)
    return _sheets(request, branch, form, status=400 if form.errors else 200)


def _sheets(request, branch: Branch, form: HandoverForm, *, problem: str = "", status: int = 200):
    found = keyset_page(
        Handover.objects.filter(branch=branch).select_related("giver", "taker"),
        order=[("day", "desc"), ("pk", "desc")],
        size=PAGE_SIZE,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    works = works_at(request.user, branch, timezone.localdate())
    context = {"branch": branch, "page": found, "form": form if works else None, "problem": problem}
    return render(request, "complaints/duty/handovers.html", context, status=status)


@requires("complaints.view_roster")
@require_POST
def take_over(request, pk: int):
    sheet = get_visible_handover(request.user, pk, request=request)
    try:
        take(handover=sheet, actor=request.user, now=timezone.now())
    except Refused as refusal:
        people = User.objects.active().at(sheet.branch).exclude(pk=request.user.pk)
        form = HandoverForm(people=people)
        status = 403 if isinstance(refusal, NotYours) else 409
        return _sheets(request, sheet.branch, form, problem=refusal.message, status=status)
    messages.success(request, _("Signed: the handover is complete."))
    return redirect("duty:mine")
