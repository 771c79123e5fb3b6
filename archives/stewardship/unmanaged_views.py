"""Customers without a manager: the list, assigning selected ones, assigning by rule with its preview."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.stewardship.assigning import AT_ONCE, assign_by_rule, assign_selected, plan_by_rule
from archives.stewardship.forms import AssignForm, RuleForm, UnmanagedFilter
from crm.lib.keyset import capped_count, page
from crm.lib.refusals import Refused
from crm.staff.access import requires


@requires("archives.assign_manager")
def unmanaged(request):
    """`step` of a POST: assign the selected ones, preview a rule, or do it."""
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if step == "assign":
        return _assign(request)
    if step in ("preview", "rule"):
        return _rule(request, step)
    return _page(request)


def _page(request, *, assign=None, rule=None, plan=None):
    filters = UnmanagedFilter(request.GET, user=request.user)
    rows = filters.narrow(Customer.objects.visible_to(request.user).unmanaged())
    branch = filters.cleaned_data.get("branch")
    listed = page(
        rows.filter(figures__isnull=False)
        .select_related("branch", "figures")
        .only("number", "kind", "name", "opened_on", "branch__name", "figures__balance_cents"),
        order=[("figures__balance_cents", "desc"), ("pk", "desc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    for row in listed:
        row.shown_name = name_for(request.user, row)
    context = {
        "filters": filters,
        "page": listed,
        "count": capped_count(rows),
        "assign": assign or AssignForm(user=request.user, branch=branch),
        "chosen": assign.data.getlist("customers") if assign else [],
        "rule": rule or RuleForm(user=request.user),
        "plan": plan,
        "at_once": AT_ONCE,
    }
    return render(request, "archives/stewardship/unmanaged.html", context)


def _assign(request):
    form = AssignForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, assign=form)
    data = form.cleaned_data
    try:
        outcomes = assign_selected(
            customers=list(data["customers"]), manager=data["manager"], actor=request.user, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(_here(request))
    rows = [(outcome, name_for(request.user, outcome.customer)) for outcome in outcomes]
    context = {"rows": rows, "done": sum(outcome.done for outcome in outcomes), "back": _here(request)}
    return render(request, "archives/stewardship/unmanaged_outcomes.html", context)


def _rule(request, step: str):
    form = RuleForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, rule=form)
    data = form.cleaned_data
    asked = {"branch": data["branch"], "kind": data["kind"], "capacity": data["capacity"]}
    if step == "preview" or data["waiting"] is None:
        return _page(request, rule=form, plan=plan_by_rule(**asked))
    try:
        done = assign_by_rule(**asked, waiting=data["waiting"], actor=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(_here(request))
    return render(request, "archives/stewardship/unmanaged_rule.html", {"plan": done, "branch": data["branch"]})


def _here(request) -> str:
    """The list with the filters it had."""
    query = request.GET.urlencode()
    return reverse("stewardship:unmanaged") + (f"?{query}" if query else "")
