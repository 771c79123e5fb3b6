"""What the service office does with a case until somebody investigates it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from complaints.cases.access import get_visible_case
from complaints.cases.codes import State
from complaints.cases.models import Case
from complaints.handling.assigning import accept_case, assign_case, forward_case, reassign_case, refuse_case
from complaints.handling.delegating import decide_delegation
from complaints.handling.showing import do
from crm.staff.access import requires

OFFICE = "complaints.run_office"


@requires(OFFICE)
@require_POST
def accept(request, number: str):
    def work(found: Case) -> None:
        taken = accept_case(case=found, actor=request.user, now=timezone.now())
        if taken.state == State.ASSIGNED:
            who = {"who": taken.investigator.name, "contact": taken.contact.name}
            messages.success(request, _("Accepted. %(contact)s contacts the customer, %(who)s investigates.") % who)
        else:
            messages.success(request, _("Accepted: now say who handles it."))

    return do(request, number, "office", work, anchor="people")


@requires(OFFICE)
@require_POST
def refuse(request, number: str):
    def work(found: Case) -> None:
        reason = request.POST.get("reason", "")[:5000]
        refuse_case(case=found, actor=request.user, reason=reason, now=timezone.now())
        messages.success(request, _("Not accepted; whoever received it tells the customer."))

    return do(request, number, "refuse", work, typed=("reason",))


@requires(OFFICE)
@require_POST
def assign(request, number: str):
    def work(found: Case) -> None:
        given = assign_case(case=found, actor=request.user, now=timezone.now())
        who = {"who": given.investigator.name, "contact": given.contact.name}
        messages.success(request, _("Assigned. %(contact)s contacts the customer, %(who)s investigates.") % who)

    return do(request, number, "office", work, anchor="people")


@requires(OFFICE)
@require_POST
def reassign(request, number: str):
    def work(found: Case) -> None:
        reassign_case(
            case=found, actor=request.user, reason=request.POST.get("reason", "")[:5000],
            investigator=request.POST.get("investigator", "")[:200], contact=request.POST.get("contact", "")[:200],
            now=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("Given to somebody else; they were told."))

    return do(request, number, "reassign", work, typed=("reason", "investigator", "contact"), anchor="people")


@requires(OFFICE)
@require_POST
def forward(request, number: str):
    def work(found: Case) -> None:
        forward_case(
            case=found, actor=request.user, department=request.POST.get("department", "")[:500],
            handler=request.POST.get("handler", "")[:200], now=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("Passed on; its clocks run."))

    return do(request, number, "forward", work, typed=("department", "handler"), anchor="people")


@requires(OFFICE)
@require_POST
def decide_delegate(request, number: str, pk: int):
    row = get_object_or_404(get_visible_case(request.user, number, request=request).delegations, pk=pk)

    def work(found: Case) -> None:
        granted = request.POST.get("granted") == "yes"
        decide_delegation(case=found, delegation=row, actor=request.user, granted=granted, now=timezone.now())
        messages.success(request, _("Delegation granted.") if granted else _("Delegation refused."))

    return do(request, number, "delegation", work, anchor="people")
