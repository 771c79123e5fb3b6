"""Industry intelligence: the list, one item, adding, correcting, confirming, proposing its deletion."""

import secrets

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.changes.matters import propose_matter
from archives.changes.models import ChangeRequest, Kind
from archives.changes.routing import route_for
from archives.intelligence.access import get_visible_item, may_correct
from archives.intelligence.forms import ConfirmForm, CorrectForm, DeleteForm, ItemForm
from archives.intelligence.listing import IntelligenceFilter, lines, with_freshness
from archives.intelligence.models import Intelligence
from archives.intelligence.rules import STALE_MONTHS, Validity
from archives.intelligence.selectors import (
    citations_of,
    freshness_of,
    industries_of,
    linked_to,
    stale_count,
    steps_of,
)
from archives.intelligence.services import add_intelligence, confirm_intelligence, correct_intelligence
from crm.lib.dates import add_months
from crm.lib.keyset import capped_count, page
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

SIZE = 50


@requires("archives.view_intelligence")
def items(request):
    """Items of the whole bank, newest source first."""
    today = timezone.localdate()
    visible = Intelligence.objects.visible_to(request.user)
    filters = IntelligenceFilter(request.GET, queryset=visible, request=request, today=today)
    rows = page(
        lines(filters.qs),
        order=[("source_date", "desc"), ("pk", "desc")],
        size=SIZE,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    with_freshness(rows.rows, today)
    context = {
        "filters": filters,
        "page": rows,
        "count": capped_count(filters.qs),
        "stale": stale_count(request.user, today),
    }
    return render(request, "archives/intelligence/list.html", context)


@requires("archives.view_intelligence")
def detail(request, number: str):
    return _page(request, get_visible_item(request.user, number))


def _page(request, item: Intelligence, *, form: ConfirmForm | None = None):
    user, today = request.user, timezone.localdate()
    start = {"version": item.version, "valid_until": add_months(today, STALE_MONTHS)}
    context = {
        "item": item,
        "freshness": freshness_of(item, today),
        "industries": industries_of(item.industries),
        "linked": linked_to(item, user),
        "files": item.files.select_related("uploaded_by"),
        "steps": steps_of(item),
        "citations": citations_of(item, user),
        "may_correct": may_correct(user, item),
        "form": form or ConfirmForm(initial=start),
        **_deletion(user, item),
    }
    return render(request, "archives/intelligence/detail.html", context)


def _deletion(user, item: Intelligence) -> dict:
    """The open proposal to delete the item, and whether its page can be opened."""
    waiting = item.change_requests.open().first()
    opens = waiting is not None and ChangeRequest.objects.visible_to(user).filter(pk=waiting.pk).exists()
    return {"deletion": waiting, "deletion_opens": opens}


@requires("archives.add_intelligence")
def add(request):
    today = timezone.localdate()
    start = {
        "token": secrets.token_urlsafe(18),
        "source_date": today,
        "valid_until": add_months(today, STALE_MONTHS),
        "customers": request.GET.get("customer", "")[:12],
    }
    form = ItemForm(request.POST or None, request.FILES or None, initial=start)
    if request.method == "POST" and form.is_valid():
        token = form.cleaned_data["token"]
        try:
            item = add_intelligence(**form.values(), actor=request.user, token=token, now=timezone.now())
        except Refused as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("%(number)s was added.") % {"number": item.number})
            return redirect("intelligence:detail", number=item.number)
    return render(request, "archives/intelligence/add.html", {"form": form})


def _show(form, refusal: Refused) -> None:
    """A refusal's messages at their fields; the texts stay, files must be chosen again."""
    placed = [key for key in refusal.fields if key in form.fields]
    for key in placed:
        form.add_error(key, refusal.fields[key])
    if not placed:
        form.add_error(None, refusal.message)
    if form.files:
        form.add_error(None, _("The files must be chosen again: the browser does not keep them."))


@requires("archives.add_intelligence")
def correct(request, number: str):
    item = get_visible_item(request.user, number)
    if not may_correct(request.user, item):
        raise PermissionDenied
    form = CorrectForm(request.POST or None, request.FILES or None, initial=_present_values(item, request.user))
    if request.method == "POST" and form.is_valid():
        return _correct(request, item, form)
    return _correct_page(request, item, form)


def _present_values(item: Intelligence, user) -> dict:
    return {
        "kind": item.kind,
        "title": item.title,
        "text": item.text,
        "source": item.source,
        "source_date": item.source_date,
        "valid_until": item.valid_until,
        "industries": item.industries.split(),
        "customers": ", ".join(row.number for row in linked_to(item, user).customers),
        "version": item.version,
    }


def _correct(request, item: Intelligence, form: CorrectForm):
    present = item.version
    item.version = form.cleaned_data["version"]
    try:
        done = correct_intelligence(item=item, **form.values(), actor=request.user, now=timezone.now())
    except TooLate as refusal:
        _show(form, refusal)
        since = steps_of(item, after_version=item.version)
        sent = form.data.copy()  # sent once more, it is written over what is shown now
        sent["version"] = present
        form.data = sent
        return _correct_page(request, item, form, since=since, status=409)
    except NotYours as refusal:
        raise PermissionDenied from refusal
    except Refused as refusal:
        _show(form, refusal)
        return _correct_page(request, item, form)
    messages.success(request, _("%(number)s was corrected.") % {"number": done.number})
    return redirect("intelligence:detail", number=done.number)


def _correct_page(request, item: Intelligence, form: CorrectForm, *, since=(), status: int = 200):
    context = {"form": form, "item": item, "since": since, "others": linked_to(item, request.user).others}
    return render(request, "archives/intelligence/correct.html", context, status=status)


@requires("archives.add_intelligence")
@require_POST
def confirm(request, number: str):
    item = get_visible_item(request.user, number)
    if not may_correct(request.user, item):
        raise PermissionDenied
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _page(request, item, form=form)
    item.version = form.cleaned_data["version"]
    try:
        done = confirm_intelligence(
            item=item, actor=request.user, valid_until=form.cleaned_data["valid_until"], now=timezone.now()
        )
    except NotYours as refusal:
        raise PermissionDenied from refusal
    except TooLate as refusal:
        messages.error(request, refusal.message)
        return redirect("intelligence:detail", number=number)
    except Refused as refusal:
        _show(form, refusal)
        return _page(request, get_visible_item(request.user, number), form=form)
    messages.success(
        request, _("%(number)s is confirmed until %(day)s.") % {"number": number, "day": done.valid_until.isoformat()}
    )
    return redirect("intelligence:detail", number=number)


@requires("archives.propose_change")
def delete(request, number: str):
    """Propose its deletion; the head of its branch decides, the item stays until then."""
    item = get_visible_item(request.user, number)
    today = timezone.localdate()
    stale = freshness_of(item, today).state == Validity.STALE
    start = {"token": secrets.token_urlsafe(18), "category": "outdated" if stale else "wrong"}
    form = DeleteForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        answer = _propose(request, item, form)
        if answer:
            return answer
    try:
        decider = route_for(subject=item, proposer=request.user, today=today)[0]
    except Refused:
        decider = None
    context = {
        "item": item,
        "form": form,
        "decider": decider,
        "linked": linked_to(item, request.user),
        "files": item.files.all(),
        "citations": citations_of(item, request.user),
        **_deletion(request.user, item),
    }
    return render(request, "archives/intelligence/delete.html", context)


def _propose(request, item: Intelligence, form: DeleteForm):
    """The redirect after a proposal; None where the form comes back with what is wrong."""
    data = form.cleaned_data
    try:
        made = propose_matter(
            kind=Kind.DELETE,
            item=item,
            proposer=request.user,
            reason_code=data["category"],
            reason_text=data["reason_text"],
            token=data["token"],
            now=timezone.now(),
        )
    except Refused as refusal:
        if refusal.request is None:
            _show(form, refusal)
            return None
        messages.error(request, refusal.message)
    else:
        text = _("%(number)s waits for %(who)s; the item stays as it is until then.")
        messages.success(request, text % {"number": made.number, "who": made.assignee.name})
    return redirect("intelligence:detail", number=item.number)


@requires("archives.view_intelligence")
def file(request, number: str, pk: int):
    """An attachment, always as a download; each one leaves a line in the access log."""
    item = get_visible_item(request.user, number)
    kept = get_object_or_404(item.files, pk=pk)
    record(
        AccessEvent.Action.DOWNLOAD,
        request=request,
        obj_type="intelligence",
        obj_id=item.pk,
        label=item.number,
        fields="attachment",
    )
    try:
        content = kept.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, as_attachment=True, filename=kept.name, content_type=kept.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response
