"""From the solution to the closing: solution, redress, apology, answer, rework, close."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from complaints.cases.access import get_visible_case
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.handling import apologising, closing, redressing, replying, resolving, returning
from complaints.handling import outcome_forms as forms
from complaints.handling.letters import fill, placeholders
from complaints.handling.outcome_steps import Page, take_step, version_of
from complaints.handling.reopening import rounds_of
from complaints.handling.waiting import closable
from crm.lib.refusals import Refused
from crm.staff.access import requires

SOLUTION = Page(Action.PLAN, gettext_lazy("Solution"), gettext_lazy("Decide the solution"), forms.SolutionForm, aside="report", done=gettext_lazy("The solution stands; answer the customer next."))  # fmt: skip
SETTLE = Page(Action.SETTLE, gettext_lazy("Answer at once"), gettext_lazy("Answer and close"), forms.SettleForm, hint=gettext_lazy("An inquiry or a suggestion is closed with its answer; a complaint never is."), done=gettext_lazy("Answered and closed."))  # fmt: skip
REDRESS = Page(Action.REDRESS, gettext_lazy("Propose redress"), gettext_lazy("Propose it"), forms.RedressForm, hint=gettext_lazy("Somebody else decides it, whose limit holds the amount."), aside="redress", anchor="redress", done=gettext_lazy("Proposed: the approver was told."))  # fmt: skip
DECIDE_REDRESS = Page(Action.REDRESS, gettext_lazy("Decide redress"), gettext_lazy("Decide"), forms.DecideRedressForm, aside="redress", anchor="redress", done=gettext_lazy("Decided; the proposer was told."))  # fmt: skip
PAY = Page(Action.PAY, gettext_lazy("Note the payment"), gettext_lazy("Note it"), forms.PayForm, aside="redress", anchor="redress", done=gettext_lazy("Noted."))  # fmt: skip
APOLOGY = Page(Action.APOLOGISE, gettext_lazy("Apology"), gettext_lazy("Record the apology"), forms.ApologyForm, aside="apology", done=gettext_lazy("The apology is on record."))  # fmt: skip
REPLY = Page(Action.REPLY, gettext_lazy("Answer to the customer"), gettext_lazy("Send the answer"), forms.ReplyForm, aside="reply", done=gettext_lazy("Answered. The letter can be printed."))  # fmt: skip
REWORK = Page(Action.RETURN, gettext_lazy("Return it to be done again"), gettext_lazy("Return it"), forms.ReasonForm, hint=gettext_lazy("The report opens again; what was signed is kept beside it. The clocks run on."), done=gettext_lazy("Returned; the investigator was told."))  # fmt: skip
CLOSE = Page(Action.CLOSE, gettext_lazy("Close the case"), gettext_lazy("Close"), forms.EmptyForm, aside="gate", done=gettext_lazy("Closed. The call-back comes next."))  # fmt: skip


def _values(request) -> dict:
    return {"actor": request.user, "now": timezone.now()}


@requires("complaints.view_case")
def solution(request, number: str):
    def filled(case: Case) -> dict:
        last = case.resolutions.filter(round=case.round).first()
        return {"text": last.text if last else ""}

    def work(case: Case, values: dict):
        return resolving.decide_solution(case=case, **_values(request), **values)

    return take_step(request, number, SOLUTION, work, initial=filled, context=_report)


def _report(case: Case) -> dict:
    return {"round": rounds_of(case)[-1]}


@requires("complaints.view_case")
def settle(request, number: str):
    def work(case: Case, values: dict):
        return resolving.settle(case=case, **_values(request), **values)

    return take_step(request, number, SETTLE, work)


@requires("complaints.view_case")
def redress(request, number: str):
    def work(case: Case, values: dict):
        return redressing.propose_redress(case=case, **_values(request), **values)

    return take_step(request, number, REDRESS, work, context=_redress)


def _redress(case: Case, row=None) -> dict:
    return {"similar": redressing.similar(case, timezone.now()), "limits": redressing.limits_shown(), "row": row}


def _redress_row(request, number: str, pk: int):
    case = get_visible_case(request.user, number, request=request)
    return get_object_or_404(case.redresss.select_related("proposed_by", "decided_by"), pk=pk)


@requires("complaints.view_case")
def decide_redress(request, number: str, pk: int):
    row = _redress_row(request, number, pk)

    def work(case: Case, values: dict):
        return redressing.decide_redress(case=case, redress=row, **_values(request), **values)

    return take_step(request, number, DECIDE_REDRESS, work, context=partial(_redress, row=row))


@requires("complaints.view_case")
def pay_redress(request, number: str, pk: int):
    row = _redress_row(request, number, pk)

    def work(case: Case, values: dict):
        return redressing.note_payment(case=case, redress=row, **_values(request), **values)

    return take_step(request, number, PAY, work, context=partial(_redress, row=row))


@requires("complaints.view_case")
def apology(request, number: str):
    def filled(case: Case) -> dict:
        known = apologising.apologisers(case).filter(pk=request.user.pk).exists()
        return {"by": request.user if known else None, "at": forms.as_typed(timezone.now())}

    def beside(case: Case) -> dict:
        template = apologising.template_or_none(case)
        letter = fill(template.text, placeholders(case)) if template else ""
        return {"in_person": apologising.wants_the_head(case), "owed": apologising.is_owed(case), "letter": letter}

    def work(case: Case, values: dict):
        return apologising.apologise(case=case, **_values(request), **values)

    return take_step(request, number, APOLOGY, work, initial=filled, context=beside)


@requires("complaints.view_case")
def reply(request, number: str):
    def work(case: Case, values: dict):
        return replying.send_reply(case=case, **_values(request), **values)

    def file(made) -> None:
        try:
            replying.file_reply(reply=made, now=timezone.now())
        except Refused as refusal:
            messages.warning(request, refusal.message)

    def beside(case: Case) -> dict:
        return {"late": replying.is_late(case, timezone.now()), "earlier": case.replies.filter(round=case.round)}

    def preview(values: dict) -> dict:
        return {"parts": replying.clean_parts(values["parts"])}

    return take_step(
        request, number, REPLY, work, initial=replying.prefilled, context=beside, after=file, preview=preview
    )


@requires("complaints.view_case")
def rework(request, number: str):
    def work(case: Case, values: dict):
        return returning.return_for_rework(case=case, **_values(request), **values)

    return take_step(request, number, REWORK, work)


@requires("complaints.view_case")
def close(request, number: str):
    def work(case: Case, _values_: dict):
        return closing.close(case=case, **_values(request))

    return take_step(request, number, CLOSE, work, context=lambda case: {"conditions": closing.conditions(case)})


@requires("complaints.view_case")
def close_many(request):
    """Answered cases that this person may close: what each lacks, and a result per row after closing some."""
    results = []
    if request.method == "POST":
        results = closing.close_many(cases=_chosen(request), **_values(request))
    rows = [(case, closing.missing(case)) for case in closable(request.user)]
    context = {"rows": rows, "results": results, "ready": sum(not lacks for _case, lacks in rows)}
    return render(request, "complaints/handling/closing.html", context)


def _chosen(request) -> list[Case]:
    """Ticked cases in scope, at the version that the page showed: `number:version`."""
    seen = dict(text.rpartition(":")[::2] for text in request.POST.getlist("case")[:200])
    cases = list(Case.objects.for_page().visible_to(request.user).filter(number__in=seen))
    for case in cases:
        case.version = version_of(seen[case.number])
    return cases
