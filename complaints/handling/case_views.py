"""The page of a case, and what its handlers do on it before the investigation."""

from datetime import datetime

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from complaints.cases.access import get_visible_case, note_view
from complaints.cases.models import Case
from complaints.handling.contacting import contact_state, record_contact
from complaints.handling.delegating import ask_delegation
from complaints.handling.escalating import escalate_case
from complaints.handling.recusing import declare_interest
from complaints.handling.showing import do, refused, seen_case, show
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import Refused
from crm.staff.access import requires

CONTACT = ("at", "means", "result", "note")


@requires("complaints.view_case")
@require_GET
def case(request, number: str):
    found = get_visible_case(request.user, number, request=request)
    note_view(request, found)
    return show(request, found)


@requires("complaints.view_case")
@require_POST
def contact(request, number: str):
    def work(found: Case) -> None:
        record_contact(
            case=found,
            actor=request.user,
            at=moment_of(request.POST.get("at", "")),
            means=request.POST.get("means", ""),
            result=request.POST.get("result", ""),
            note=request.POST.get("note", "")[:5000],
            now=timezone.now(),
        )
        state = contact_state(found)
        if state.enough:
            messages.success(request, _("Contact recorded."))
        else:
            done = {"n": state.failed, "of": state.needed}
            messages.warning(request, _("Recorded: not reached, attempt %(n)s of %(of)s.") % done)

    return do(request, number, "contact", work, typed=CONTACT, anchor="contact")


@requires("complaints.view_case")
@require_POST
def escalate(request, number: str):
    def work(found: Case) -> None:
        reason = request.POST.get("reason", "")[:5000]
        escalate_case(case=found, actor=request.user, reason=reason, now=timezone.now())
        messages.success(request, _("The next level was told."))

    return do(request, number, "escalate", work, typed=("reason",))


@requires("complaints.view_case")
@require_POST
def delegate(request, number: str):
    def work(found: Case) -> None:
        ask_delegation(
            case=found, actor=request.user, to=request.POST.get("to", "")[:200],
            reason=request.POST.get("reason", "")[:5000], now=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("Asked: the service office decides. Until then you investigate."))

    return do(request, number, "delegate", work, typed=("to", "reason"), anchor="people")


@requires("complaints.view_case")
@require_POST
def declare(request, number: str):
    """Whoever has an interest leaves the case, and with it this page."""
    found = seen_case(request, number)
    try:
        declare_interest(case=found, actor=request.user, note=request.POST.get("note", "")[:5000], now=timezone.now())
    except Refused as refusal:
        return refused(request, number, "declare", refusal, ("note",))
    messages.success(request, _("Noted: somebody else handles %(number)s from here on.") % {"number": number})
    return redirect("workbench:home")


def moment_of(text: str) -> datetime | None:
    """A moment of a form, in the bank's time; None for anything else."""
    try:
        found = parse_datetime(text[:40].strip().replace(" ", "T"))
    except ValueError:
        return None
    if found is None:
        return None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
