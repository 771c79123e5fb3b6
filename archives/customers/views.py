"""Opening an archive, revealing a masked value, seeing who looked."""

import secrets

from django.contrib import messages
from django.db import IntegrityError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.customers import codes
from archives.customers.access import get_visible_customer
from archives.customers.duplicates import ELSEWHERE, likely_duplicates, may_ask, names_a_document
from archives.customers.forms import ArchiveForm, RevealForm, RowForm
from archives.customers.masking import name_for
from archives.customers.revealing import QUOTA, fields_told, left_today, reason_told, reveal
from archives.customers.services import ArchiveError, already_opened, open_archive
from crm.lib.keyset import page
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

PEOPLE = ("legal_representative", "controller", "agent")


@requires("archives.add_customer")
def create(request):
    kind = codes.Kind.CORPORATE if request.GET.get("kind") == "C" else codes.Kind.PERSONAL
    today = timezone.localdate()
    form = ArchiveForm(
        request.POST or None, kind=kind, user=request.user, today=today, initial=_initial(request.user, kind)
    )
    rows = _row_forms(request, kind, today)
    hits = []
    if request.method == "POST" and form.is_valid() and all([row.is_valid() for row in rows]):
        twin = already_opened(token=form.cleaned_data["token"], actor=request.user)
        if twin:
            return _to_archive(request, twin)
        hits = _look_alikes(request, form, kind)
        if form.is_valid() and (not hits or (form.cleaned_data["different"] and not any(h.certain for h in hits))):
            return _open(request, form, rows, kind)
    return render(
        request, "archives/customers/create.html", {"form": form, "rows": rows, "kind": kind, "hits": hits, "certain": any(h.certain for h in hits)}
    )  # fmt: skip


def _initial(user, kind: str) -> dict:
    own = {"branch": user.branch_id, "token": secrets.token_urlsafe(16)}
    if user.has_perm("archives.decide_change") and "manager" in user.roles:
        own["manager"] = user.pk
    documents: dict[str, str] = {
        codes.Kind.PERSONAL: codes.Document.RESIDENT_ID,
        codes.Kind.CORPORATE: codes.Document.BUSINESS_LICENCE,
    }
    return (
        own
        | {"id_kind": documents[kind], "status": codes.Status.CUSTOMER, "source": codes.Source.BRANCH}
        | ({"nationality": "CHN"} if kind == codes.Kind.PERSONAL else {})
    )


def _row_forms(request, kind: str, today) -> list[RowForm]:
    if kind != codes.Kind.CORPORATE:
        return []
    options = {"kind": kind, "today": today, "empty_permitted": True, "use_required_attribute": False}
    forms = [
        RowForm(request.POST or None, part="relatedperson", prefix=role, initial={"role": role, "id_kind": "resident_id"}, **options)
        for role in PEOPLE
    ]  # fmt: skip
    return [
        *forms,
        RowForm(
            request.POST or None, part="beneficialowner", prefix="owner", initial={"source": "customer"}, **options
        ),
    ]


def _open(request, form: ArchiveForm, rows: list[RowForm], kind: str):
    try:
        customer = open_archive(
            values=form.values,
            parts=[(row.part, row.row) for row in rows if row.row],
            kind=kind,
            branch=form.cleaned_data["branch"],
            manager=form.cleaned_data["manager"],
            assistant=form.cleaned_data["assistant"],
            actor=request.user,
            now=timezone.now(),
            token=form.cleaned_data["token"],
        )
    except IntegrityError:
        form.add_error(None, _("An archive with this document was opened a moment ago: search for it."))
        return render(request, "archives/customers/create.html", {"form": form, "rows": rows, "kind": kind, "hits": []})
    return _to_archive(request, customer)


def _to_archive(request, customer):
    messages.success(request, _("Archive %(number)s is open.") % {"number": customer.number})
    return redirect("workbench:customer", number=customer.number)


def _look_alikes(request, form: ArchiveForm, kind: str) -> list:
    """Archives like this one. Learning that one exists elsewhere leaves a line and is counted."""
    if names_a_document(form.values) and not may_ask(request.user, timezone.now()):
        form.add_error(None, _("Too many searches by sensitive numbers today: ask your outlet head."))
        return []
    hits = likely_duplicates(form.values, kind=kind, user=request.user)
    for hit in hits:
        if hit.customer is None:
            record(
                AccessEvent.Action.SEARCH,
                request=request,
                obj_type="customer",
                obj_id=hit.pk,
                fields="uscc" if kind == codes.Kind.CORPORATE else "id_number",
                result=ELSEWHERE,
            )
    return hits


@requires("archives.reveal_field")
@require_POST
def show_value(request, number: str):
    customer = get_visible_customer(request.user, number, request=request)
    form = RevealForm(request.POST)
    now = timezone.now()
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return redirect("workbench:customer", number=number)
    try:
        label, plain, masked = reveal(
            customer=customer,
            name=form.cleaned_data["field"],
            user=request.user,
            reason=form.reason_text,
            request=request,
            now=now,
        )
    except ArchiveError as error:
        messages.error(request, str(error))
        return redirect("workbench:customer", number=number)
    context = {
        "customer": customer,
        "name": name_for(request.user, customer),
        "label": label,
        "plain": plain,
        "masked": masked,
        "left": left_today(user=request.user, now=now),
        "quota": QUOTA,
    }
    response = render(request, "archives/customers/reveal.html", context)
    response["Refresh"] = f"60; url={reverse('workbench:customer', args=[number])}"  # masked again without scripts too
    return response


@requires("archives.view_access_log")
def access(request, number: str):
    """Who looked at this archive, revealed something, or was refused."""
    customer = get_visible_customer(request.user, number, request=request)
    events = page(
        AccessEvent.objects.of_customer(customer.pk),
        order=[("at", "desc"), ("pk", "desc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    for event in events:
        event.fields, event.reason = fields_told(event.fields), reason_told(event.reason)
    context = {"customer": customer, "name": name_for(request.user, customer), "page": events}
    return render(request, "archives/customers/access.html", context)
