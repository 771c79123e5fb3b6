"""All limits of one case, and what is asked and decided about them."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from complaints.cases.access import get_visible_case, note_view
from complaints.cases.models import Case
from complaints.clocks import forms
from complaints.clocks.extending import ask_extension, decide_extension
from complaints.clocks.major import report_major
from complaints.clocks.models import Extension, Pause
from complaints.clocks.page import detail_of
from complaints.clocks.pausing import ask_pause, decide_pause, resume
from crm.lib.refusals import NotYours, Refused
from crm.staff.access import requires

VIEW = "complaints.view_case"


@requires(VIEW)
@require_safe
def clocks(request, number: str):
    found = get_visible_case(request.user, number, request=request)
    note_view(request, found)
    return _page(request, found)


def _page(request, case: Case, *, form_name: str = "", form=None, status: int = 200):
    now = timezone.now()
    seen = {"version": case.version}
    context = {
        "case": case,
        "now": now,
        "pause_form": forms.PauseForm(initial=seen, prefix="p"),
        "extension_form": forms.ExtensionForm(initial=seen, prefix="e"),
        "decide_pause_form": forms.DecisionForm(initial=seen | {"told_at": now}, prefix="dp"),
        "decide_extension_form": forms.DecisionForm(initial=seen | {"told_at": now}, prefix="de"),
        "problem": "",
    }
    context |= detail_of(case, request.user, now)
    if form is not None and form_name:
        context[form_name] = form
    if form is not None and form_name not in _forms_offered(context):
        context["problem"] = " ".join(str(text) for texts in form.errors.values() for text in texts)
    return render(request, "complaints/clocks/case.html", context, status=status)


def _forms_offered(context: dict) -> set[str]:
    may = context["may"]
    pairs = {
        "pause_form": "ask_pause",
        "decide_pause_form": "decide_pause",
        "extension_form": "ask_extension",
        "decide_extension_form": "decide_extension",
    }
    return {name for name, right in pairs.items() if may[right]}


def _act(request, number: str, form_name: str, form, work: Callable[[Case, dict], str]):
    """Do `work(case, values)` on the version that the page showed; a refusal leaves what was typed in the form."""
    case = get_visible_case(request.user, number, request=request)
    if not form.is_valid():
        return _page(request, case, form_name=form_name, form=form, status=400)
    case.version = form.cleaned_data["version"]
    try:
        messages.success(request, work(case, form.values()))
    except Refused as refusal:
        form.show(refusal)
        fresh = get_visible_case(request.user, number, request=request)
        status = 403 if isinstance(refusal, NotYours) else 409
        return _page(request, fresh, form_name=form_name, form=form, status=status)
    return redirect("clocks:case", number=number)


@requires(VIEW)
@require_POST
def pause(request, number: str):
    def work(case: Case, values: dict) -> str:
        ask_pause(case=case, actor=request.user, now=timezone.now(), **values)
        return _("Asked: another person of the office decides.")

    return _act(request, number, "pause_form", forms.PauseForm(request.POST, prefix="p"), work)


@requires(VIEW)
@require_POST
def pause_decision(request, number: str, pk: int):
    def work(case: Case, values: dict) -> str:
        asked = Pause.objects.filter(case=case, pk=pk).select_related("asked_by", "decided_by").first()
        decide_pause(pause=_there(asked), case=case, actor=request.user, now=timezone.now(), **values)
        return _("The limits stand still.") if values["grant"] else _("Refused; the limits run on.")

    return _act(request, number, "decide_pause_form", forms.DecisionForm(request.POST, prefix="dp"), work)


@requires(VIEW)
@require_POST
def run_on(request, number: str):
    def work(case: Case, values: dict) -> str:
        resume(case=case, actor=request.user, now=timezone.now())
        return _("The limits run on with what was left of them.")

    return _act(request, number, "", forms.Base(request.POST), work)


@requires(VIEW)
@require_POST
def extension(request, number: str):
    def work(case: Case, values: dict) -> str:
        ask_extension(case=case, actor=request.user, now=timezone.now(), **values)
        return _("Asked: another person decides.")

    return _act(request, number, "extension_form", forms.ExtensionForm(request.POST, prefix="e"), work)


@requires(VIEW)
@require_POST
def extension_decision(request, number: str, pk: int):
    def work(case: Case, values: dict) -> str:
        asked = Extension.objects.filter(case=case, pk=pk).select_related("asked_by", "decided_by").first()
        decide_extension(extension=_there(asked), case=case, actor=request.user, now=timezone.now(), **values)
        return _("The limit was extended.") if values["grant"] else _("Refused; the limit stays.")

    return _act(request, number, "decide_extension_form", forms.DecisionForm(request.POST, prefix="de"), work)


@requires(VIEW)
@require_POST
def major(request, number: str, kind: str):
    def work(case: Case, values: dict) -> str:
        report_major(case=case, kind=kind, actor=request.user, now=timezone.now())
        return _("Noted.")

    return _act(request, number, "", forms.Base(request.POST), work)


def _there(row):
    if row is None:
        raise Http404
    return row
