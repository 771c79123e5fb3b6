"""A swap: asked for, decided, taken back."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.duty.access import get_visible_duty, get_visible_swap, may_decide_swap
from complaints.duty.forms import SwapForm, show_refusal
from complaints.duty.models import Duty, Swap
from complaints.duty.swaps import ask_swap, decide_swap, decider_for, withdraw_swap
from complaints.duty.views import status_of
from crm.lib.refusals import NotYours, Refused
from crm.staff.access import requires
from crm.staff.models import User

AHEAD = timedelta(days=45)


@requires("complaints.view_roster")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request, pk: int):
    duty, today = get_visible_duty(request.user, pk, request=request), timezone.localdate()
    others = Duty.objects.published().filter(branch=duty.branch, checked_in_at=None).between(today, today + AHEAD)
    people = User.objects.active().at(duty.branch).exclude(pk=request.user.pk).prefetch_related("role_grants")
    form = SwapForm(
        request.POST or None,
        people=people,
        duties=others.exclude(person=request.user).exclude(day=duty.day).for_page(),
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            found = ask_swap(duty=duty, actor=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            show_refusal(form, refusal)
            status = status_of(refusal)
        else:
            messages.success(request, _("Asked: you will be told of the decision."))
            return redirect("duty:swap", pk=found.pk)
    elif form.errors:
        status = 400
    own = duty.person_id == request.user.pk
    if not own and status == 200:
        status = 403
    context = {"duty": duty, "form": form, "own": own, "decider": decider_for(duty, request.user)}
    return render(request, "complaints/duty/ask_swap.html", context, status=status)


@requires("complaints.view_roster")
@require_safe
def swap(request, pk: int):
    return _page(request, get_visible_swap(request.user, pk, request=request))


def _page(request, found: Swap, *, problem: str = "", status: int = 200):
    context = {
        "swap": found,
        "problem": problem,
        "decides": found.granted is None and may_decide_swap(request.user, found),
        "asked": found.granted is None and found.asked_by_id == request.user.pk,
        "decider": decider_for(found.duty, found.asked_by) if found.granted is None else None,
    }
    return render(request, "complaints/duty/swap.html", context, status=status)


def _act(request, pk: int, work, words: str):
    found = get_visible_swap(request.user, pk, request=request)
    try:
        work(found)
    except Refused as refusal:
        return _page(request, get_visible_swap(request.user, pk), problem=refusal.message, status=status_of(refusal))
    messages.success(request, words)
    return redirect("duty:swap", pk=pk)


@requires("complaints.plan_roster")
@require_POST
def decide(request, pk: int):
    """`granted` yes or no; both learn it."""
    answer = request.POST.get("granted")

    def work(found: Swap) -> None:
        if not may_decide_swap(request.user, found):
            raise NotYours(_("This swap is for the head to decide, or for the next level up: never for whoever asked."))
        if answer not in ("yes", "no"):
            raise Refused(_("Say yes or no."))
        decide_swap(swap=found, actor=request.user, now=timezone.now(), granted=answer == "yes")

    return _act(
        request, pk, work, _("Granted: the duty has moved.") if answer == "yes" else _("Refused: the duty stays.")
    )


@requires("complaints.view_roster")
@require_POST
def withdraw(request, pk: int):
    def work(found: Swap) -> None:
        withdraw_swap(swap=found, actor=request.user, now=timezone.now())

    return _act(request, pk, work, _("Taken back: the duty stays yours."))
