"""One step of a case on its own page: the form, what stands beside it, the refusal with everything that was typed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.cases.access import get_visible_case, note_view, roles_of
from complaints.cases.models import Case
from complaints.cases.rules import STEPS, step
from complaints.handling.case_page import customer_name
from complaints.handling.outcome_forms import CaseForm
from complaints.handling.stepping import impossible, link_of, refuse_stale
from crm.lib.refusals import NotYours, Refused

TEMPLATE = "complaints/handling/step.html"


@dataclass(frozen=True)
class Page:
    """`action` of the table; `hint` says what follows; `aside` is what stands beside the form."""

    action: str
    title: Any
    button: Any
    form: type[CaseForm]
    hint: Any = ""
    done: Any = ""
    aside: str = ""
    tone: str = "primary"
    anchor: str = "outcome"


Work = Callable[[Case, dict], Any]


def take_step(request, number: str, page: Page, work: Work, *, initial=None, context=None, after=None, preview=None):
    """GET shows the form, POST does `work(case, values)` and goes back to the case.

    `initial(case)` fills the form, `context(case)` the aside, `after(result)` what comes after the commit,
    `preview(values)` what is shown before anything is sent.
    """
    found = get_visible_case(request.user, number, request=request)
    problem = _guard(found, page.action, request.user)
    more = context(found) if context else {}
    if request.method != "POST":
        if problem:
            messages.error(request, problem)
            return redirect(link_of(found))
        note_view(request, found)
        form = page.form(initial=initial(found) if initial else None, case=found)
        return show_step(request, found, page, form, more)
    form = page.form(request.POST, case=found)
    if not form.is_valid():
        return show_step(request, found, page, form, more, problem=problem, status=409 if problem else 200)
    if preview and request.POST.get("step") == "preview":
        return _preview(request, found, page, form, more, preview)
    try:
        refuse_stale(found, version_of(request.POST.get("version")))
        result = work(found, form.cleaned_data)
    except Refused as refusal:
        return _refused(request, number, page, form, more, refusal)
    if after:
        after(result)
    messages.success(request, page.done or _("Done."))
    return redirect(link_of(found, anchor=page.anchor))


def _preview(request, case: Case, page: Page, form: CaseForm, more: dict, preview: Callable[[dict], dict]):
    try:
        shown = preview(form.cleaned_data)
    except Refused as refusal:
        return _refused(request, case.number, page, form, more, refusal)
    return show_step(request, case, page, form, more | shown | {"preview": True})


def _guard(case: Case, action: str, user) -> str:
    """PermissionDenied for whom the step is never; why it is not possible in this state; '' where it is."""
    roles, found = roles_of(case, user), step(case.state, action, case.kind)
    if found is None:
        if not any(one.who & roles for one in STEPS[action]):
            raise PermissionDenied
        return impossible(case)
    if not found.who & roles:
        raise PermissionDenied
    return ""


def _refused(request, number: str, page: Page, form: CaseForm, more: dict, refusal: Refused):
    for key, texts in refusal.fields.items():
        form.add_error(key if key in form.fields else None, texts)
    fresh = get_visible_case(request.user, number)  # what the next try is about
    status = 403 if isinstance(refusal, NotYours) else 409
    told = any(refusal.message in texts for texts in refusal.fields.values())
    problem = "" if told else refusal.message
    return show_step(request, fresh, page, form, more, problem=problem, status=status)


def show_step(request, case: Case, page: Page, form: CaseForm, more: dict, *, problem: str = "", status: int = 200):
    possible = step(case.state, page.action, case.kind) is not None
    context = {"case": case, "page": page, "form": form, "problem": problem, "possible": possible}
    context["customer_name"] = customer_name(case, request.user)
    return render(request, TEMPLATE, context | more, status=status)


def version_of(text: str | None) -> int:
    """A version that a form sent back; -1 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1
