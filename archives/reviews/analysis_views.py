"""Half-year and annual analyses: the list, one with its figures, the rows behind a figure, paper."""

import contextlib

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archives.classification.labels import label_of
from archives.customers.masking import name_for
from archives.reviews.acts import download, typed_version
from archives.reviews.analysing import COMPUTE, ask_anew, conclude, may_sign, sign_off, visible_analyses
from archives.reviews.analysis_figures import FIGURES, rows_behind
from archives.reviews.analysis_paper import PAPER, figures_of, file_analysis
from archives.reviews.analysis_rows import year_before
from archives.reviews.models import Analysis
from crm.jobs.models import JobRun
from crm.lib.keyset import capped_count, page
from crm.lib.money import from_cents
from crm.lib.paper import render_pdf
from crm.lib.refusals import Refused
from crm.staff.access import requires

FIGURE_LABELS = {
    "all": gettext_lazy("Customers"),
    "new": gettext_lazy("New"),
    "start": gettext_lazy("With deposits at the beginning"),
    "retained": gettext_lazy("Retained"),
    "lost": gettext_lazy("Without deposits at the end"),
    "gaps": gettext_lazy("With gaps"),
    "key": gettext_lazy("Key attention"),
    "followed": gettext_lazy("Action done"),
    "up": gettext_lazy("Moved up"),
    "down": gettext_lazy("Moved down"),
    "came": gettext_lazy("Came into the class"),
    "went": gettext_lazy("Left the class"),
}


def get_visible_analysis(user, number: str) -> Analysis:
    found = visible_analyses(user).select_related("branch", "signed_by")
    return get_object_or_404(found, number=number[:24].replace("\0", ""))


@requires("archives.view_analysis")
def analyses(request):
    rows = page(
        visible_analyses(request.user).select_related("branch", "signed_by"),
        order=[("period", "desc"), ("pk", "asc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    return render(request, "archives/reviews/analyses.html", {"page": rows, "today": timezone.localdate()})


def _chart(figures: dict) -> dict:
    lines = [line for _kind, lines in figures["classes"] for line in lines]
    return {
        "kind": "bars",
        "unit": _("×10,000 yuan"),
        "labels": [line.label if line.label != "–" else _("Without a class") for line in lines],
        "series": [
            {"name": figures["base_period"], "values": [_wan(line.base) for line in lines]},
            {"name": figures["analysis"].period, "values": [_wan(line) for line in lines]},
        ],
    }


def _wan(line) -> float:
    return float(from_cents(line.balance_cents) / 10_000) if line else 0.0


@requires("archives.view_analysis")
def analysis(request, number: str):
    found = get_visible_analysis(request.user, number)
    if request.method == "POST":
        return _act(request, found)
    return _page(request, found)


def _page(request, found: Analysis, *, typed: str | None = None, status: int = 200):
    acts = may_sign(request.user, found) and found.state == Analysis.State.OPEN
    context = figures_of(found)
    runs = JobRun.objects.open().filter(job=COMPUTE, period__startswith=f"{found.number}/")
    context |= {
        "chart": _chart(context),
        "acts": acts,
        "busy": found.computed_at is None or runs.exists(),
        "typed": found.conclusions if typed is None else typed,
    }
    return render(request, "archives/reviews/analysis.html", context, status=status)


def _act(request, found: Analysis):
    """Save the conclusions, count anew, or sign off."""
    version = typed_version(request.POST.get("version"))
    action, now = request.POST.get("action", ""), timezone.now()
    try:
        if action == "anew":
            ask_anew(analysis=found, actor=request.user, now=now)
            messages.info(request, _("The figures are counted anew: this takes a moment."))
        else:
            text = request.POST.get("conclusions", found.conclusions)
            saved = conclude(analysis=found, actor=request.user, version=version, conclusions=text)
            if action == "sign":
                sign_off(analysis=saved, actor=request.user, version=saved.version, now=now)
                messages.success(request, _("%(number)s is signed off and filed.") % {"number": found.number})
            else:
                messages.success(request, _("The conclusions are saved."))
    except Refused as refusal:
        messages.error(request, refusal.message)
        fresh = get_visible_analysis(request.user, found.number)
        return _page(request, fresh, typed=request.POST.get("conclusions"), status=409)
    return redirect("reviews:analysis", number=found.number)


@requires("archives.view_analysis")
def analysis_print(request, number: str):
    found = get_visible_analysis(request.user, number)
    return render(request, PAPER, figures_of(found))


@requires("archives.view_analysis")
def analysis_document(request, number: str):
    """The filed PDF; of an analysis under way a draft. One whose filing failed is filed now."""
    found = get_visible_analysis(request.user, number)
    if found.state == Analysis.State.SIGNED and not found.document:
        with contextlib.suppress(Refused):
            file_analysis(analysis=found, now=timezone.now())

    def draft() -> bytes:
        return render_pdf(PAPER, figures_of(found))

    return download(request, owner=found, kind="analysis", draft=draft, back="reviews:analysis")


@requires("archives.view_analysis", "archives.view_customer")
def analysis_customers(request, number: str):
    """Exactly the rows that a figure counted, as they were when it was counted."""
    found = get_visible_analysis(request.user, number)
    asked = request.GET
    figure = asked.get("figure") if asked.get("figure") in FIGURES else "all"
    is_base = asked.get("base") == "1"
    code, branch, manager = asked.get("code"), asked.get("branch", ""), asked.get("manager", "")
    rows = rows_behind(
        found,
        figure=figure,
        is_base=is_base,
        kind=asked.get("kind", "") if asked.get("kind") in ("P", "C") else "",
        code=None if code is None else ("" if code == "-" else code[:12].replace("\0", "")),
        branch=_key(branch),
        manager=_key(manager),
        unmanaged=manager == "-",
    ).select_related("customer", "branch", "manager")
    listed = page(rows, order=[("balance_cents", "desc"), ("pk", "asc")], size=50, after=asked.get("after"), before=asked.get("before"))  # fmt: skip
    for row in listed.rows:
        row.shown = name_for(request.user, row.customer) if row.customer else _("purged")
        row.is_open = bool(row.customer and row.customer.life == "active")
        row.start_label, row.end_label = label_of(row.start_code), label_of(row.end_code)
    context = {
        "analysis": found,
        "page": listed,
        "count": capped_count(rows),
        "figure": FIGURE_LABELS[figure],
        "code": label_of(code) if code and code != "-" else (_("Without a class") if code == "-" else ""),
        "period": year_before(found.period) if is_base else found.period,
    }
    return render(request, "archives/reviews/analysis_customers.html", context)


def _key(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
