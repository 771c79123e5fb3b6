"""Pages that look into several rooms: my day, the customer list, search, the archive page, the inbox."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.accounts.selectors import owner_of_account
from archives.changes.models import Kind
from archives.changes.selectors import decided_by, sent_by, waiting_for, with_summaries
from archives.customers import searching
from archives.customers.access import get_visible_customer
from archives.customers.masking import name_for
from archives.models import Customer
from crm.lib.keyset import capped_count, page
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import for_everybody, requires
from crm.staff.models import Branch
from crm.workbench import archive_page, my_day
from crm.workbench.listing import (
    SIZES,
    TABS,
    CustomerFilter,
    in_tab,
    lines,
    order_of,
    page_of,
    request_lines,
    with_pending,
)

RECENT = 10
SENSITIVE_A_DAY = 200
TYPEAHEAD = 20


@for_everybody
def home(request):
    return render(
        request, "workbench/home.html", my_day.facts(request.user, now=timezone.now(), recent=_recent(request))
    )


@requires("archives.view_customer")
def customers(request):
    user, today = request.user, timezone.localdate()
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else "all"
    visible = in_tab(Customer.objects.visible_to(user), tab, user=user, today=today)
    filters = CustomerFilter(request.GET, queryset=visible, request=request, today=today)
    order = order_of(request.GET.get("sort", "name"), may_see_balance=user.has_perm("archives.view_balance"))
    size = int(request.GET["size"]) if request.GET.get("size") in map(str, SIZES) else SIZES[1]
    rows = page_of(filters.qs, order=order, size=size, after=request.GET.get("after"), before=request.GET.get("before"))
    with_pending(rows.rows)
    for row in rows.rows:
        row.shown_name = name_for(user, row)
        row.notes = archive_page.row_notes(row, today)
    context = {
        "tab": tab,
        "tabs": TABS,
        "filters": filters,
        "order": order,
        "page": rows,
        "count": capped_count(filters.qs),
        "sizes": SIZES,
    }
    return render(request, "workbench/customers.html", context)


@requires("archives.view_customer")
def search(request):
    """By name, pinyin or number (GET); by tail or whole of a phone, document or account number (POST only)."""
    if request.method == "POST":
        return _sensitive_search(request)
    query = request.GET.get("q", "").strip()[:60]
    visible = lines(Customer.objects.visible_to(request.user))
    if searching.NUMBER.fullmatch(query.replace(" ", "")):
        return _by_number(request, visible, query.replace(" ", ""))
    hits = searching.ranked(visible, query, TYPEAHEAD) if query else []
    return _results(request, hits, query=query)


def _by_number(request, visible, number: str):
    """Somebody else's number is not told by GET: the page offers the recorded search instead."""
    if visible.filter(number=number).exists():
        return redirect("workbench:customer", number=number)
    return _results(request, [], query=number)


def _with_number(customers, typed: str):
    return customers.filter(number=searching.normalise(typed))


def _sensitive_search(request):
    kind, typed = request.POST.get("kind", ""), request.POST.get("value", "")[:60].replace("\0", "")
    if not _within_limit(request.user):
        messages.error(request, _("Too many searches by sensitive numbers today: ask your outlet head."))
        return redirect("workbench:search")
    everywhere = lines(Customer.objects.all())
    find = {
        "phone": searching.by_phone,
        "document": searching.by_document,
        "account": owner_of_account,
        "number": _with_number,
    }.get(kind)
    if find is None or len(searching.normalise(typed)) < 4:
        messages.error(request, _("Enter the last four characters, or the whole number."))
        return redirect("workbench:search")
    hits = list(find(everywhere.visible_to(request.user), typed)[:TYPEAHEAD])
    whole = kind == "number" or (kind == "document" and len(searching.normalise(typed)) >= 8)
    elsewhere = find(everywhere, typed).first() if whole and not hits else None
    _log_search(request, kind, "exists elsewhere" if elsewhere else f"{len(hits)} found", elsewhere)
    return _results(request, hits, kind=kind, elsewhere=elsewhere)


def _within_limit(user) -> bool:
    done = AccessEvent.objects.filter(
        actor=user, action=AccessEvent.Action.SEARCH, at__gte=timezone.now() - timedelta(days=1)
    )
    return done.count() < SENSITIVE_A_DAY


def _log_search(request, fields: str, result: str, customer=None) -> None:
    record(
        AccessEvent.Action.SEARCH,
        request=request,
        obj_type="customer",
        obj_id=customer.pk if customer else None,
        fields=fields,
        result=result,
    )


def _results(request, hits, *, query: str = "", kind: str = "", elsewhere=None):
    for hit in hits:
        hit.shown_name = name_for(request.user, hit)
    asked = bool(query or kind)
    context = {"hits": hits, "query": query, "kind": kind, "elsewhere": elsewhere, "asked": asked}
    return render(request, "workbench/search.html", context)


@requires("archives.view_customer")
def customer(request, number: str):
    found = get_visible_customer(request.user, number, request=request)
    archive_page.note_view(request, found, now=timezone.now())
    _remember(request, found)
    section = request.GET.get("section")
    context = archive_page.facts(found, user=request.user, now=timezone.now(), section=section, query=request.GET)
    return render(request, "workbench/customer.html", context)


def _remember(request, found: Customer) -> None:
    recent = [pk for pk in request.session.get("recent", []) if pk != found.pk]
    request.session["recent"] = [found.pk, *recent][:RECENT]


def _recent(request) -> list[Customer]:
    keys = request.session.get("recent", [])
    rows = Customer.objects.visible_to(request.user).filter(pk__in=keys).only("number", "name", "kind", "pinyin")
    return sorted(rows, key=lambda row: keys.index(row.pk))


@requires("archives.propose_change")
def inbox(request):
    user, today = request.user, timezone.localdate()
    boxes = {"waiting": waiting_for(user, today), "mine": sent_by(user), "decided": decided_by(user)}
    tab = request.GET.get("tab") if request.GET.get("tab") in boxes else "waiting"
    if tab == "waiting" and not user.has_perm("archives.decide_change"):
        tab = "mine"
    way = "asc" if tab == "waiting" else "desc"
    kind, branch = request.GET.get("kind", ""), request.GET.get("branch", "")
    chosen = boxes[tab].filter(kind=kind) if kind in Kind.values else boxes[tab]
    if branch.isascii() and branch.isdigit() and len(branch) < 10:
        chosen = chosen.filter(branch=int(branch))
    rows = page(
        request_lines(chosen),
        order=[("submitted_at", way), ("pk", way)],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    rows.rows = with_summaries(rows.rows, user=user, now=timezone.now())
    counts = {key: capped_count(box, 99) for key, box in boxes.items()}
    return render(
        request,
        "workbench/inbox.html",
        {"tab": tab, "page": rows, "counts": counts} | _inbox_choices(user, kind, branch),
    )


def _inbox_choices(user, kind: str, branch: str) -> dict:
    branches = Branch.objects.in_scope_of(user).active().filter(kind__in=["outlet", "direct_outlet"])
    return {"kinds": Kind.choices, "kind": kind, "branches": branches, "branch": branch}
