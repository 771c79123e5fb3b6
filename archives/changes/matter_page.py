"""The decision page of a matter: what would happen, one yes or no."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.changes.effects import effect_of
from archives.changes.matters import decide_matter
from archives.changes.models import ChangeRequest, Kind
from archives.changes.routing import capacity_of
from archives.changes.selectors import title_of, waiting_for
from crm.lib.refusals import NotYours, Refused
from crm.privacy.log import record as log
from crm.privacy.models import AccessEvent

AT_ONCE = 200


def show(request, found: ChangeRequest, *, problem: str = "", comment: str = "", status: int = 200):
    """`found` as `request.user` may see it."""
    today = timezone.localdate()
    capacity = capacity_of(request=found, actor=request.user, today=today) if found.is_open else None
    context = {
        "request_": found,
        "name": title_of(found, request.user),
        "subject_url": _subject_url(found),
        "facts": effect_of(found.kind).facts(found, user=request.user),
        "capacity": capacity,
        "mine": found.proposer_id == request.user.pk,
        "evidence": found.evidence.all(),
        "events": found.events.select_related("actor"),
        "problem": problem,
        "comment": comment,
        "is_merge": found.kind == Kind.MERGE,
    } | place_among(waiting_for(request.user, today), found)
    return render(request, "archives/changes/matter.html", context, status=status)


def _subject_url(found: ChangeRequest) -> str:
    if found.customer_id:
        return reverse("workbench:customer", args=[found.customer.number])
    return reverse("intelligence:detail", args=[found.item.number])


def place_among(waiting, found: ChangeRequest) -> dict:
    """Where `found` stands among the requests that wait: its place, how many, the one before and the one after."""
    numbers = list(waiting.oldest_first().values_list("number", flat=True)[:AT_ONCE])
    place = numbers.index(found.number) if found.number in numbers else None
    return {
        "place": None if place is None else place + 1,
        "waiting_count": len(numbers),
        "previous": numbers[place - 1] if place else None,
        "next": numbers[place + 1] if place is not None and place + 1 < len(numbers) else None,
    }


def decide(request, found: ChangeRequest, go_on):
    """The POST of the page; `go_on(request, done, following)` opens the next one."""
    if not request.user.has_perm("archives.decide_change"):
        raise PermissionDenied
    answer, comment = request.POST.get("everything", ""), request.POST.get("comment", "")[:5000]
    found.version = int(text) if (text := request.POST.get("version", "")).isascii() and text.isdigit() else -1
    if answer not in ("accept", "reject"):
        return show(request, _fresh(found), problem=_("Approve or reject."), comment=comment, status=409)
    try:
        done = decide_matter(
            request=found, actor=request.user, accept=answer == "accept", comment=comment, now=timezone.now()
        )
    except NotYours as refusal:
        messages.error(request, refusal.message)
        return show(request, _fresh(found), status=403)
    except Refused as refusal:
        return show(request, _fresh(found), problem=refusal.message, comment=comment, status=409)
    log(
        AccessEvent.Action.DECISION,
        request=request,
        obj_type="customer" if done.customer_id else "intelligence",
        obj_id=done.customer_id or done.item_id,
        label=done.number,
        result=done.status,
    )
    return go_on(request, done, request.POST.get("next", ""))


def _fresh(found: ChangeRequest) -> ChangeRequest:
    return ChangeRequest.objects.for_list().get(pk=found.pk)


def refuse_resubmit(request, found: ChangeRequest):
    """A matter is not corrected: it is proposed anew."""
    messages.error(request, _("Withdraw this request and propose it anew."))
    return redirect("changes:detail", number=found.number)
