"""A month's roster: the grid, the proposal, single duties, publication, paper."""

from django.contrib import messages
from django.http import HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.duty.access import ensure_may_plan, get_visible_duty, get_visible_outlet, may_plan
from complaints.duty.forms import WEEKDAYS, PlaceForm, show_refusal
from complaints.duty.models import Duty, Post, Roster
from complaints.duty.month_page import address_of, month_of, record_of, shares_of
from complaints.duty.months import Month
from complaints.duty.rules import open_windows
from complaints.duty.selectors import hours_of, principals_of, staff_of
from complaints.duty.services import (
    Unsound,
    change_duty,
    place_duty,
    propose_roster,
    publish_roster,
    remove_duty,
    roster_of,
)
from crm.lib.refusals import NotYours, Refused
from crm.staff.access import requires
from crm.staff.models import Branch, User


def status_of(refusal: Refused) -> int:
    return 403 if isinstance(refusal, NotYours) else 409


def typed_version(text: str | None) -> int:
    """A version that a form sent back; -1 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


@requires("complaints.view_roster")
@require_safe
def roster(request, code: str, month: Month):
    return _page(request, get_visible_outlet(request.user, code, request=request), month)


def _page(request, branch: Branch, month: Month, *, refusal: Refused | None = None, status: int = 200):
    found = Roster.objects.filter(branch=branch, month=str(month)).select_related("published_by").first()
    today, plans = timezone.localdate(), may_plan(request.user, branch)
    context = month_of(branch, month, found, today=today, plans=plans) | {
        "branch": branch,
        "month": month,
        "roster": found,
        "plans": plans,
        "is_draft": found is None or found.state == Roster.State.DRAFT,
        "is_over": month.last < today,
        "today": today,
        "weekdays": WEEKDAYS,
        "problem": refusal.message if refusal else "",
        "reasons": [(one, address_of(one, branch, found)) for one in refusal.problems]
        if isinstance(refusal, Unsound) and found
        else [],
    }
    if found and context["shown"]:
        context |= {"shares": shares_of(branch, month, today=today), "record": record_of(found)}
    return render(request, "complaints/duty/roster.html", context, status=status)


def _act(request, code: str, month: Month, work):
    """Do `work(roster, now)` and go back to the month; where it is refused, the month says why."""
    branch, now = get_visible_outlet(request.user, code, request=request), timezone.now()
    try:
        messages.success(request, work(roster_of(branch=branch, month=month, actor=request.user, now=now), now))
    except Refused as refusal:
        return _page(request, branch, month, refusal=refusal, status=status_of(refusal))
    return redirect("duty:roster", code=code, month=month)


def _version(request, found: Roster) -> int:
    """The version the page saw; the first one where it saw no roster yet."""
    return typed_version(request.POST.get("version")) if "version" in request.POST else found.version


@requires("complaints.plan_roster")
@require_POST
def propose(request, code: str, month: Month):
    def work(found: Roster, now) -> str:
        anew = "anew" in request.POST
        made = propose_roster(roster=found, actor=request.user, now=now, version=_version(request, found), anew=anew)
        if not made:
            return _("Nothing was open: every business hour has its people.")
        return ngettext("%(n)s duty was placed.", "%(n)s duties were placed.", len(made)) % {"n": len(made)}

    return _act(request, code, month, work)


@requires("complaints.plan_roster")
@require_POST
def publish(request, code: str, month: Month):
    def work(found: Roster, now) -> str:
        publish_roster(roster=found, actor=request.user, now=now, version=_version(request, found))
        return _("Published: everybody on it was told.")

    return _act(request, code, month, work)


@requires("complaints.plan_roster")
@require_http_methods(["GET", "HEAD", "POST"])
def place(request, code: str, month: Month):
    """A new duty; the gap that was clicked fills the form."""
    branch, now = get_visible_outlet(request.user, code, request=request), timezone.now()
    options = people_for(branch)
    form = PlaceForm(request.POST or None, initial=_start(request, branch, month), **options)
    if request.method == "POST" and form.is_valid():
        try:
            found = roster_of(branch=branch, month=month, actor=request.user, now=now)
            place_duty(roster=found, actor=request.user, now=now, **form.cleaned_data)
        except Refused as refusal:
            show_refusal(form, refusal)
            return _form(request, branch, month, form, status=status_of(refusal))
        messages.success(request, _("Placed."))
        return _to_day(branch, month, form.cleaned_data["day"])
    return _form(request, branch, month, form, status=400 if form.errors else 200)


def _start(request, branch: Branch, month: Month) -> dict:
    """Day, post and hours from the address; the day's opening hours where it names none."""
    asked = {key: request.GET.get(key, "")[:10] for key in ("day", "post", "starts", "ends")}
    day = next((day for day in (month.first, month.last) if day.isoformat() == asked["day"]), None)
    if day is None:
        inside = asked["day"].startswith(str(month)) and asked["day"][8:].isdecimal()
        number = int(asked["day"][8:]) if inside else 1
        day = month.first.replace(day=min(max(number, 1), month.last.day))
    windows = open_windows(day, hours_of(branch, day, day))
    if windows:
        asked["starts"] = asked["starts"] or f"{windows[0][0]:%H:%M}"
        asked["ends"] = asked["ends"] or f"{windows[-1][1]:%H:%M}"
    return asked | {"day": day, "post": asked["post"] if asked["post"] in Post.values else Post.HEAD}


def people_for(branch: Branch) -> dict:
    """Who may be placed, and for whom somebody may stand in."""
    people = staff_of(branch)
    ids = {person.pk for person in people}
    rows = User.objects.prefetch_related("role_grants").order_by("employee_number")
    above = set(principals_of(branch, people).values())
    return {"people": rows.filter(pk__in=ids), "principals": rows.filter(pk__in=ids | above)}


def _form(request, branch: Branch, month: Month, form: PlaceForm, *, duty: Duty | None = None, status: int = 200):
    context = {"branch": branch, "month": month, "form": form, "duty": duty, "plans": may_plan(request.user, branch)}
    return render(request, "complaints/duty/duty.html", context, status=status)


def _to_day(branch: Branch, month: Month, day):
    return redirect(f"{reverse('duty:roster', args=[branch.code, month])}#d-{day}")


@requires("complaints.plan_roster")
@require_http_methods(["GET", "HEAD", "POST"])
def duty(request, pk: int):
    """Another person, post or time; or taken away."""
    found, now = get_visible_duty(request.user, pk, request=request), timezone.now()
    branch, month = found.branch, Month.of(found.day)
    names = ("post", "starts", "ends", "person", "stands_in_for")
    start = {name: getattr(found, name) for name in names}
    form = PlaceForm(request.POST or None, initial=start, fixed_day=True, **people_for(branch))
    version = typed_version(request.POST.get("version"))
    try:
        ensure_may_plan(request.user, branch)
        if request.method == "POST" and "remove" in request.POST:
            form = PlaceForm(initial=start, fixed_day=True, **people_for(branch))
            remove_duty(duty=found, actor=request.user, now=now, version=version)
        elif request.method == "POST" and form.is_valid():
            change_duty(duty=found, actor=request.user, now=now, version=version, **form.cleaned_data)
        else:
            return _form(request, branch, month, form, duty=found, status=400 if form.errors else 200)
    except Refused as refusal:
        return _refused(request, found, form, refusal)
    messages.success(request, _("Taken away.") if "remove" in request.POST else _("Changed."))
    return _to_day(branch, month, found.day)


def _refused(request, found: Duty, form: PlaceForm, refusal: Refused):
    """The form again with what was typed; a duty that is gone sends back to the month."""
    fresh = Duty.objects.for_page().filter(pk=found.pk).first()
    if fresh is None:
        return _page(request, found.branch, Month.of(found.day), refusal=refusal, status=409)
    if not form.is_bound:
        messages.error(request, refusal.message)
    else:
        show_refusal(form, refusal)
    return _form(request, fresh.branch, Month.of(fresh.day), form, duty=fresh, status=status_of(refusal))


@requires("complaints.view_roster")
def print_roster(request, code: str, month: Month):
    """A4 for the notice board of the outlet."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    branch = get_visible_outlet(request.user, code, request=request)
    found = Roster.objects.filter(branch=branch, month=str(month)).select_related("published_by").first()
    context = month_of(branch, month, found, today=timezone.localdate(), plans=may_plan(request.user, branch))
    context |= {"branch": branch, "month": month, "roster": found, "weekdays": WEEKDAYS}
    return render(request, "complaints/duty/roster_print.html", context)
