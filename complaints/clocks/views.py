"""Targets, recalculation, the report of pauses, and the warnings of the cases one sees."""

from datetime import date, timedelta

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from complaints.clocks import recalculating
from complaints.clocks.forms import RecalculateForm, TargetForm
from complaints.clocks.models import ClockWarning, Target
from complaints.clocks.pause_report import report_of
from complaints.clocks.targets import TargetBook, set_target
from complaints.clocks.wording import amount_in_words, moment_in_words
from crm.lib import keyset
from crm.lib.refusals import NotYours, Refused
from crm.staff.access import requires
from crm.workdays.services import calendar_warning, unknown_year_note

SHOWN = 200
WARNINGS = 50


@requires("complaints.view_case")
@require_safe
def targets(request):
    return _targets(request, TargetForm(initial={"valid_from": timezone.localdate() + timedelta(days=1)}))


def _targets(request, form: TargetForm, status: int = 200):
    today = timezone.localdate()
    rows = [(target, amount_in_words(target.amount, target.unit)) for target in TargetBook.read().current(today)]
    history = Target.objects.exclude(set_by=None).select_related("set_by").order_by("-set_at", "-pk")[:SHOWN]
    context = {
        "rows": rows,
        "changes": [(target, amount_in_words(target.amount, target.unit)) for target in history],
        "form": form,
        "today": today,
        "may_set": request.user.has_perm("complaints.set_targets"),
        "note": calendar_warning(today) or unknown_year_note(today),
    }
    return render(request, "complaints/clocks/targets.html", context, status=status)


@requires("complaints.set_targets")
@require_POST
def set_one(request):
    form = TargetForm(request.POST)
    if not form.is_valid():
        return _targets(request, form, status=400)
    try:
        set_target(actor=request.user, now=timezone.now(), **form.cleaned_data)
    except Refused as refusal:
        form.show(refusal)
        return _targets(request, form, status=403 if isinstance(refusal, NotYours) else 409)
    messages.success(request, _("Set. Cases that are open keep their limits until you recalculate them."))
    return redirect("clocks:targets")


@requires("complaints.set_targets")
@require_safe
def recalculate(request):
    why = request.GET.get("why", "")
    return _preview(request, why if why in recalculating.REASONS else recalculating.REASONS[0])


def _preview(request, why: str, form: RecalculateForm | None = None, status: int = 200):
    now = timezone.now()
    rows = recalculating.preview(actor=request.user, why=why, now=now)
    context = {
        "why": why,
        "reasons": [(key.value, key.label) for key in recalculating.REASONS],
        "rows": [(row, moment_in_words(row.before), moment_in_words(row.after)) for row in rows[:SHOWN]],
        "total": len(rows),
        "cases": len({row.clock.case_id for row in rows}),
        "form": form or RecalculateForm(),
        "seen": recalculating.fingerprint(rows),
        "shown": SHOWN,
    }
    return render(request, "complaints/clocks/recalculate.html", context, status=status)


@requires("complaints.set_targets")
@require_POST
def apply(request):
    form = RecalculateForm(request.POST)
    why = request.POST.get("why", "")
    why = why if why in recalculating.REASONS else recalculating.REASONS[0]
    if not form.is_valid():
        return _preview(request, why, form, status=400)
    try:
        n = recalculating.recalculate(actor=request.user, now=timezone.now(), **form.cleaned_data)
    except Refused as refusal:
        form.show(refusal)
        return _preview(request, why, form, status=403 if isinstance(refusal, NotYours) else 409)
    messages.success(request, ngettext("%(n)s limit moved.", "%(n)s limits moved.", n) % {"n": n})
    return redirect("clocks:recalculate")


@requires("complaints.view_numbers")
@require_safe
def pauses(request):
    """By outlet: how often, how long, for what; an office looks here for limits that stand still too often."""
    today = timezone.localdate()
    first = _day(request.GET.get("from")) or today - timedelta(days=364)
    last = _day(request.GET.get("to")) or today
    context = report_of(request.user, first=first, last=max(first, last), now=timezone.now())
    return render(request, "complaints/clocks/pauses.html", context | {"first": first, "last": max(first, last)})


@requires("complaints.view_case")
@require_safe
def warnings(request):
    """What the sweep said of the cases one sees, the latest first."""
    rows = ClockWarning.objects.visible_to(request.user).told().select_related("clock__case__respondent")
    page = keyset.page(
        rows,
        order=[("at", "desc"), ("pk", "desc")],
        size=WARNINGS,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    for row in page.rows:
        row.due = moment_in_words(row.clock.due_at)
    return render(request, "complaints/clocks/warnings.html", {"page": page})


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
