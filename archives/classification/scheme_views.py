"""Thresholds: their versions, a proposal with its simulation, the second person's decision."""

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archives.classification import services
from archives.classification.access import get_scheme
from archives.classification.flows import Matrix, class_name, matrices
from archives.classification.forms import SchemeForm, VerdictForm, show_refusal
from archives.classification.labels import rank_css
from archives.classification.models import Scheme, Verdict
from archives.customers.codes import Kind
from crm.lib.dates import Quarter
from crm.lib.keyset import page
from crm.lib.refusals import NotYours, Refused
from crm.staff.access import requires
from crm.staff.models import Branch


@requires("archives.view_classes")
@require_GET
def schemes(request):
    """Every version: who, when, from which day, and the table itself."""
    rows = page(
        Scheme.objects.select_related("proposed_by", "decided_by"),
        order=[("version", "desc")],
        size=20,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    return render(request, "archives/classification/schemes.html", {"page": rows, "now": _valid(timezone.localdate())})


def _valid(today) -> Scheme | None:
    try:
        return services.scheme_for(Quarter.of(today))
    except Refused:
        return None


@requires("archives.view_classes")
def scheme(request, version: int):
    """One version, beside the one that is valid now; where it waits, a second person decides here."""
    found = get_scheme(version)
    if request.method == "POST":
        return _decide(request, found)
    return _scheme_page(request, found, VerdictForm())


def _decide(request, found: Scheme):
    if not request.user.has_perm("archives.edit_scheme"):
        raise PermissionDenied
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _scheme_page(request, found, form)
    found.lock = _whole(request.POST.get("lock"))
    accept = form.cleaned_data["decision"] == "accept"
    try:
        services.decide_scheme(
            scheme=found,
            actor=request.user,
            accept=accept,
            comment=form.cleaned_data["comment"],
            now=timezone.now(),
        )
    except NotYours as refusal:
        messages.error(request, refusal.message)
        return _scheme_page(request, get_scheme(found.version), VerdictForm(), status=403)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _scheme_page(request, get_scheme(found.version), VerdictForm(), status=409)
    messages.success(
        request, _("Thresholds %(n)s: %(state)s.") % {"n": found.version, "state": found.get_state_display()}
    )
    return redirect("classification:scheme", version=found.version)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def _scheme_page(request, found: Scheme, form: VerdictForm, status: int = 200):
    valid = _valid(timezone.localdate())
    context = {
        "scheme": found,
        "tables": _tables(found, valid if valid and valid.pk != found.pk else None),
        "valid": valid,
        "form": form,
        "mine": found.proposed_by_id == request.user.pk,
        "may_decide": found.state == Scheme.State.PROPOSED and request.user.has_perm("archives.edit_scheme"),
    }
    return render(request, "archives/classification/scheme.html", context, status=status)


def _tables(found: Scheme, valid: Scheme | None) -> list[tuple[str, list]]:
    """(kind, levels); each level with the floor and the grace that hold now, where they differ."""
    before = {(v.kind, v.code): v for v in valid.levels.all()} if valid else {}
    tables = []
    for kind, label in Kind.choices:
        levels = list(found.levels.filter(kind=kind).order_by("rank"))
        for level in levels:
            level.name, level.css = class_name(level.code), rank_css(level.code)
            old = before.get((kind, level.code))
            level.old_floor = old.floor_cents if old and old.floor_cents != level.floor_cents else None
            level.old_grace = old.grace_quarters if old and old.grace_quarters != level.grace_quarters else None
        if levels:
            tables.append((str(label), levels))
    return tables


@requires("archives.edit_scheme")
def propose_scheme(request):
    """A table to edit; 'Simulate' shows what would move and keeps the numbers, 'Propose' sends it to a second person."""
    today, simulated = timezone.localdate(), "simulate" in request.POST
    base = _valid(today) or Scheme.objects.filter(state=Scheme.State.ADOPTED).first()
    if base is None:
        messages.error(request, _("No thresholds are valid yet: the version that the software brings is missing."))
        return redirect("classification:schemes")
    form = SchemeForm(request.POST or None, base=base, today=today, simulated=simulated)
    trial, status = None, 200
    if request.method == "POST" and form.is_valid():
        try:
            if not simulated:
                return _propose(request, form)
            trial = simulation(form=form, quarter=Quarter.of(today).previous)
        except Refused as refusal:
            status = 409
            show_refusal(form, refusal)
    context = {"form": form, "base": base, "trial": trial}
    return render(request, "archives/classification/propose_scheme.html", context, status=status)


def _propose(request, form: SchemeForm):
    data = form.cleaned_data
    values = {key: data[key] for key in ("valid_from", "new_customer_days", "held_percent", "reason")}
    made = services.propose_scheme(values=values | {"levels": form.table}, actor=request.user, now=timezone.now())
    messages.success(request, _("Thresholds %(n)s are proposed; a second person decides.") % {"n": made.version})
    return redirect("classification:scheme", version=made.version)


@requires("archives.edit_scheme")
@require_POST
def withdraw_scheme(request, version: int):
    try:
        services.withdraw_scheme(scheme=get_scheme(version), actor=request.user, now=timezone.now())
        messages.success(request, _("Withdrawn."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("classification:scheme", version=version)


@dataclass(frozen=True)
class Trial:
    """What thresholds that are not stored would move."""

    quarter: str
    matrices: list[Matrix]
    branches: list[tuple[str, dict[str, int]]]
    verdicts: list[tuple[str, int]]
    percent: float | None


def simulation(*, form: SchemeForm, quarter: Quarter) -> Trial:
    """What these thresholds would move in `quarter`, by class and by branch; nothing is written."""
    found = services.simulate(
        levels=form.table, quarter=quarter, new_customer_days=form.cleaned_data["new_customer_days"]
    )
    counts = [{"kind": m.kind, "old_code": m.old, "final": m.new, "verdict": m.verdict, "n": m.count} for m in found]
    levels = [(row["kind"], row["code"], row["rank"]) for row in form.table]
    names = dict(Branch.objects.values_list("pk", "name"))
    places: dict[int, Counter] = {}
    verdicts: Counter = Counter()
    for move in found:
        places.setdefault(move.branch, Counter())[move.verdict] += move.count
        verdicts[move.verdict] += move.count
    classed = sum(move.count for move in found if move.old)
    return Trial(
        str(quarter),
        matrices(counts, levels),
        [(names[pk], dict(count)) for pk, count in sorted(places.items(), key=lambda pair: names[pair[0]])],
        [(str(label), verdicts[key]) for key, label in Verdict.choices],
        round(100 * (verdicts["up"] + verdicts["down"]) / classed, 2) if classed else None,
    )
