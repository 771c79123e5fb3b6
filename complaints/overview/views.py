"""The list of cases and the board: own ones for every employee, their branches for who leads them."""

from django.contrib import messages
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from complaints.overview import filters
from complaints.overview.criteria import Criteria, tabs_of
from complaints.overview.listing import ORDER, board_of, dress, in_order, page_of
from complaints.overview.searching import find
from crm.lib.keyset import Page, capped_count
from crm.lib.refusals import Refused
from crm.staff.access import requires

BOARDS = ("due", "state")
KEPT = ("figure", "product", "tier")  # what an address narrows by without a select


@requires("complaints.view_case")
def cases(request):
    """Open cases of one's own default, the nearest limit first; a number is looked for by POST alone."""
    user, now = request.user, timezone.now()
    criteria = Criteria.read(request.GET, user)
    if request.method == "POST":
        return _search(request, criteria, now)
    rows = page_of(criteria, user, now, after=request.GET.get("after"), before=request.GET.get("before"))
    return _page(request, criteria, rows, count=capped_count(criteria.due_rows(user, now)))


def _search(request, criteria: Criteria, now):
    try:
        hits = find(request.POST.get("q", ""), user=request.user, request=request, now=now)
    except Refused as refusal:
        messages.error(request, refusal.message)
        hits = None
    order = [f"-{name}" if way == "desc" else name for name, way in ORDER]
    found = dress(list(in_order(hits).order_by(*order)), now) if hits is not None else []
    return _page(request, criteria, Page(found, None, None), count=(len(found), False), searched=True)


def _page(request, criteria: Criteria, rows: Page, *, count, searched: bool = False):
    user = request.user
    context = {
        "criteria": criteria,
        "tabs": [(key, label, criteria.address(tab=key)) for key, label in tabs_of(user).items()],
        "bar": filters.bar(criteria, user),
        "chips": filters.chips(criteria),
        "page": rows,
        "count": count,
        "searched": searched,
        "may_close": user.has_perm("complaints.run_office"),
        "here": criteria.address(),
        "kept": [(name, value) for name in KEPT if (value := getattr(criteria, name))],
    }
    return render(request, "complaints/overview/cases.html", context)


@requires("complaints.view_case")
@require_GET
def board(request):
    user, now = request.user, timezone.now()
    criteria = Criteria.read(request.GET, user)
    by = request.GET.get("by") if request.GET.get("by") in BOARDS else "due"
    outlets = filters.outlets_of(user) if user.has_perm("complaints.view_branch_cases") else []
    context = {
        "criteria": criteria,
        "by": by,
        "tabs": [(key, label, criteria.address(tab=key, by=by)) for key, label in tabs_of(user).items()],
        "outlets": outlets if len(outlets) > 1 else [],
        "columns": board_of(criteria, user, now, by=by),
        "views": [(one, criteria.address(by=one)) for one in BOARDS],
    }
    return render(request, "complaints/overview/board.html", context)
