"""Proposing a change: the form, the light supplement, a row of a part, sending it again, taking it back."""

import secrets

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.changes import matter_page
from archives.changes.filling import fill_blanks, split_direct
from archives.changes.forms import PartForm, ProposalForm
from archives.changes.models import ChangeRequest, Kind, Reason
from archives.changes.proposing import propose_change, proposed_values, resubmit_change, withdraw_change
from archives.changes.routing import route_for
from archives.changes.rows import row_of
from archives.customers.access import get_visible_customer
from archives.customers.fields import CUSTOMER_FIELDS, EDITABLE, PART_FIELDS, PART_LABELS
from archives.customers.masking import name_for
from archives.customers.parts import PARTS
from archives.customers.presentation import part_of
from crm.lib.refusals import NotYours, Refused
from crm.staff.access import requires


def get_visible_request(user, number: str) -> ChangeRequest:
    """A request on an archive in scope, or one's own; 404 otherwise."""
    return get_object_or_404(ChangeRequest.objects.visible_to(user).for_list(), number=number[:24].replace("\0", ""))


@requires("archives.propose_change")
def propose(request, number: str):
    customer = get_visible_customer(request.user, number, request=request)
    part = request.GET.get("part", "")
    if part:
        return _propose_part(request, customer, part)
    only = [key for key in request.GET.getlist("field") if key in CUSTOMER_FIELDS] or None
    form = _form(request, customer, only=only, proposed=_earlier_value(customer, request.GET.get("restore", "")))
    if request.method == "POST" and form.is_valid():
        return _submit(request, customer, form, Kind.EDIT, form.changed_items(), [])
    return _page(request, customer, form, supplement=False)


def _earlier_value(customer, pk: str) -> dict[str, str]:
    """The old value of a line of the modification record, to be proposed again (an ordinary request)."""
    if not (pk.isascii() and pk.isdigit() and len(pk) < 18):
        return {}
    row = customer.modifications.filter(pk=int(pk), field__in=EDITABLE).first()
    return {row.field: row.old} if row else {}


@requires("archives.propose_change")
def supplement(request, number: str):
    """The gaps alone: light to fill in, the reason stands already."""
    customer = get_visible_customer(request.user, number, request=request)
    gaps = [key for key in customer.missing_keys if key in CUSTOMER_FIELDS]
    people = [part_of(key) for key in customer.missing_keys if part_of(key)]
    if not gaps and people:
        return redirect(f"{reverse('changes:propose', args=[number])}?part={people[0]}")
    if not gaps:
        messages.info(request, _("Nothing is missing in this archive."))
        return redirect("workbench:customer", number=number)
    form = _form(request, customer, only=gaps, initial={"reason_code": Reason.COMPLETED})
    asked = request.GET.get("field", "")
    if asked in form.keys and not form.is_bound:
        form.fields[asked].widget.attrs["autofocus"] = True
    if request.method == "POST" and form.is_valid():
        return _supplement(request, customer, form)
    return _page(request, customer, form, supplement=True)


def _supplement(request, customer, form):
    direct, items = split_direct(form.changed_items())
    reason = form.cleaned_data["reason_text"] or _("Completing what is missing")
    form.cleaned_data["reason_code"] = form.cleaned_data["reason_code"] or Reason.COMPLETED
    form.cleaned_data["reason_text"] = reason
    if direct:
        try:
            fill_blanks(customer=customer, items=direct, actor=request.user, reason_text=reason, now=timezone.now())
        except Refused as refusal:
            _show(form, refusal)
            return _page(request, customer, form, supplement=True)
        messages.success(request, _("Filled in at once: %(n)s.") % {"n": len(direct)})
        if not items:
            return redirect("workbench:customer", number=customer.number)
    return _submit(request, customer, form, Kind.SUPPLEMENT, items, [])


def _form(request, customer, *, only=None, initial=None, proposed=None):
    start = {"token": secrets.token_urlsafe(18), "base_version": customer.version} | (initial or {})
    return ProposalForm(
        request.POST or None, request.FILES or None, customer=customer, user=request.user, today=timezone.localdate(),
        only=only, initial=start, proposed=proposed,
    )  # fmt: skip


def _propose_part(request, customer, part: str):
    if part not in PART_FIELDS or customer.kind not in PART_FIELDS[part].fields[0].kinds:
        return redirect("changes:propose", number=customer.number)
    pk = request.GET.get("row", "")
    try:
        row = row_of(customer, part, int(pk)) if pk.isascii() and pk.isdigit() and len(pk) < 18 else None
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("workbench:customer", number=customer.number)
    start = {"token": secrets.token_urlsafe(18), "base_version": customer.version}
    form = PartForm(
        request.POST or None, request.FILES or None, customer=customer, user=request.user, today=timezone.localdate(),
        part=part, row=row, initial=start,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        return _submit(request, customer, form, Kind.EDIT, {}, form.part_items())
    return _page(request, customer, form, supplement=False, part=part)


def _submit(request, customer, form, kind: str, items: dict, part_items: list):
    data = form.cleaned_data
    try:
        made = propose_change(
            customer=customer,
            proposer=request.user,
            kind=kind,
            items=items,
            part_items=part_items,
            reason_code=data["reason_code"],
            reason_text=data["reason_text"],
            evidence=data["evidence"] or [],
            token=data["token"],
            base_version=data["base_version"] or customer.version,
            now=timezone.now(),
        )
    except Refused as refusal:
        if refusal.request is not None:
            messages.error(request, refusal.message)
            return redirect("changes:detail", number=refusal.request.number)
        _show(form, refusal)
        return _page(request, customer, form, supplement=kind == Kind.SUPPLEMENT, part=getattr(form, "part", ""))
    messages.success(
        request,
        _("%(number)s waits for %(who)s; the archive stays as it is until then.")
        % {"number": made.number, "who": made.assignee.name},
    )
    return redirect("workbench:customer", number=customer.number)


def _show(form, refusal: Refused) -> None:
    """A refusal's messages at their fields; the texts stay, files must be chosen again."""
    placed = False
    for key, texts in refusal.fields.items():
        if key in form.fields:
            form.add_error(key, texts)
            placed = True
    if not placed:
        form.add_error(None, refusal.message)
    if form.files:
        form.add_error(None, _("The files must be chosen again: the browser does not keep them."))


def _page(request, customer, form, *, supplement: bool, part: str = "", earlier=None):
    try:
        decider = route_for(subject=customer, proposer=request.user, today=timezone.localdate())[0]
    except Refused as refusal:
        decider = None
        messages.warning(request, refusal.message)
    context = {
        "customer": customer,
        "name": name_for(request.user, customer),
        "form": form,
        "supplement": supplement,
        "part": part,
        "part_label": PART_LABELS.get(part, ""),
        "decider": decider,
        "earlier": earlier,
    }
    return render(request, "archives/changes/propose.html", context)


@requires("archives.propose_change")
def resubmit(request, number: str):
    """The same request, corrected: a new round."""
    found = get_visible_request(request.user, number)
    if found.proposer_id != request.user.pk:
        messages.error(request, _("Only the proposer can send a request again."))
        return redirect("changes:detail", number=number)
    if found.is_matter:
        return matter_page.refuse_resubmit(request, found)
    customer = get_visible_customer(request.user, found.customer.number, request=request)
    form, parts = _round_form(request, customer, found)
    if request.method == "POST" and request.POST.get("token") != _round_token(found):
        messages.info(request, _("This request has changed since you opened it. Look at it again."))
        return redirect("changes:detail", number=number)
    if request.method == "POST" and form.is_valid():
        try:
            again = resubmit_change(
                request=found,
                actor=request.user,
                items={} if parts is None else form.changed_items(),
                part_items=form.part_items() if parts is None else parts,
                reason_code=form.cleaned_data["reason_code"],
                reason_text=form.cleaned_data["reason_text"],
                evidence=form.cleaned_data["evidence"] or [],
                now=timezone.now(),
            )
        except Refused as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("%(number)s was sent again.") % {"number": again.number})
            return redirect("changes:detail", number=again.number)
    return _page(request, customer, form, supplement=False, part=getattr(form, "part", ""), earlier=found)


def _round_token(found: ChangeRequest) -> str:
    return f"round-{found.version}"


def _round_form(request, customer, found: ChangeRequest):
    """(form, rows that stay as proposed): a request of one row alone opens that row, and the rows are None."""
    fields, parts = proposed_values(found)
    start = {"reason_code": found.reason_code, "reason_text": found.reason_text, "token": _round_token(found)}
    if fields or len(parts) != 1 or parts[0][2] is None:
        return _form(request, customer, only=list(fields) or ["remark"], initial=start, proposed=fields), parts
    part, pk, values = parts[0]
    live = PARTS[part].objects.filter(customer=customer, pk=pk).first() if pk else None
    form = PartForm(
        request.POST or None, request.FILES or None, customer=customer, user=request.user, today=timezone.localdate(),
        part=part, row=live, proposed=values, initial=start,
    )  # fmt: skip
    return form, None


@requires("archives.propose_change")
@require_POST
def withdraw(request, number: str):
    found = get_visible_request(request.user, number)
    try:
        withdraw_change(request=found, actor=request.user, now=timezone.now())
    except NotYours as refusal:
        messages.error(request, refusal.message)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(number)s was withdrawn.") % {"number": number})
    return redirect("changes:detail", number=number)
