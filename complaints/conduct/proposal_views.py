"""Propose points, decide them, appeal, decide the appeal."""

from collections.abc import Callable

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archives.reviews.acts import status_of, typed_version
from complaints.cases.access import get_visible_case
from complaints.cases.models import Case
from complaints.conduct import services
from complaints.conduct.access import (
    employees_for,
    ensure_may_decide,
    ensure_may_decide_appeal,
    get_visible_proposal,
    may,
)
from complaints.conduct.forms import (
    AnswerForm,
    AppealForm,
    ProposalFilter,
    ProposalForm,
    VerdictForm,
    opening_day,
    show_refusal,
)
from complaints.conduct.models import PointProposal, PointRule
from complaints.conduct.presentation import course_of, tabs_for, tone_of, with_tones
from complaints.conduct.sources import involved, may_propose_from
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import for_everybody, requires

State = PointProposal.State


@requires("complaints.view_ledger")
@require_GET
def proposals(request):
    """What waits for a decision first; appeals by their last day."""
    tab = request.GET.get("tab", "waiting")
    form = ProposalFilter(request.GET or None, user=request.user)
    rows = PointProposal.objects.visible_to(request.user).for_page()
    order = [("proposed_at", "desc"), ("pk", "desc")]
    if tab == "appeals":
        rows, order = rows.appealed(), [("appeal_due_on", "asc"), ("pk", "asc")]
    elif tab == "all":
        rows = rows.in_state(form.chosen_state) if form.chosen_state else rows
    else:
        tab, rows, order = "waiting", rows.waiting(), [("proposed_at", "asc"), ("pk", "asc")]
    if form.chosen_branch is not None:
        rows = rows.filter(branch__path__startswith=form.chosen_branch.path)
    shown = page(rows, order=order, size=30, after=request.GET.get("after"), before=request.GET.get("before"))
    context = {
        "tabs": tabs_for(request.user),
        "tab": tab,
        "form": form,
        "page": shown,
        "proposals": with_tones(shown.rows),
        "counts": _counts(request.user),
        "today": timezone.localdate(),
    }
    return render(request, "complaints/conduct/proposals.html", context)


def _counts(user) -> dict[str, int]:
    rows = PointProposal.objects.visible_to(user)
    return {"waiting": rows.waiting().count(), "appeals": rows.appealed().count()}


@requires("complaints.propose_points")
def propose(request):
    """From a case (`?case=`) with a signed finding, or from an inspection."""
    case, today = _case_of(request), timezone.localdate()
    people = employees_for(request.user)
    if case is not None:
        people = people.filter(pk__in=involved(case).values("pk"))
    opening = {"happened_on": opening_day(case, today), "employee": request.GET.get("employee", "")[:20]}
    form = ProposalForm(
        request.POST or None,
        people=people,
        rules=PointRule.objects.newest().in_force(today),
        case=case,
        initial=opening,
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = services.propose_points(
                employee=data["employee"],
                rule=data["rule"],
                case=case,
                inspection=data.get("inspection", ""),
                happened_on=data["happened_on"],
                why=data["why"],
                actor=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            status = status_of(refusal)
            show_refusal(form, refusal)
        else:
            messages.success(request, _("%(number)s is proposed: another person decides.") % {"number": made.number})
            return redirect("conduct:proposal", number=made.number)
    context = {"tabs": tabs_for(request.user), "form": form, "case": case}
    if case is not None:
        context["unconfirmed"] = not may_propose_from(case, request.user)
    return render(request, "complaints/conduct/propose.html", context, status=status)


def _case_of(request) -> Case | None:
    number = request.GET.get("case", "")
    return get_visible_case(request.user, number, request=request) if number else None


@for_everybody
@require_GET
def proposal(request, number: str):
    return _page(request, get_visible_proposal(request.user, number, request=request))


def _page(request, found: PointProposal, *, status: int = 200, problem: str = "", form=None):
    user, now = request.user, timezone.now()
    shown_case = found.case if found.case and Case.objects.visible_to(user).filter(pk=found.case_id).exists() else None
    context = {
        "tabs": tabs_for(user),
        "proposal": found,
        "tone": tone_of(found),
        "case": shown_case,
        "timeline": course_of(found),
        "problem": problem,
        "form": form,
        "may_decide": found.state == State.PROPOSED and may(ensure_may_decide, found, user),
        "may_answer": found.state == State.APPEALED and may(ensure_may_decide_appeal, found, user),
        "is_own": found.employee_id == user.pk,
        "may_read_sheet": user.has_perm("complaints.view_ledger") and found.employee_id != user.pk,
    }
    context["may_appeal"] = (
        context["is_own"]
        and found.state == State.DECIDED
        and found.appeal_until is not None
        and timezone.localdate(now) <= found.appeal_until
    )
    return render(request, "complaints/conduct/proposal.html", context, status=status)


def _act(request, number: str, form, work: Callable[[PointProposal], PointProposal], said: str):
    """Do `work(proposal)` as the page saw it; where it is refused, the page says why and keeps what was typed."""
    found = get_visible_proposal(request.user, number, request=request)
    if not form.is_valid():
        return _page(
            request, found, status=409, problem=_("Choose yes or no, and shorten what is too long."), form=form
        )
    found.version = typed_version(request.POST.get("version"))
    try:
        done = work(found)
    except Refused as refusal:
        show_refusal(form, refusal)
        fresh = get_visible_proposal(request.user, number, request=request)
        return _page(request, fresh, status=status_of(refusal), problem=refusal.message, form=form)
    record(
        AccessEvent.Action.DECISION, request=request, obj_type="points", obj_id=done.pk, label=number, result=done.state
    )
    messages.success(request, said % {"number": number, "state": done.get_state_display()})
    return redirect("conduct:proposal", number=number)


@requires("complaints.decide_points")
@require_POST
def decide(request, number: str):
    form = VerdictForm(request.POST)

    def work(found: PointProposal) -> PointProposal:
        data = form.cleaned_data
        return services.decide_points(
            proposal=found, accept=data["decision"] == "accept", comment=data["comment"], actor=request.user, now=timezone.now()
        )  # fmt: skip

    return _act(request, number, form, work, _("%(number)s: %(state)s. Whom it concerns was told."))


@for_everybody
@require_POST
def appeal(request, number: str):
    form = AppealForm(request.POST)

    def work(found: PointProposal) -> PointProposal:
        return services.appeal_points(
            proposal=found, text=form.cleaned_data["text"], actor=request.user, now=timezone.now()
        )

    return _act(request, number, form, work, _("Your appeal against %(number)s is on its way: a third person decides."))


@requires("complaints.decide_points")
@require_POST
def decide_appeal(request, number: str):
    form = AnswerForm(request.POST)

    def work(found: PointProposal) -> PointProposal:
        data = form.cleaned_data
        return services.decide_appeal(
            proposal=found, grant=data["decision"] == "accept", answer=data["answer"], actor=request.user, now=timezone.now()
        )  # fmt: skip

    return _act(request, number, form, work, _("%(number)s: %(state)s. Whom it concerns was told."))
