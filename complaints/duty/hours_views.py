"""The page of an outlet's opening hours."""

from datetime import date

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from complaints.duty.access import get_visible_outlet, may_plan
from complaints.duty.forms import ExceptionForm, WeekForm, show_refusal, windows_text
from complaints.duty.hours import WEEK, remove_exception, set_exception, set_week, stamp, week_of
from complaints.duty.models import OpeningException
from complaints.duty.views import status_of
from crm.lib.refusals import Refused
from crm.staff.access import requires
from crm.staff.models import Branch
from crm.workdays.services import work_calendar


def _page(request, branch: Branch, *, week_form=None, exception_form=None, problem: str = "", status: int = 200):
    week = week_of(branch)
    start = {f"day_{weekday}": windows_text(week[weekday]) for weekday in WEEK}
    context = {
        "branch": branch,
        "plans": may_plan(request.user, branch),
        "week_form": week_form or WeekForm(initial=start),
        "exception_form": exception_form or ExceptionForm(),
        "seen": stamp(week),
        "has_own": any(week.values()),
        "bank_hours": windows_text(work_calendar().windows),
        "exceptions": branch.opening_exceptions.filter(day__gte=timezone.localdate()),
        "today": timezone.localdate(),
        "problem": problem,
    }
    return render(request, "complaints/duty/hours.html", context, status=status)


@requires("complaints.view_roster")
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request, code: str):
    branch = get_visible_outlet(request.user, code, request=request)
    if request.method != "POST":
        return _page(request, branch)
    form = WeekForm(request.POST)
    if not may_plan(request.user, branch):
        return _page(request, branch, status=403)
    if not form.is_valid():
        return _page(request, branch, week_form=form, status=400)
    try:
        set_week(
            branch=branch, actor=request.user, now=timezone.now(), week=form.week, seen=request.POST.get("seen", "")
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return _page(request, branch, week_form=form, status=status_of(refusal))
    messages.success(request, _("Opening hours saved: look whether the roster still covers them."))
    return redirect("duty:hours", code=code)


@requires("complaints.plan_roster")
@require_POST
def add_exception(request, code: str):
    branch = get_visible_outlet(request.user, code, request=request)
    form = ExceptionForm(request.POST)
    if not form.is_valid():
        return _page(request, branch, exception_form=form, status=400)
    data = form.cleaned_data
    try:
        set_exception(
            branch=branch,
            actor=request.user,
            now=timezone.now(),
            day=data["day"],
            is_open=data["state"] == "open",
            opens=data["opens"],
            closes=data["closes"],
            reason=data["reason"],
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return _page(request, branch, exception_form=form, status=status_of(refusal))
    messages.success(request, _("Saved: look whether the roster still covers the day."))
    return redirect("duty:hours", code=code)


@requires("complaints.plan_roster")
@require_POST
def drop_exception(request, code: str, day: date):
    branch = get_visible_outlet(request.user, code, request=request)
    found = get_object_or_404(OpeningException.objects.select_related("branch"), branch=branch, day=day)
    try:
        remove_exception(exception=found, actor=request.user, now=timezone.now())
    except Refused as refusal:
        return _page(request, branch, problem=refusal.message, status=status_of(refusal))
    messages.success(request, _("Removed: the day follows the week again."))
    return redirect("duty:hours", code=code)
