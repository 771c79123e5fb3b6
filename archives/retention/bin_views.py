"""The recycle bin: what waits there, one deletion, restoring it, confirming its purge."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.retention import selectors
from archives.retention.forms import BinForm, PurgeForm, RestoreForm, TombstoneForm
from archives.retention.models import Deletion, Tombstone
from archives.retention.rules import is_over
from archives.retention.selectors import BIN, ORDERS, TABS, title_of, visible_deletions, visible_tombstones
from archives.retention.services import (
    confirm_purge,
    confirmers,
    last_day,
    legal_end,
    may_restore,
    open_holds,
    refuse_stranger,
    restore,
    standing_in_the_way,
)
from crm.lib.keyset import capped_count, page
from crm.lib.refusals import NotYours, Refused
from crm.privacy.log import record as log
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

CONFIRMERS_SHOWN = 6


@requires("archives.view_bin")
def recycle_bin(request):
    user, today = request.user, timezone.localdate()
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else BIN
    form = BinForm(request.GET, user=user)
    asked = form.asked
    last = today + timedelta(days=asked["left"]) if asked.get("left") and tab == BIN else None
    rows = selectors.of_kind(selectors.filtered(visible_deletions(user), asked=asked, last=last), asked.get("kind", ""))
    sealed = visible_deletions(user).filter(state=Deletion.State.SEALED)
    shown = page(
        selectors.in_tab(rows, tab, today),
        order=ORDERS[tab],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    context = {
        "tab": tab,
        "form": form,
        "page": shown,
        "lines": selectors.lines(shown.rows, user=user, today=today),
        "counts": {key: capped_count(selectors.in_tab(rows, key, today)) for key in TABS},
        "sealed_count": capped_count(sealed) if user.has_perm("archives.view_sealed") else None,
    }
    return render(request, "archives/retention/bin.html", context)


def get_visible_deletion(user, pk: int) -> Deletion:
    """A deletion in scope; 404 otherwise, and for sealed ones where `user` may not know of them."""
    return get_object_or_404(visible_deletions(user), pk=pk)


@requires("archives.view_bin")
def deletion(request, pk: int):
    return _page(request, get_visible_deletion(request.user, pk))


@requires("archives.restore_archive")
@require_POST
def restore_deletion(request, pk: int):
    found = get_visible_deletion(request.user, pk)
    form = RestoreForm(request.POST)
    if not form.is_valid():
        return _page(request, found, restore_form=form)
    try:
        found.version = form.cleaned_data["version"]
        done = restore(deletion=found, actor=request.user, reason=form.cleaned_data["reason"], now=timezone.now())
    except Refused as refusal:
        return _refused(request, pk, refusal)
    _log(request, done, "restored")
    messages.success(request, _("%(number)s is back, with everything that belongs to it.") % {"number": done.number})
    return redirect(_subject_url(done))


@requires("archives.purge_archive")
@require_POST
def purge(request, pk: int):
    """The second confirmation. Afterwards only the tombstone is left, or the law keeps it sealed."""
    found = get_visible_deletion(request.user, pk)
    form = PurgeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, purge_form=form)
    customer_id = found.customer_id
    try:
        found.version = form.cleaned_data["version"]
        done = confirm_purge(
            deletion=found, actor=request.user, typed_number=form.cleaned_data["number"], now=timezone.now()
        )
    except Refused as refusal:
        return _refused(request, pk, refusal)
    if isinstance(done, Tombstone):
        _log(request, done, "purged", obj_id=customer_id)
        messages.success(request, _("%(number)s was purged; this record stays.") % {"number": done.number})
        return redirect("retention:tombstone", number=done.number)
    _log(request, done, "sealed")
    told = {"number": done.number, "day": done.sealed_until}
    messages.success(request, _("%(number)s is sealed until %(day)s: the law keeps it.") % told)
    return redirect("retention:bin")


def _refused(request, pk: int, refusal: Refused):
    """The page as it stands now, with the reason; the tombstone where somebody else has purged it."""
    fresh = visible_deletions(request.user).filter(pk=pk).first()
    if fresh is None:
        messages.error(request, refusal.message)
        return redirect("retention:bin")
    return _page(request, fresh, problem=refusal.message, status=403 if isinstance(refusal, NotYours) else 409)


def _log(request, done, result: str, obj_id: int | None = None) -> None:
    is_customer = bool(obj_id) or bool(getattr(done, "customer_id", None))
    log(
        AccessEvent.Action.DECISION,
        request=request,
        obj_type="customer" if is_customer else "intelligence",
        obj_id=obj_id or getattr(done, "customer_id", None) or getattr(done, "item_id", None),
        label=done.number,
        result=result,
    )


def _subject_url(done: Deletion) -> str:
    if done.customer_id:
        return reverse("workbench:customer", args=[done.number])
    return reverse("intelligence:detail", args=[done.number])


@dataclass
class Rights:
    """What the reader may do with a deletion now; `others` are those who may confirm its purge."""

    restore: bool
    purge: bool
    others: list


def _rights(found: Deletion, user, *, due: bool) -> Rights:
    open_ = found.state != Deletion.State.RESTORED
    others = confirmers(found) if due else []
    back = open_ and found.category != Deletion.MERGED and _allows(may_restore, found, user)
    return Rights(back, due and _allows(refuse_stranger, found, user), others)


def _allows(rule, found: Deletion, user) -> bool:
    try:
        rule(found, user)
    except NotYours:
        return False
    return True


def _page(request, found: Deletion, *, restore_form=None, purge_form=None, problem: str = "", status: int = 200):
    now, user = timezone.now(), request.user
    if found.subject is None:
        raise Http404
    due = found.state != Deletion.State.RESTORED and is_over(last_day(found), now)
    rights = _rights(found, user, due=due)
    end = legal_end(found.customer, merged=found.category == Deletion.MERGED) if found.customer else None
    tone, left = selectors.left_words(found, timezone.localdate(now))
    start = {"version": found.version}
    context = {
        "deletion": found,
        "title": title_of(found, user),
        "category": selectors.category_text(found.category),
        "tone": tone,
        "left": left,
        "due": due,
        "rights": rights,
        "confirmers": [who for who in rights.others if who.pk != user.pk][:CONFIRMERS_SHOWN],
        "merged": found.category == Deletion.MERGED,
        "merge_url": _merge_url(found),
        "goes": selectors.what_goes(found),
        "holds": open_holds(found.customer, timezone.localdate(now)) if found.customer else [],
        "obstacles": standing_in_the_way(found, now) if found.state != Deletion.State.RESTORED else [],
        "end": end if end and not is_over(end.until, now) else None,
        "end_text": selectors.seal_text(end.reason) if end else "",
        "restore_form": restore_form or RestoreForm(initial=start),
        "purge_form": purge_form or PurgeForm(initial=start),
        "problem": problem,
        "timeline": _timeline(found),
    }
    return render(request, "archives/retention/deletion.html", context, status=status)


def _merge_url(found: Deletion) -> str:
    """Where the merge that took it away is undone; the topic that owns merges stands to the right of this one."""
    merge = found.merges.first() if found.category == Deletion.MERGED else None
    try:
        return reverse("stewardship:merge_undo", args=[merge.pk]) if merge else ""
    except NoReverseMatch:
        return ""


def _timeline(found: Deletion) -> list[dict]:
    """What happened to it, the last step first; the request can be opened once the archive is back."""
    request, back = found.request, found.state == Deletion.State.RESTORED
    url = reverse("changes:detail", args=[request.number]) if back else ""
    steps = [
        ("", "edit", _("Proposed"), request.reason_text, request.submitted_at, found.proposer, url),
        ("", "trash", _("Approved and hidden"), request.comment, found.approved_at, found.approver, ""),
        ("ok", "history", _("Restored"), found.restore_reason, found.restored_at, found.restored_by, ""),
    ]
    if found.sealed_until:
        steps.append(("info", "lock", _("Sealed"), "", found.confirmed_at, found.confirmed_by, ""))
    keys = ("tone", "icon", "strong", "text", "at", "who", "url")
    told = [dict(zip(keys, step, strict=True)) for step in steps if step[4]]
    for step in told:
        step["who"] = step["who"].name if step["who"] else ""
    return sorted(told, key=lambda step: step["at"], reverse=True)


@requires("archives.view_bin")
def tombstones(request):
    """What is left of what was purged: proof, no personal data."""
    form = TombstoneForm(request.GET, user=request.user)
    asked = form.asked
    rows = selectors.filtered(visible_tombstones(request.user), asked=asked)
    if asked.get("kind"):
        rows = rows.filter(kind=asked["kind"])
    if asked.get("number"):
        rows = rows.filter(number__startswith=asked["number"].replace(" ", ""))
    shown = page(
        rows,
        order=[("purged_at", "desc"), ("pk", "desc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    for row in shown.rows:
        row.category_text = selectors.category_text(row.category)
    return render(request, "archives/retention/tombstones.html", {"form": form, "page": shown})


@requires("archives.view_bin")
def tombstone(request, number: str):
    found = get_object_or_404(visible_tombstones(request.user), number=number[:24].replace("\0", ""))
    context = {
        "stone": found,
        "category": selectors.category_text(found.category),
        "goes": selectors.by_thing(found.rows),
    }
    return render(request, "archives/retention/tombstone.html", context)
