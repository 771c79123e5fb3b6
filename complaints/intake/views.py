"""The registration of a case."""

import secrets

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.cases.codes import Kind, Source
from complaints.cases.models import Case
from complaints.duty.models import LobbyEvent
from complaints.duty.selectors import on_duty_now
from complaints.intake.forms import RegisterForm
from complaints.intake.linking import customer_of, held_of, visible_customer
from complaints.intake.services import register as register_case
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.staff.access import requires
from crm.staff.models import Branch


@requires("complaints.register_case")
def register(request):
    """One page for every employee and every channel. `?customer=`, `?outlet=` and `?event=` begin it filled in."""
    event = _event(request)
    form = RegisterForm(request.POST or None, request.FILES or None, initial=_start(request, event))
    if request.method == "POST" and form.is_valid():
        answer = _register(request, form, event)
        if answer:
            return answer
    return _page(request, form, event)


def _event(request) -> LobbyEvent | None:
    """The lobby event that becomes a case; 404 out of scope."""
    text = request.GET.get("event", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Http404
    rows = LobbyEvent.objects.filter(branch__in=Branch.objects.in_scope_of(request.user).values("pk"))
    event = rows.select_related("branch", "customer").filter(pk=int(text)).first()
    if event is None:
        raise Http404
    return event


def _start(request, event: LobbyEvent | None) -> dict:
    outlet = request.GET.get("outlet", "")
    known = Branch.objects.active().filter(code=outlet).first() if outlet.isalnum() and len(outlet) <= 12 else None
    branch = event.branch if event else known or request.user.branch
    asked = request.GET.get("customer", "")[:12]
    start = {
        "token": secrets.token_urlsafe(18),
        "outlet": str(branch.pk),
        "customer": asked if visible_customer(asked, request.user) else "",
        "kind": Kind.COMPLAINT,
    }
    if event:
        start |= {"source": Source.LOBBY, "facts": event.text}
        if event.customer and visible_customer(event.customer.number, request.user):
            start["customer"] = event.customer.number
    return start


def _register(request, form: RegisterForm, event: LobbyEvent | None):
    """The redirect after a registration; None where the form comes back with what is wrong."""
    data, now = form.cleaned_data, timezone.now()
    try:
        customer = customer_of(data["customer"], request.user, now, request=request)
        case = register_case(
            actor=request.user,
            now=now,
            token=data["token"],
            files=data["files"],
            authority_files=data["authority_files"],
            lobby_event=event,
            **form.told(customer),
        )
    except NotYours as refusal:
        raise PermissionDenied from refusal
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    return _registered(request, case)


def _registered(request, case: Case):
    messages.success(request, _("%(number)s is registered; the service office was told.") % {"number": case.number})
    if case.level == "major" and case.people > 1:
        messages.warning(request, _("%(n)s people complain together: this is a major complaint.") % {"n": case.people})
    if case.is_repeat:
        messages.warning(request, _("It repeats an earlier case: this is marked on it."))
    if not Case.objects.visible_to(request.user).filter(pk=case.pk).exists():
        messages.info(request, _("You are named in it: somebody else follows it, and you do not see it."))
        return redirect("workbench:home")
    return redirect("complaints:case", number=case.number)


def show_refusal(form, refusal: Refused) -> None:
    """A refusal's messages at their fields; what was typed stays, files must be chosen again."""
    placed = [key for key in refusal.fields if key in form.fields]
    for key in placed:
        form.add_error(key, refusal.fields[key])
    if not placed:
        form.add_error(None, refusal.message)
    form.is_late = isinstance(refusal, TooLate)


def _page(request, form: RegisterForm, event: LobbyEvent | None):
    now = timezone.now()
    if form.is_bound and form.files and form.errors:
        form.add_error(None, _("The files must be chosen again: the browser does not keep them."))
    shown = visible_customer(str(form["customer"].value() or "").replace(" ", "")[:13], request.user)
    context = {
        "form": form,
        "event": event,
        "held": held_of(shown, request.user) if shown else None,
        "on_duty": on_duty_now(request.user.branch, now),
        "duty_branch": request.user.branch,
        "now": now,
    }
    return render(
        request, "complaints/intake/register.html", context, status=409 if getattr(form, "is_late", False) else 200
    )
