"""Hand-overs: the list, preparing one with its preview, signing, undoing, cancelling."""

from collections import Counter

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.stewardship.forms import SELECTABLE, HandOverForm
from archives.stewardship.handing_over import cancel_hand_over, plan, prepare_hand_over, still_with
from archives.stewardship.models import HandOver
from archives.stewardship.selectors import counts_of, leftovers, loads_of, people_with_customers, visible_hand_overs
from archives.stewardship.signing import sign_hand_over, undo_hand_over
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.staff.access import requires
from crm.staff.models import Branch, User


@requires("archives.hand_over")
def hand_overs(request):
    """Who left and still manages customers; the hand-overs of the branches in scope."""
    rows = page(
        visible_hand_overs(request.user),
        order=[("prepared_at", "desc"), ("pk", "desc")],
        size=20,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    context = {"page": rows, "leftovers": leftovers(request.user)}
    return render(request, "archives/stewardship/hand_overs.html", context)


@requires("archives.hand_over")
def prepare(request):
    """First the branch and who gives; then what, to whom, under whose eyes, with a preview."""
    branches = Branch.objects.in_scope_of(request.user)
    code = str(request.GET.get("branch", ""))[:12].replace("\0", "")
    branch = get_object_or_404(branches, code=code) if code else None
    number = str(request.GET.get("person", ""))[:20].replace("\0", "")
    if branch is None or not number:
        return _choose_person(request, branches, branch)
    outgoing = get_object_or_404(people_with_customers(branch), employee_number=number)
    form = HandOverForm(request.POST or None, outgoing=outgoing, branch=branch)
    signers = form.fields["supervisor"]
    signers.queryset = signers.queryset.exclude(pk=request.user.pk)  # whoever prepares does not sign
    preview = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("step") == "prepare":
            return _prepare(request, form, outgoing, branch)
        preview = _preview(form, outgoing, branch)
    return _prepare_page(request, form, outgoing, branch, preview)


def _choose_person(request, branches, branch):
    if branch is None:
        branch = branches.filter(pk=request.user.branch_id).first()
    people = list(people_with_customers(branch)) if branch else []
    if people:
        rows = Customer.everyone.filter(branch=branch)
        manages = Counter(rows.filter(manager__in=people).values_list("manager", flat=True))
        assists = Counter(rows.filter(assistant__in=people).values_list("assistant", flat=True))
        people = [(person, manages[person.pk], assists[person.pk]) for person in people]
    context = {"branches": branches, "branch": branch, "people": people}
    return render(request, "archives/stewardship/hand_over_person.html", context)


def _prepare_page(request, form, outgoing, branch, preview):
    rows = Customer.objects.filter(branch=branch, manager=outgoing).order_by("pinyin", "pk")
    rows = rows.select_related("figures").only("number", "kind", "name", "figures__balance_cents")
    customers = list(rows[: SELECTABLE + 1])
    for row in customers:
        row.shown_name = name_for(request.user, row)
    chosen = {str(pk) for pk in form.data.getlist("customers")} if form.is_bound else set()
    context = {
        "form": form,
        "outgoing": outgoing,
        "branch": branch,
        "preview": preview,
        "customers": [(row, str(row.pk) in chosen) for row in customers[:SELECTABLE]],
        "too_many": len(customers) > SELECTABLE,
    }
    return render(request, "archives/stewardship/hand_over_prepare.html", context)


def _preview(form: HandOverForm, outgoing: User, branch: Branch) -> dict:
    incoming = list(form.cleaned_data["incoming"])
    lines = plan(outgoing=outgoing, branch=branch, incoming=incoming, choice=form.choice, keys=form.keys)
    gets = Counter(line.incoming_id for line in lines if not line.was_assistant)
    now = loads_of(incoming)
    shares = [(person, now[person.pk], gets[person.pk], now[person.pk] + gets[person.pk]) for person in incoming]
    counts = counts_of(outgoing=outgoing, branch=branch, choice=form.choice, keys=form.keys)
    return {"counts": counts, "shares": shares, "lines": len(lines)}


def _prepare(request, form: HandOverForm, outgoing: User, branch: Branch):
    data = form.cleaned_data
    try:
        made = prepare_hand_over(
            outgoing=outgoing,
            branch=branch,
            incoming=list(data["incoming"]),
            supervisor=data["supervisor"],
            reason=data["reason"],
            note=data["note"],
            choice=form.choice,
            keys=form.keys,
            actor=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        if refusal.request is not None:
            return redirect("stewardship:hand_over", number=refusal.request.number)
        return _prepare_page(request, form, outgoing, branch, None)
    text = _("%(number)s is prepared and waits for %(who)s; nothing has passed yet.")
    messages.success(request, text % {"number": made.number, "who": made.supervisor.name})
    return redirect("stewardship:hand_over", number=made.number)


def _visible(user, number: str) -> HandOver:
    return get_object_or_404(visible_hand_overs(user), number=number[:24].replace("\0", ""))


@requires("archives.hand_over")
def hand_over(request, number: str):
    """What passes or passed; a POST of the supervisor of transfer signs it."""
    found = _visible(request.user, number)
    if request.method == "POST":
        return _sign(request, found)
    lines = page(
        found.lines.select_related("customer__manager", "customer__assistant", "incoming"),
        order=[("pk", "asc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    for line in lines:
        line.hidden = line.customer.life != "active"
        line.shown_name = "" if line.hidden else name_for(request.user, line.customer)
        line.now_with = line.customer.assistant if line.was_assistant else line.customer.manager
    gets = Counter(found.lines.filter(was_assistant=False).values_list("incoming", flat=True))
    people = User.objects.filter(pk__in=[pk for pk in gets if pk]).order_by("employee_number")
    context = {
        "hand_over": found,
        "page": lines,
        "shares": [(person, gets[person.pk]) for person in people],
        "counts": found.counts.get("preview", {}),
        "left": set(found.counts.get("left", [])),
        "stay": still_with(found) if found.state == HandOver.State.DONE else 0,
        "may_sign": found.state == HandOver.State.PREPARED and found.supervisor_id == request.user.pk,
    }
    return render(request, "archives/stewardship/hand_over.html", context)


def _sign(request, found: HandOver):
    found.version = _seen_version(request)
    try:
        done = sign_hand_over(hand_over=found, actor=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        text = _("%(number)s is signed: %(n)s customers have passed.")
        messages.success(request, text % {"number": done.number, "n": done.counts["moved"]})
    return redirect("stewardship:hand_over", number=found.number)


def _seen_version(request) -> int:
    """The version that the page showed; -1, which none has, where it says none."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else -1


@requires("archives.hand_over")
@require_POST
def undo(request, number: str):
    found = _visible(request.user, number)
    try:
        done, left = undo_hand_over(hand_over=found, actor=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        text = _("%(number)s is undone: %(n)s archives went back.")
        messages.success(request, text % {"number": number, "n": done.counts["returned"]})
        if left:
            text = _("%(n)s changed since and were left as they are; they are marked below.")
            messages.warning(request, text % {"n": len(left)})
    return redirect("stewardship:hand_over", number=number)


@requires("archives.hand_over")
@require_POST
def cancel(request, number: str):
    found = _visible(request.user, number)
    try:
        cancel_hand_over(hand_over=found, actor=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(number)s is cancelled; nothing had passed.") % {"number": number})
    return redirect("stewardship:hand_over", number=number)
