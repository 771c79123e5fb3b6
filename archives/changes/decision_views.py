"""Deciding: the page of one request, many at once, evidence, the modification record."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.changes import matter_page
from archives.changes.deciding import decide_change, decide_many
from archives.changes.decision_page import gain, shown_items, text_of
from archives.changes.forms import RecordForm
from archives.changes.models import ChangeRequest, Evidence
from archives.changes.proposing import items_of, label_of
from archives.changes.record import modifications_of, people_of, state_on
from archives.changes.revealing import reveal_item, reveals_of
from archives.changes.routing import capacity_of
from archives.changes.rules import CHOICES
from archives.changes.selectors import waiting_for
from archives.changes.views import get_visible_request
from archives.customers.access import get_visible_customer
from archives.customers.fields import CUSTOMER_FIELDS, EDITABLE, PART_LABELS
from archives.customers.forms import RevealForm
from archives.customers.masking import name_for
from archives.customers.presentation import archive_sections
from archives.customers.values import read
from crm.lib.keyset import page
from crm.lib.refusals import NotYours, Refused
from crm.privacy.log import record as log
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

AT_ONCE = 200


@requires("archives.view_customer")
def detail(request, number: str):
    found = get_visible_request(request.user, number)
    if found.is_matter:
        return (
            matter_page.decide(request, found, _go_on) if request.method == "POST" else matter_page.show(request, found)
        )
    if request.method == "POST":
        return _decide(request, found)
    return _page(request, found)


def _page(request, found: ChangeRequest, *, chosen: dict | None = None, problem: str = "", status: int = 200):
    today = timezone.localdate()
    items = items_of(found)
    capacity = capacity_of(request=found, actor=request.user, today=today) if found.is_open else None
    after, filled = gain(found, items)
    context = {
        "request_": found,
        "customer": found.customer,
        "name": name_for(request.user, found.customer),
        "items": shown_items(found, items, user=request.user),
        "reveals": reveals_of(found, items, user=request.user),
        "capacity": capacity,
        "mine": found.proposer_id == request.user.pk,
        "evidence": found.evidence.all(),
        "events": found.events.select_related("actor"),
        "after": after,
        "filled": filled,
        "chosen": chosen or {},
        "problem": problem,
    } | matter_page.place_among(waiting_for(request.user, today), found)
    return render(request, "archives/changes/detail.html", context, status=status)


def _decide(request, found: ChangeRequest):
    if not request.user.has_perm("archives.decide_change"):
        raise PermissionDenied
    decisions, confirmed, chosen = {}, {}, {}
    everything = request.POST.get("everything")
    for item in items_of(found):
        choice = everything if everything in CHOICES else request.POST.get(f"decision-{item.pk}", "")
        why = request.POST.get(f"why-{item.pk}", "")[:2000]
        chosen[item.pk] = (choice, why)
        if choice in CHOICES:
            decisions[item.pk] = (choice, why)
        confirmed[item.pk] = _whole(request.POST.get(f"seen-{item.pk}"))
    found.version = _whole(request.POST.get("version"))
    following = request.POST.get("next", "")
    try:
        done = decide_change(
            request=found,
            actor=request.user,
            decisions=decisions,
            comment=request.POST.get("comment", "")[:5000],
            confirmed=confirmed,
            now=timezone.now(),
        )
    except NotYours as refusal:
        messages.error(request, refusal.message)
        return _page(request, ChangeRequest.objects.for_list().get(pk=found.pk), status=403)
    except Refused as refusal:
        return _page(
            request,
            ChangeRequest.objects.for_list().get(pk=found.pk),
            chosen=chosen,
            problem=refusal.message,
            status=409,
        )
    log(
        AccessEvent.Action.DECISION,
        request=request,
        obj_type="customer",
        obj_id=done.customer_id,
        label=done.number,
        result=done.status,
    )
    return _go_on(request, done, following)


def _whole(text: str | None) -> int:
    """A version that a form sent back; -1 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def _go_on(request, done: ChangeRequest, following: str):
    """Say what happened and open the next one that waits."""
    text = _("%(number)s: %(status)s.") % {"number": done.number, "status": done.get_status_display()}
    messages.success(request, text)
    waiting = waiting_for(request.user, timezone.localdate()).oldest_first().values_list("number", flat=True)
    target = following if following and waiting.filter(number=following[:24]).exists() else waiting.first()
    return redirect(reverse("changes:detail", args=[target]) if target else reverse("workbench:inbox"))


@requires("archives.decide_change")
@require_POST
def many(request):
    """The same decision for the selected ones, with a result a row."""
    keys = [
        int(key)
        for key in request.POST.getlist("request")[:AT_ONCE]
        if key.isascii() and key.isdigit() and len(key) < 18
    ]
    chosen = list(waiting_for(request.user, timezone.localdate()).filter(pk__in=keys).for_list().oldest_first())
    accept = request.POST.get("decision") == "accept"
    comment = request.POST.get("comment", "")[:500]
    if not keys:
        messages.error(request, _("Select at least one request."))
        return redirect("workbench:inbox")
    if not accept and not comment.strip():
        messages.error(request, _("Say why you reject: the proposers will read it."))
        return redirect("workbench:inbox")
    outcomes = decide_many(requests=chosen, actor=request.user, accept=accept, comment=comment, now=timezone.now())
    context = {"outcomes": outcomes, "done": sum(o.done for o in outcomes), "lost": len(set(keys)) - len(chosen)}
    return render(request, "archives/changes/outcomes.html", context)


@requires("archives.view_customer")
def evidence(request, number: str, pk: int):
    found = get_visible_request(request.user, number)
    kept = get_object_or_404(Evidence, request=found, pk=pk)
    log(
        AccessEvent.Action.DOWNLOAD,
        request=request,
        obj_type="customer" if found.customer_id else "intelligence",
        obj_id=found.customer_id or found.item_id,
        label=found.number,
        fields="evidence",
    )
    try:
        content = kept.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, as_attachment=True, filename=kept.name, content_type=kept.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires("archives.reveal_field")
@require_POST
def reveal(request, number: str):
    """One masked value of a request, for a minute."""
    found = get_visible_request(request.user, number)
    if found.is_matter:
        raise Http404
    form = RevealForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("changes:detail", number=number)
    try:
        label, old, new = reveal_item(
            request=found,
            name=form.cleaned_data["field"],
            user=request.user,
            reason=form.reason_text,
            http_request=request,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("changes:detail", number=number)
    context = {
        "request_": found,
        "name": name_for(request.user, found.customer),
        "label": label,
        "old": old,
        "new": new,
    }
    return render(request, "archives/changes/reveal.html", context)


@requires("archives.view_customer")
def record(request, number: str):
    """Who changed what and why, filtered; and the archive as it stood on a day."""
    customer = get_visible_customer(request.user, number, request=request)
    parts = [(f"part:{part}", label) for part, label in PART_LABELS.items()]
    fields = [(f.key, f.label) for f in CUSTOMER_FIELDS.of_kind(customer.kind)] + parts
    form = RecordForm(request.GET, fields=fields, people=people_of(customer))
    asked = form.cleaned_data if form.is_valid() else {}
    rows = page(
        modifications_of(
            customer,
            field=asked.get("field", ""),
            person=asked.get("person"),
            first=asked.get("first"),
            last=asked.get("last"),
        ),
        order=[("at", "desc"), ("pk", "desc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    for row in rows.rows:
        row.label = label_of(row)
        row.old_text = text_of(row, row.old, request.user, customer)
        row.new_text = text_of(row, row.new, request.user, customer)
        row.restorable = row.field in EDITABLE and bool(row.old) and row.old != read(customer, row.field)
    on = asked.get("on")
    then = state_on(customer, on) if on else None
    context = {
        "customer": customer,
        "name": name_for(request.user, customer),
        "form": form,
        "page": rows,
        "on": on,
        "then": archive_sections(then, user=request.user, pending={}, today=on) if then and on else None,
    }
    return render(request, "archives/changes/record.html", context)
