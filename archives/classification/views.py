"""The runs of the quarters: what they propose, the customers behind each figure, overrides, the release of a held run."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from archives.classification import services
from archives.classification.access import get_proposal, get_run, reaches, units_for
from archives.classification.flows import (
    MOVED,
    OVERRIDDEN,
    class_name,
    count_moves,
    deviation,
    levels_of,
    matrices,
    moves,
    narrow,
    total_deviation,
    verdict_counts,
)
from archives.classification.forms import OverrideForm, ReleaseForm, show_refusal
from archives.classification.labels import rank_css
from archives.classification.models import Override, Run, Unit, Verdict
from archives.classification.running import applies_at_once
from archives.classification.units import unit_of
from archives.customers.codes import Kind
from archives.customers.masking import name_for
from archives.customers.models import Customer
from crm.jobs.models import JobRun
from crm.lib.dates import Quarter
from crm.lib.keyset import capped_count, page
from crm.lib.refusals import Refused
from crm.staff.access import requires
from crm.staff.models import Branch

BUSY = (Run.State.WAITING, Run.State.COMPUTING)
LATE_SHOWN = 100
VERDICTS = dict(Verdict.choices) | {OVERRIDDEN: gettext_lazy("Decided otherwise"), MOVED: gettext_lazy("Class changes")}


@requires("archives.view_classes")
@require_GET
def runs(request):
    """Every quarter's run, newest first; counts are of the whole bank."""
    rows = page(
        Run.objects.select_related("scheme"),
        order=[("quarter", "desc"), ("pk", "desc")],
        size=12,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    for row in rows.rows:
        row.verdicts = [(label, row.counts.get(key, 0)) for key, label in Verdict.choices]
        row.gaps = gaps_in_words(row.missing_days)
        row.late = row.late_marks.count()
    waiting = any(row.state in BUSY for row in rows.rows)
    if request.headers.get("X-Poll") and not waiting:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "archives/classification/runs.html", {"page": rows, "waiting": waiting})


@requires("archives.view_classes")
@require_GET
def run(request, quarter: str):
    found = get_run(quarter)
    busy = found.state in BUSY
    if request.headers.get("X-Poll") and not busy:
        return HttpResponse(headers={"HX-Refresh": "true"})
    branch = _branch(request)
    counts = [] if busy else count_moves(moves(run=found, user=request.user, branch=branch))
    place = {"branch": branch.code} if branch else {}
    late = found.late_marks.filter(customer__in=Customer.objects.visible_to(request.user))
    context = {
        "run": found,
        "quarter": Quarter.parse(found.quarter),
        "busy": busy,
        "gaps": gaps_in_words(found.missing_days),
        "progress": JobRun.objects.filter(job=services.JOB, period=found.quarter).first() if busy else None,
        "branch": branch,
        "branches": Branch.objects.in_scope_of(request.user).active(),
        "matrices": matrices(counts, levels_of(found), **place),
        "verdicts": verdict_counts(counts),
        "total": sum(row["n"] for row in counts),
        "deviation": total_deviation(counts),
        "units": units_for(request.user, found),
        "late": _late_lines(late, request.user),
        "late_count": late.count(),
        "at_once": applies_at_once(),
        "form": ReleaseForm(),
        "may_release": found.state == Run.State.HELD and request.user.has_perm("archives.release_run"),
    }
    return render(request, "archives/classification/run.html", context)


def _branch(request) -> Branch | None:
    """The branch that the page asks for, if it lies in scope."""
    code = request.GET.get("branch", "")[:12]
    return Branch.objects.in_scope_of(request.user).filter(code=code).first() if code else None


def _unit(request, run: Run) -> Unit | None:
    """The unit that the page asks for by its branch; what is shown of it still follows the reader's scope."""
    code = request.GET.get("unit", "")[:12]
    return run.units.select_related("branch").filter(branch__code=code).first() if code else None


def _late_lines(marks, user) -> list:
    lines = list(marks.select_related("customer").order_by("pk")[:LATE_SHOWN])
    for mark in lines:
        mark.name = name_for(user, mark.customer)
        mark.class_name = class_name(mark.new_code)
    return lines


def gaps_in_words(spans: list) -> list[str]:
    """The days without deposits, a line a span: '2026-07-03 to 2026-07-05 (3 days)'."""
    found = []
    for first, last in spans:
        if first == last:
            found.append(first)
            continue
        days = (timezone.datetime.fromisoformat(last) - timezone.datetime.fromisoformat(first)).days + 1
        text = ngettext("%(first)s to %(last)s (%(n)s day)", "%(first)s to %(last)s (%(n)s days)", days)
        found.append(text % {"first": first, "last": last, "n": days})
    return found


@requires("archives.view_classes", "archives.view_balance")
@require_GET
def customers(request, quarter: str):
    """The rows behind one figure of the run."""
    found, branch = get_run(quarter), _branch(request)
    asked, unit = asked_of(request.GET), _unit(request, found)
    rows = narrow(moves(run=found, user=request.user, branch=branch, unit=unit), **asked)
    listed = page(
        shown_rows(rows),
        order=[("average_cents", "desc"), ("pk", "asc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    dress(listed.rows, run=found, user=request.user)
    context = {
        "run": found,
        "page": listed,
        "count": capped_count(rows),
        "chips": chips_of(asked, branch, unit),
        "open": found.state in (Run.State.PROPOSED, Run.State.HELD),
    }
    return render(request, "archives/classification/customers.html", context)


def asked_of(query) -> dict[str, str]:
    """What an address asks for; unknown verdicts and kinds ask for nothing."""
    verdict, kind = query.get("verdict", ""), query.get("kind", "")
    return {
        "old": query.get("old", "")[:12],
        "new": query.get("new", "")[:12],
        "verdict": verdict if verdict in VERDICTS else "",
        "kind": kind if kind in Kind.values else "",
    }


def chips_of(asked: dict, branch: Branch | None, unit: Unit | None) -> list[tuple[str, str, str]]:
    """(parameter, label, value in words) of what narrows the list."""
    words = {
        "kind": (_("Kind"), lambda v: str(Kind(v).label)),
        "old": (_("Old class"), lambda v: class_name("" if v == "none" else v)),
        "new": (_("New class"), lambda v: class_name("" if v == "none" else v)),
        "verdict": (_("Verdict"), lambda v: str(VERDICTS[v])),
    }
    found = [(key, label, say(asked[key])) for key, (label, say) in words.items() if asked[key]]
    found += [("unit", _("Customer analysis meeting"), unit.branch.name)] if unit else []
    return found + ([("branch", _("Branch"), branch.name)] if branch else [])


def shown_rows(rows):
    """Proposals with whom they name; nothing encrypted is read."""
    people = ("customer__number", "customer__name", "customer__kind", "customer__branch__path")
    return rows.select_related("customer__branch", "branch", "manager").only(
        "run", "kind", "old_code", "new_code", "verdict", "average_cents", "closing_cents", "month_cents", "days", "below",
        "override_code", "branch__name", "branch__path", "manager__name", *people,
    )  # fmt: skip


def dress(rows: list, *, run: Run, user) -> None:
    """What each row says: names as `user` may see them, classes in words, the override that stands."""
    standing = {
        o.customer_id: o for o in run.overrides.filter(ended_at=None, customer__in=[r.customer_id for r in rows])
    }
    waiting = run.units.filter(state=Unit.State.WAITING).values_list("branches", flat=True)
    undecided = {pk for keys in waiting for pk in keys}
    for row in rows:
        row.undecided = row.branch_id in undecided
        row.within = user is None or reaches(user, row.customer.branch)
        row.name = name_for(user, row.customer) if user and row.within else row.customer.number
        row.old_name, row.new_name, row.final_name = map(class_name, (row.old_code, row.new_code, row.final))
        row.old_css, row.final_css = rank_css(row.old_code), rank_css(row.final)
        row.deviation = deviation(row.closing_cents, row.month_cents)
        row.override = standing.get(row.customer_id)


@requires("archives.override_class")
def override(request, quarter: str, number: str):
    """Put one customer into another class than the rule proposes."""
    found = get_run(quarter)
    proposal = get_proposal(request.user, run=found, number=number, request=request)
    form = OverrideForm(request.POST or None, proposal=proposal, actor=request.user)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            services.override(proposal=proposal, actor=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            show_refusal(form, refusal)
            status = 409
        else:
            text = _("%(number)s: %(name)s instead of the proposed class; it counts with the confirmation.")
            messages.success(
                request, text % {"number": proposal.customer.number, "name": class_name(form.cleaned_data["code"])}
            )
            return redirect("classification:override", quarter=found.quarter, number=number)
    dress([proposal], run=found, user=request.user)
    history = Override.objects.filter(customer=proposal.customer).select_related("run", "proposed_by", "approver")
    for row in history:
        row.class_name = class_name(row.code)
    unit = unit_of(proposal)
    context = {
        "run": found,
        "proposal": proposal,
        "customer": proposal.customer,
        "form": form,
        "unit": unit,
        "open": unit is not None and unit.state == Unit.State.WAITING,
        "history": history,
    }
    return render(request, "archives/classification/override.html", context, status=status)


@requires("archives.override_class")
@require_POST
def end_override(request, quarter: str, number: str):
    """Take an override back before the meeting confirms."""
    proposal = get_proposal(request.user, run=get_run(quarter), number=number, request=request)
    try:
        services.end_override(proposal=proposal, actor=request.user, now=timezone.now())
        messages.success(request, _("The override is ended; what the rule proposes counts again."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("classification:override", quarter=quarter, number=number)


@requires("archives.release_run")
@require_POST
def release(request, quarter: str):
    """Let a held run go to the meetings, with a reason."""
    found, form = get_run(quarter), ReleaseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why the run is released: the reason stays with it."))
        return redirect("classification:run", quarter=found.quarter)
    try:
        services.release_run(run=found, actor=request.user, reason=form.cleaned_data["reason"], now=timezone.now())
        messages.success(request, _("The run is released; the meetings may confirm it."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("classification:run", quarter=found.quarter)
