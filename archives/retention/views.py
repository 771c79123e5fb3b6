"""Proposing a deletion; archives that look dead; signs that people note."""

import secrets

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.changes.models import ChangeRequest
from archives.changes.routing import route_for
from archives.customers.access import get_visible_customer
from archives.customers.masking import name_for
from archives.retention import candidates as looking_dead
from archives.retention.finding import JOB, find_now
from archives.retention.forms import CandidateForm, DeletionForm, SignForm
from archives.retention.services import hangs_on, propose_deletion
from archives.retention.signs import dismiss_candidate, note_sign
from crm.jobs.models import JobRun
from crm.lib.keyset import capped_count, page
from crm.lib.refusals import Refused
from crm.staff.access import requires

SIGNS_SHOWN = 20


@requires("archives.propose_change")
def delete(request, number: str):
    """What hangs on the archive, what stands in the way, and the proposal where nothing does."""
    customer = get_visible_customer(request.user, number, request=request)
    start = {"token": secrets.token_urlsafe(18), "category": request.GET.get("category", "")[:12]}
    form = DeletionForm(request.POST or None, request.FILES or None, initial=start)
    if request.method == "POST" and form.is_valid():
        return _propose(request, customer, form)
    return _delete_page(request, customer, form)


def _propose(request, customer, form: DeletionForm):
    data = form.cleaned_data
    try:
        made = propose_deletion(
            customer=customer,
            proposer=request.user,
            category=data["category"],
            reason_text=data["reason_text"],
            evidence=data["evidence"] or [],
            token=data["token"],
            now=timezone.now(),
        )
    except Refused as refusal:
        if refusal.request is not None and _sees(request.user, refusal.request):
            messages.error(request, refusal.message)
            return redirect("changes:detail", number=refusal.request.number)
        _show(form, refusal)
        return _delete_page(request, customer, form, status=409)
    told = {"number": made.number, "who": made.assignee.name}
    messages.success(request, _("%(number)s waits for %(who)s; the archive stays as it is until then.") % told)
    return redirect("workbench:customer", number=customer.number)


def _sees(user, found: ChangeRequest) -> bool:
    return ChangeRequest.objects.visible_to(user).filter(pk=found.pk).exists()


def _show(form, refusal: Refused) -> None:
    """A refusal's messages at their fields; files must be chosen again."""
    places = {key: texts for key, texts in refusal.fields.items() if key in form.fields}
    for key, texts in places.items():
        form.add_error(key, texts)
    if not places:
        form.add_error(None, refusal.message)
    if form.files:
        form.add_error(None, _("The files must be chosen again: the browser does not keep them."))


def _delete_page(request, customer, form, *, status: int = 200):
    now = timezone.now()
    hanging = hangs_on(customer, now=now)
    try:
        decider = route_for(subject=customer, proposer=request.user, today=timezone.localdate(now))[0]
    except Refused as refusal:
        decider = None
        messages.warning(request, refusal.message)
    context = {
        "customer": customer,
        "name": name_for(request.user, customer),
        "form": form,
        "hanging": hanging,
        "blocked": any(one.blocks for one in hanging),
        "open_matter": customer.change_requests.open().filter(kind__in=["delete", "merge"]).first(),
        "decider": decider,
        "signs": customer.dead_signs.select_related("noted_by")[:SIGNS_SHOWN],
        "sign_form": SignForm(initial={"day": timezone.localdate(now)}),
    }
    return render(request, "archives/retention/delete.html", context, status=status)


@requires("archives.propose_change")
@require_POST
def sign(request, number: str):
    """Could not be reached, or the estate is settled."""
    customer = get_visible_customer(request.user, number, request=request)
    form = SignForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("retention:delete", number=number)
    try:
        note_sign(
            customer=customer,
            kind=form.cleaned_data["kind"],
            day=form.cleaned_data["day"],
            note=form.cleaned_data["note"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Noted."))
    return redirect("retention:delete", number=number)


@requires("archives.propose_change")
def candidates(request):
    """Archives in scope that look dead, with the evidence."""
    user = request.user
    dismissed = request.GET.get("tab") == "dismissed"
    form = CandidateForm(request.GET, user=user)
    shown = page(
        _asked_for(looking_dead.visible_candidates(user, dismissed=dismissed), form),
        order=[("found_on", "desc"), ("pk", "desc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    counts = [
        capped_count(_asked_for(looking_dead.visible_candidates(user, dismissed=tab), form)) for tab in (False, True)
    ]
    context = {
        "tab": "dismissed" if dismissed else "open",
        "form": form,
        "page": shown,
        "lines": looking_dead.lines(shown.rows, user=user),
        "counts": {"open": counts[0], "dismissed": counts[1]},
        "run": JobRun.objects.filter(job=JOB).order_by("-created_at").first(),
    }
    return render(request, "archives/retention/candidates.html", context)


def _asked_for(rows, form: CandidateForm):
    asked = form.asked
    rows = rows.filter(rule=asked["rule"]) if asked.get("rule") else rows
    return rows.filter(customer__branch=asked["branch"]) if asked.get("branch") else rows


@requires("archives.propose_change")
@require_POST
def dismiss(request, pk: int):
    """Not dead, and why; off the list until the evidence changes."""
    seen = looking_dead.visible_candidates(request.user, dismissed=False)
    gone = looking_dead.visible_candidates(request.user, dismissed=True)
    candidate = seen.filter(pk=pk).first() or get_object_or_404(gone, pk=pk)
    try:
        dismiss_candidate(
            candidate=candidate, reason=request.POST.get("reason", ""), actor=request.user, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(number)s is off the list.") % {"number": candidate.customer.number})
    return redirect("retention:candidates")


@requires("archives.purge_archive")
@require_POST
def find(request):
    """Search today, beside the monthly search."""
    run = find_now(now=timezone.now())
    if run.status == JobRun.Status.DONE:
        messages.info(request, _("Today's search is done already; the next one can be started tomorrow."))
    else:
        messages.success(request, _("The search is queued; you may leave this page."))
    return redirect("retention:candidates")
