"""One's own points, the ledger of the own branches, a person's sheet, consequences."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archives.reviews.acts import status_of
from complaints.conduct.access import finishable, get_visible_employee
from complaints.conduct.forms import LedgerFilter
from complaints.conduct.models import Consequence
from complaints.conduct.presentation import sheet_of, tabs_for
from complaints.conduct.services import finish_consequence
from complaints.conduct.standing import MOST, ledger_lines
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.staff.access import for_everybody, requires
from crm.staff.models import Branch

TYPED = 5_000  # characters read of a typed text


@for_everybody
@require_GET
def mine(request):
    """Everybody's own sheet: sums, lines, proposals about them."""
    today = timezone.localdate()
    context = sheet_of(request.user, today) | {"tabs": tabs_for(request.user), "today": today}
    return render(request, "complaints/conduct/mine.html", context)


@requires("complaints.view_ledger")
@require_GET
def ledger(request):
    """Who of the own branches stands where, most violation points first."""
    form = LedgerFilter(request.GET or None, user=request.user)
    branches = Branch.objects.in_scope_of(request.user)
    if form.chosen_branch is not None:
        branches = branches.subtree_of(form.chosen_branch)
    context = {
        "tabs": tabs_for(request.user),
        "form": form,
        "lines": ledger_lines(branches, timezone.localdate()),
        "most": MOST,
    }
    return render(request, "complaints/conduct/ledger.html", context)


@requires("complaints.view_ledger")
@require_GET
def person(request, number: str):
    found = get_visible_employee(request.user, number, request=request)
    today = timezone.localdate()
    context = sheet_of(found, today) | {"tabs": tabs_for(request.user), "person": found, "today": today}
    return render(request, "complaints/conduct/person.html", context)


@requires("complaints.view_ledger")
@require_GET
def consequences(request):
    return _consequences(request)


def _shown(request) -> tuple[str, QuerySet[Consequence]]:
    """One's own open ones, all open ones, or the ended ones of one's branches."""
    tab = request.GET.get("tab", "")
    rows = Consequence.objects.visible_to(request.user).for_page()
    own = rows.owned_by(request.user).open()
    if tab == "ended":
        return tab, rows.ended()
    if tab == "open" or (tab != "mine" and not own.exists()):
        return "open", rows.open()
    return "mine", own


def _consequences(request, *, status: int = 200, problem: str = "", typed: tuple[int, str] = (0, "")):
    tab, rows = _shown(request)
    shown = page(
        rows, order=[("due_on", "asc"), ("pk", "asc")], size=30,
        after=request.GET.get("after"), before=request.GET.get("before"),
    )  # fmt: skip
    keys = finishable(shown.rows, request.user)
    for row in shown:
        row.may_finish = row.state == Consequence.State.OPEN and row.pk in keys
        row.typed = typed[1] if row.pk == typed[0] else ""
    context = {
        "tabs": tabs_for(request.user),
        "tab": tab,
        "page": shown,
        "today": timezone.localdate(),
        "problem": problem,
    }
    return render(request, "complaints/conduct/consequences.html", context, status=status)


@requires("complaints.view_ledger")
@require_POST
def finish(request, pk: int):
    found = Consequence.objects.visible_to(request.user).for_page().filter(pk=pk).first()
    if found is None:
        raise Http404
    note = request.POST.get("note", "")[:TYPED]
    try:
        finish_consequence(consequence=found, note=note, actor=request.user, now=timezone.now())
    except Refused as refusal:
        return _consequences(request, status=status_of(refusal), problem=refusal.message, typed=(pk, note))
    messages.success(request, _("Recorded for %(who)s.") % {"who": found.employee.name})
    return redirect(reverse("conduct:consequences"))
