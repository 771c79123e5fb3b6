"""Proposing a merge, the merges of the branches in scope, undoing one."""

import json
import secrets

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.changes.routing import route_for
from archives.customers.access import get_visible_customer
from archives.customers.duplicates import likely_duplicates
from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.masking import name_for, present
from archives.customers.models import Customer
from archives.customers.values import read
from archives.stewardship.merge_fields import default_choices
from archives.stewardship.merge_forms import MergeForm, OtherForm, UndoForm
from archives.stewardship.merge_preview import compared, counts_of, moving
from archives.stewardship.merge_undo import edited_fields, later_fields, later_rows, undo_merge
from archives.stewardship.merging import propose_merge
from archives.stewardship.models import Merge
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.staff.access import requires
from crm.staff.models import Branch


@requires("archives.propose_change")
def merge(request, number: str):
    """First the other archive, then both side by side: a value per field, what moves, why."""
    customer = get_visible_customer(request.user, number, request=request)
    if not request.GET.get("other"):
        return _choose_other(request, customer, OtherForm())
    form = OtherForm(request.GET)
    other = _other(request, customer, form)
    if other is None:
        return _choose_other(request, customer, form)
    start = {
        "token": secrets.token_urlsafe(18),
        "survivor_version": customer.version,
        "loser_version": other.version,
    }
    choices = default_choices(customer, other)
    merge_form = MergeForm(request.POST or None, request.FILES or None, choices=choices, initial=start)
    if request.method == "POST" and merge_form.is_valid():
        return _propose(request, customer, other, merge_form)
    return _side_by_side(request, customer, other, merge_form)


def _other(request, customer: Customer, form: OtherForm) -> Customer | None:
    """The archive of the number asked for; None with the reason on the form."""
    if not form.is_valid():
        return None
    try:
        other = get_visible_customer(request.user, form.cleaned_data["other"], request=request)
    except Http404:
        form.add_error("other", _("There is no other customer of this number in your scope."))
        return None
    if other.pk == customer.pk:
        form.add_error("other", _("An archive cannot be merged with itself: choose another one."))
    elif other.kind != customer.kind:
        form.add_error("other", _("A personal and a corporate archive are never the same customer."))
    return other if form.is_valid() else None


def _choose_other(request, customer: Customer, form: OtherForm):
    values = {f.key: read(customer, f.key) for f in CUSTOMER_FIELDS.of_kind(customer.kind)}
    hits = likely_duplicates(values, kind=customer.kind, user=request.user)
    context = {
        "customer": customer,
        "name": name_for(request.user, customer),
        "form": form,
        "hits": [hit for hit in hits if hit.customer and hit.customer != customer],
    }
    return render(request, "archives/stewardship/merge.html", context)


def _propose(request, customer: Customer, other: Customer, form: MergeForm):
    data = form.cleaned_data
    customer.version, other.version = data["survivor_version"], data["loser_version"]  # as the proposer saw them
    try:
        made = propose_merge(
            survivor=customer,
            loser=other,
            choices=form.chosen(),
            proposer=request.user,
            reason_text=data["reason_text"],
            evidence=data["evidence"] or [],
            token=data["token"],
            now=timezone.now(),
        )
    except Refused as refusal:
        if refusal.request is not None:
            messages.error(request, refusal.message)
            return redirect("changes:detail", number=refusal.request.number)
        form.add_error(None, refusal.message)
        if form.files:
            form.add_error(None, _("The files must be chosen again: the browser does not keep them."))
        customer.refresh_from_db()
        other.refresh_from_db()
        return _side_by_side(request, customer, other, form)
    decider = made.escalated_to or made.assignee
    text = _("%(number)s waits for %(who)s; both archives stay as they are until then.")
    messages.success(request, text % {"number": made.number, "who": decider.name})
    return redirect("workbench:customer", number=customer.number)


def _side_by_side(request, customer: Customer, other: Customer, form: MergeForm):
    if form.is_bound:  # what is shown again is what is looked at
        sent = form.data.copy()
        sent["survivor_version"], sent["loser_version"] = customer.version, other.version
        form.data = sent
    try:
        decider = route_for(subject=customer, proposer=request.user, today=timezone.localdate())[0]
    except Refused as refusal:
        decider = None
        messages.warning(request, refusal.message)
    context = {
        "customer": customer,
        "other": other,
        "name": name_for(request.user, customer),
        "other_name": name_for(request.user, other),
        "rows": compared(customer, other, form.chosen(), user=request.user),
        "moving": moving(customer, other),
        "merge_form": form,
        "decider": decider,
    }
    return render(request, "archives/stewardship/merge.html", context)


def visible_merges(user) -> QuerySet[Merge]:
    """Merges whose remaining archive lies in a branch in scope, hidden or not by now."""
    if not user.has_perm("archives.view_bin"):
        return Merge.objects.none()
    rows = Merge.objects.filter(survivor__branch__in=Branch.objects.in_scope_of(user).values("pk"))
    return rows.select_related("survivor__branch", "loser", "request", "undone_by", "deletion")


@requires("archives.view_bin")
def merges(request):
    """Merges of the branches in scope, newest first."""
    rows = page(
        visible_merges(request.user),
        order=[("applied_at", "desc"), ("pk", "desc")],
        size=30,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    today = timezone.localdate()
    for row in rows.rows:
        row.name = name_for(request.user, row.survivor)
        row.days_left = max(0, (row.undo_until - today).days)
        row.can_be_undone = _can_be_undone(row, today)
    return render(request, "archives/stewardship/merges.html", {"page": rows})


def _can_be_undone(row: Merge, today) -> bool:
    return row.state == Merge.State.APPLIED and row.loser_id is not None and row.undo_until >= today


@requires("archives.view_bin")
def merge_undo(request, pk: int):
    """One merge: what it did, what was edited since, and undoing it."""
    found = get_object_or_404(visible_merges(request.user), pk=pk)
    if request.method == "POST" and not request.user.has_perm("archives.restore_archive"):
        raise PermissionDenied
    start = {"version": found.version, "seen": found.survivor.version}
    form = UndoForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        return _undo(request, found, form)
    return _undo_page(request, found, form)


def _undo(request, found: Merge, form: UndoForm):
    data = form.cleaned_data
    found.version = data["version"]
    try:
        done = undo_merge(
            merge=found,
            actor=request.user,
            reason=data["reason"],
            confirmed=data["confirmed"],
            seen=data["seen"],
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_error("reason" if "reason" in refusal.fields else None, refusal.message)
        fresh = get_object_or_404(visible_merges(request.user), pk=found.pk)
        sent = form.data.copy()
        sent["version"], sent["seen"] = fresh.version, fresh.survivor.version
        form.data = sent
        return _undo_page(request, fresh, form, status=409)
    text = _("The merge is undone: %(number)s stands again.")
    messages.success(request, text % {"number": done.loser_number})
    return redirect("stewardship:merge_undo", pk=done.pk)


def _undo_page(request, found: Merge, form: UndoForm, *, status: int = 200):
    can = _can_be_undone(found, timezone.localdate())
    fields = _replaced(found, request.user)
    context = {
        "merge": found,
        "name": name_for(request.user, found.survivor),
        "fields": fields,
        "asks": any(row["edited"] for row in fields),
        "moved": counts_of(found, "rows"),
        "later_rows": later_rows(found) if can else [],
        "later_fields": later_fields(found) if can else [],
        "can_be_undone": can,
        "form": form if can and request.user.has_perm("archives.restore_archive") else None,
        "skipped": counts_of(found, "skipped"),
    }
    return render(request, "archives/stewardship/merge_undo.html", context, status=status)


def _replaced(found: Merge, user) -> list[dict]:
    """Fields that took another value: before, now, and whether somebody edited them since."""
    before = json.loads(found.before)["survivor"]
    applied = found.state == Merge.State.APPLIED
    edited = edited_fields(found, found.survivor, found.loser) if applied and found.loser else []
    rows = []
    for key, old in before.items():
        field = CUSTOMER_FIELDS[key]
        now = read(found.survivor, key)
        rows.append(
            {
                "label": field.label,
                "before": present(field, old, user=user, customer=found.survivor),
                "now": present(field, now, user=user, customer=found.survivor),
                "edited": key in edited,
                "kept": key in found.moved.get("kept", []),
            }
        )
    return rows
