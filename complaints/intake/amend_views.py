"""Pages that change a case after its registration. Each: the case as the writer saw it, the step, back to the case."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from complaints.cases.access import get_visible_case, roles_of
from complaints.cases.codes import Role
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.intake import amending
from complaints.intake.amend_forms import (
    AcknowledgeForm,
    PartyForm,
    ReceivedForm,
    RespondentsForm,
    RetypeForm,
    SupplementForm,
)
from complaints.intake.correcting import correct_received
from complaints.intake.letter import letter_context
from complaints.intake.linking import customer_of
from complaints.intake.respondents import people_named
from complaints.intake.views import show_refusal
from crm.lib.paper import render_pdf
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires


def _amend(request, number: str, *, form_of: Callable, action: Action, template: str, work: Callable, context=None):
    """One page of one step: `form_of(case)` makes its form, `work(case, form)` takes the step and says what was done."""
    case = get_visible_case(request.user, number, request=request)
    problem = _ask(case, action, request.user)
    form = form_of(case)
    status = 409 if problem else 200
    if request.method == "POST" and not problem and form.is_valid():
        seen, case.version = case.version, form.cleaned_data["version"]
        try:
            said = work(case, form)
        except NotYours as refusal:
            raise PermissionDenied from refusal
        except Refused as refusal:
            case = get_visible_case(request.user, number, request=request)
            show_refusal(form, refusal)
            status = 409 if isinstance(refusal, TooLate) else 200
            if isinstance(refusal, TooLate):
                _send_again(form, seen)
        else:
            messages.success(request, said)
            return _back(request, case)
    if form.is_bound and form.files and form.errors:
        form.add_error(None, _("The files must be chosen again: the browser does not keep them."))
    shown = {"case": case, "form": form, "problem": problem} | (context(case) if context else {})
    return render(request, f"complaints/intake/{template}.html", shown, status=status)


def _ask(case: Case, action: Action, user) -> str:
    """Why the step is not possible now; 403 where it is somebody else's."""
    try:
        amending.ensure_step(case, action, user)
    except NotYours as refusal:
        raise PermissionDenied from refusal
    except Refused as refusal:
        return refusal.message
    return ""


def _send_again(form, version: int) -> None:
    """Sent once more, it is written over what is shown now."""
    sent = form.data.copy()
    sent["version"] = version
    form.data = sent


def _back(request, case: Case):
    if Case.objects.visible_to(request.user).filter(pk=case.pk).exists():
        return redirect("complaints:case", number=case.number)
    return redirect("workbench:home")


def _form(request, form_class, case: Case, **start):
    return form_class(request.POST or None, request.FILES or None, initial={"version": case.version} | start)


@requires("complaints.view_case")
def retype(request, number: str):
    def form_of(case: Case) -> RetypeForm:
        keep = (case.channel_id, case.business_id, case.cause_id)
        start = {name: getattr(case, name) for name in ("kind", "level", "urgency", "group", "product")}
        start |= {"channel": case.channel_id, "business": case.business_id, "cause": case.cause_id}
        start |= {"version": case.version, "flags": list(case.flags.values_list("flag", flat=True))}
        start["amount"] = None if case.amount_cents is None else f"{case.amount_cents / 100:.2f}"
        return RetypeForm(request.POST or None, initial=start, keep=keep)

    def work(case: Case, form: RetypeForm) -> str:
        amending.retype(case=case, actor=request.user, now=timezone.now(), **form.told())
        return _("%(number)s is typed anew.") % {"number": number}

    return _amend(request, number, form_of=form_of, action=Action.RETYPE, template="retype", work=work)


@requires("complaints.view_case")
def supplement(request, number: str):
    def work(case: Case, form: SupplementForm) -> str:
        amending.supplement(case=case, actor=request.user, now=timezone.now(), **form.told())
        return _("Added to %(number)s.") % {"number": number}

    return _amend(
        request, number, form_of=lambda case: _form(request, SupplementForm, case), action=Action.SUPPLEMENT,
        template="supplement", work=work,
    )  # fmt: skip


@requires("complaints.view_case")
def party(request, number: str):
    def work(case: Case, form: PartyForm) -> str:
        now = timezone.now()
        customer = customer_of(form.cleaned_data["customer"], request.user, now, request=request)
        files = form.cleaned_data["authority_files"]
        amending.add_party(case=case, person=form.person(customer), actor=request.user, now=now, authority_files=files)
        return _("Added to %(number)s.") % {"number": number}

    return _amend(
        request, number, form_of=lambda case: _form(request, PartyForm, case), action=Action.SUPPLEMENT,
        template="party", work=work,
    )  # fmt: skip


@requires("complaints.view_case")
def respondents(request, number: str):
    def work(case: Case, form: RespondentsForm) -> str:
        data = form.cleaned_data
        replaced = amending.name_respondents(
            case=case, employees=people_named(data["employees"], near=case.respondent), why=data["why"],
            note=data["note"], actor=request.user, now=timezone.now(),
        )  # fmt: skip
        if replaced:
            names = _(", ").join(row.person.name for row in replaced)
            messages.warning(request, _("Replaced by the next level up: %(names)s.") % {"names": names})
        return _("Noted on %(number)s.") % {"number": number}

    return _amend(
        request, number, form_of=lambda case: _form(request, RespondentsForm, case), action=Action.SUPPLEMENT,
        template="respondents", work=work,
        context=lambda case: {"named": case.respondents.select_related("employee")},
    )  # fmt: skip


@requires("complaints.run_office")
def received(request, number: str):
    def work(case: Case, form: ReceivedForm) -> str:
        correct_received(case=case, actor=request.user, now=timezone.now(), **form.told())
        return _("The time of receipt is corrected; the limits follow.")

    return _amend(
        request, number, form_of=lambda case: _form(request, ReceivedForm, case, received_at=case.received_at),
        action=Action.SUPPLEMENT, template="received", work=work,
    )  # fmt: skip


@requires("complaints.view_case")
def acknowledgement(request, number: str):
    """The letter, and the record that it was sent."""

    def work(case: Case, form: AcknowledgeForm) -> str:
        amending.acknowledge(case=case, actor=request.user, now=timezone.now(), **form.told())
        return _("Noted: the customer was told that %(number)s is accepted.") % {"number": number}

    def context(case: Case) -> dict:
        sent = case.acknowledgements.select_related("sent_by")
        return letter_context(case, request.user) | {"sent": sent}

    return _amend(
        request, number, form_of=lambda case: _form(request, AcknowledgeForm, case), action=Action.ACKNOWLEDGE,
        template="acknowledgement", work=work, context=context,
    )  # fmt: skip


@requires("complaints.view_case")
@require_GET
def acknowledgement_print(request, number: str):
    """A4 in the browser; the PDF has the same sheet."""
    case = _letter_of(request, number)
    return render(request, "complaints/intake/acknowledgement_print.html", letter_context(case, request.user))


@requires("complaints.view_case")
@require_GET
def acknowledgement_pdf(request, number: str):
    case = _letter_of(request, number)
    try:
        content = render_pdf("complaints/intake/acknowledgement_print.html", letter_context(case, request.user))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("intake:acknowledgement", number=number)
    record(
        AccessEvent.Action.DOWNLOAD,
        request=request, obj_type="case", obj_id=case.pk, label=case.number, fields="acknowledgement",
    )  # fmt: skip
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{case.number}.pdf"'
    return response


def _letter_of(request, number: str) -> Case:
    """The letter is the office's and the first receiver's, in whatever state the case is."""
    case = get_visible_case(request.user, number, request=request)
    if not roles_of(case, request.user) & {Role.OFFICE, Role.FIRST}:
        raise PermissionDenied
    return case
