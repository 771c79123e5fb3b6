"""Outlets: the tree with earlier changes, and the page that merges one into another or moves it."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.stewardship.forms import MergeOutletForm, MoveOutletForm
from archives.stewardship.models import OutletChange
from archives.stewardship.outlets import counts_of_outlet, merge_outlet, move_outlet
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.staff.access import requires
from crm.staff.models import Branch

CHANGES = ("branch", "target", "old_parent", "done_by")


@requires("archives.move_outlet")
def outlets(request):
    branches = Branch.objects.in_scope_of(request.user).select_related("parent")
    rows = list(branches.annotate(n=Count("people", filter=Q(people__is_active=True))).order_by("path"))
    changes = page(
        OutletChange.objects.filter(branch__in=Branch.objects.in_scope_of(request.user)).select_related(*CHANGES),
        order=[("done_at", "desc"), ("pk", "desc")],
        size=20,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    return render(request, "archives/stewardship/outlets.html", {"branches": rows, "page": changes})


@requires("archives.move_outlet")
def outlet(request, code: str):
    """Two forms: into another outlet, or under another parent. A POST says which by `step`."""
    scope = Branch.objects.in_scope_of(request.user).select_related("parent")
    found = get_object_or_404(scope, code=code[:12].replace("\0", ""))
    step = request.POST.get("step") if request.method == "POST" else ""
    merging = MergeOutletForm(request.POST if step == "merge" else None, branch=found)
    moving = MoveOutletForm(request.POST if step == "move" else None, branch=found)
    form = {"merge": merging, "move": moving}.get(step)
    if form is not None and form.is_valid() and _do(request, found, form, step):
        return redirect("stewardship:outlets")
    counts = counts_of_outlet(found)
    context = {
        "outlet": found,
        "counts": counts,
        "merging": merging if found.parent_id and (found.is_active or any(counts.values())) else None,
        "moving": moving if found.parent_id and found.is_active else None,
        "changes": OutletChange.objects.filter(Q(branch=found) | Q(target=found)).select_related(*CHANGES)[:50],
    }
    return render(request, "archives/stewardship/outlet.html", context)


def _do(request, branch: Branch, form, step: str) -> bool:
    """Whether it is done; a refusal stands on the form."""
    data = form.cleaned_data
    common = {"branch": branch, "reason": data["reason"], "actor": request.user, "now": timezone.now()}
    try:
        if step == "merge":
            change = merge_outlet(target=data["target"], **common)
        else:
            change = move_outlet(parent=data["target"], **common)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    text = _("%(number)s: %(branch)s, %(what)s.")
    values = {"number": change.number, "branch": branch.name, "what": change.get_kind_display().lower()}
    messages.success(request, text % values)
    return True
