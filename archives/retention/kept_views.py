"""What the law keeps: sealed archives for compliance, and holds that keep an archive from being deleted."""

from typing import cast

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.customers.presentation import archive_sections, part_sections
from archives.retention.forms import HoldForm
from archives.retention.models import Deletion, Hold
from archives.retention.selectors import category_text, seal_text, visible_deletions
from archives.retention.services import place_hold, release_hold
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.privacy.log import record as log
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

BY_HAND = (Hold.Kind.REGULATOR, Hold.Kind.AUDIT)
HOLDS_SHOWN = 100


@requires("archives.view_sealed")
def sealed(request):
    """What is kept for the law only, the earliest end first."""
    shown = page(
        visible_deletions(request.user).filter(state=Deletion.State.SEALED),
        order=[("sealed_until", "asc"), ("pk", "asc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    for row in shown.rows:
        row.name = name_for(request.user, row.customer)
        row.why = seal_text(row.seal_reason)
        row.category_text = category_text(row.category)
    return render(request, "archives/retention/sealed.html", {"page": shown})


@requires("archives.view_sealed")
def sealed_archive(request, number: str):
    """Read-only, masked by the catalogue; each reading leaves a line in the access log."""
    rows = visible_deletions(request.user).filter(state=Deletion.State.SEALED)
    found = get_object_or_404(rows, number=number[:24].replace("\0", ""))
    customer, today = cast(Customer, found.customer), timezone.localdate()
    log(
        AccessEvent.Action.VIEW,
        request=request,
        obj_type="customer",
        obj_id=customer.pk,
        label=customer.number,
        fields="sealed",
    )
    context = {
        "deletion": found,
        "customer": customer,
        "name": name_for(request.user, customer),
        "why": seal_text(found.seal_reason),
        "category": category_text(found.category),
        "sections": archive_sections(customer, user=request.user, pending={}, today=today),
        "parts": [part for part in part_sections(customer, user=request.user, pending={}) if part.rows],
    }
    return render(request, "archives/retention/sealed_archive.html", context)


@requires("archives.place_hold")
def holds(request, number: str):
    """Inquiries and audits that keep an archive; it may be in the recycle bin already."""
    rows = Customer.everyone.visible_to(request.user).select_related("branch")
    customer = get_object_or_404(rows, number=number[:24].replace("\0", ""))
    today = timezone.localdate()
    releasing = request.method == "POST" and "release" in request.POST
    form = HoldForm(request.POST if request.method == "POST" and not releasing else None, today=today)
    if releasing:
        return _release(request, customer)
    if request.method == "POST" and form.is_valid() and _place(request, customer, form):
        return redirect("retention:holds", number=number)
    found = list(customer.holds.select_related("placed_by", "released_by").order_by("-pk")[:HOLDS_SHOWN])
    for hold in found:
        hold.is_over = bool(hold.until and hold.until < today)
        hold.is_open = hold.released_at is None and not hold.is_over
        hold.by_hand = hold.is_open and hold.kind in BY_HAND
    context = {
        "customer": customer,
        "name": name_for(request.user, customer) if customer.life != "sealed" else customer.number,
        "holds": found,
        "form": form,
        "is_live": customer.life == "active",
    }
    return render(request, "archives/retention/holds.html", context)


def _place(request, customer, form: HoldForm) -> bool:
    try:
        hold = place_hold(
            customer=customer,
            kind=form.cleaned_data["kind"],
            source=form.cleaned_data["source"],
            reason=form.cleaned_data["reason"],
            until=form.cleaned_data["until"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    _log(request, customer, hold, "hold placed", hold.reason)
    messages.success(request, _("%(source)s keeps the archive from being deleted.") % {"source": hold.source})
    return True


def _release(request, customer):
    """Only what people placed; the reason stays in the access log."""
    key, reason = request.POST.get("release", ""), request.POST.get("reason", "").strip()[:200]
    keys = [int(key)] if key.isascii() and key.isdigit() and len(key) < 18 else []
    hold = get_object_or_404(customer.holds.select_related("released_by"), pk__in=keys, kind__in=BY_HAND)
    back = redirect("retention:holds", number=customer.number)
    if not reason:
        messages.error(request, _("Say why it is released: the reason stays with the record."))
        return back
    try:
        released = release_hold(
            customer=customer, kind=hold.kind, source=hold.source, actor=request.user, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return back
    if not released:
        who = hold.released_by.name if hold.released_by else ""
        messages.error(request, _("%(who)s has released it already.") % {"who": who or _("Somebody")})
        return back
    _log(request, customer, hold, "hold released", reason)
    messages.success(request, _("%(source)s no longer holds the archive.") % {"source": hold.source})
    return back


def _log(request, customer, hold: Hold, result: str, reason: str) -> None:
    log(
        AccessEvent.Action.DECISION,
        request=request,
        obj_type="customer",
        obj_id=customer.pk,
        label=customer.number,
        fields=hold.source,
        reason=reason,
        result=result,
    )
