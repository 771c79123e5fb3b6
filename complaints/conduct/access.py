"""The one way to reach a proposal or an employee's sheet, and what somebody may do there."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from complaints.conduct.models import Consequence, PointProposal
from crm.lib.refusals import NotYours
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.models import Branch, User


def get_visible_proposal(user: User, number: str, *, request=None) -> PointProposal:
    """The proposal of `number`. Another outlet's does not exist (404); a colleague's is refused (403). Both are logged."""
    sound = len(number) <= 24 and number.isascii() and "\0" not in number
    rows = PointProposal.objects.for_page().filter(number=number) if sound else PointProposal.objects.none()
    found = rows.visible_to(user).first()
    if found is not None:
        return found
    hidden = rows.first()
    if hidden is None:
        raise Http404
    record(
        AccessEvent.Action.DENIED, request=request, actor=user, obj_type="points", obj_id=hidden.pk, label=hidden.number
    )
    if is_in_scope(user, hidden.branch):
        raise PermissionDenied
    raise Http404


def get_visible_employee(user: User, number: str, *, request=None) -> User:
    """The employee of `number` whose sheet `user` may read; their reading is logged. Http404 out of scope."""
    sound = len(number) <= 20 and "\0" not in number
    found = User.objects.select_related("branch").filter(employee_number=number).first() if sound else None
    if found is None:
        raise Http404
    shown = user.has_perm("complaints.view_ledger") and is_in_scope(user, found.branch)
    action = AccessEvent.Action.VIEW if shown else AccessEvent.Action.DENIED
    record(action, request=request, actor=user, obj_type="points", obj_id=found.pk, label=found.employee_number)
    if not shown:
        raise Http404
    return found


def is_in_scope(user: User, branch: Branch) -> bool:
    return Branch.objects.in_scope_of(user).filter(pk=branch.pk).exists()


def employees_for(user: User):
    """Of whom `user` may propose points: everybody else of their branches who still works here."""
    branches = Branch.objects.in_scope_of(user).values("pk")
    return User.objects.active().filter(branch__in=branches).exclude(pk=user.pk).select_related("branch")


def afresh(actor: User) -> User:
    """The person with the rights of this moment, not of the page's beginning."""
    found = User.objects.active().select_related("branch").filter(pk=actor.pk).first()
    if found is None:
        raise NotYours(_("Your account is closed."))
    return found


def ensure_may_decide(proposal: PointProposal, user: User) -> None:
    """Neither the employee nor the proposer, nor anybody barred from the case; with the branch in scope."""
    if user.pk == proposal.employee_id:
        raise NotYours(_("These are your own points: somebody else decides."))
    if user.pk == proposal.proposed_by_id:
        raise NotYours(_("You proposed these points: somebody else decides."))
    if not user.has_perm("complaints.decide_points") or not _has_branch(proposal, user):
        raise NotYours(_("The supervising president, the service office or head office decides this."))
    _ensure_unbarred(proposal, user)


def ensure_may_decide_appeal(proposal: PointProposal, user: User) -> None:
    """Somebody third: neither the employee, nor who proposed, nor who decided."""
    if user.pk == proposal.employee_id:
        raise NotYours(_("This is your own appeal: somebody else decides."))
    if user.pk in (proposal.proposed_by_id, proposal.decided_by_id):
        raise NotYours(_("You proposed or decided these points: somebody who did neither decides the appeal."))
    may = user.has_perm("complaints.decide_appeal") or user.has_perm("complaints.decide_points")
    if not may or not _has_branch(proposal, user):
        raise NotYours(_("Head office, the service office or the supervising president decides appeals."))
    _ensure_unbarred(proposal, user)


def ensure_may_finish(consequence: Consequence, user: User) -> None:
    """The owner, or whoever may decide points of the employee's branch; never the employee."""
    if user.pk == consequence.employee_id:
        raise NotYours(_("This is about you: somebody else records it."))
    if not finishable([consequence], user):
        raise NotYours(_("The person responsible records this."))


def finishable(rows: Iterable[Consequence], user: User) -> set[int]:
    """Keys of those that `user` may record; the branches are read once."""
    decides = user.has_perm("complaints.decide_points")
    branches = set(Branch.objects.in_scope_of(user).values_list("pk", flat=True)) if decides else set()
    return {
        row.pk
        for row in rows
        if user.pk != row.employee_id and (user.pk == row.owner_id or row.employee.branch_id in branches)
    }


def may(check, thing, user: User) -> bool:
    """Whether one of the checks above would let `user` pass: what pages ask."""
    try:
        check(thing, user)
    except NotYours:
        return False
    return True


def _has_branch(proposal: PointProposal, user: User) -> bool:
    return Branch.objects.in_scope_of(user).filter(pk__in=[proposal.branch_id, proposal.employee.branch_id]).exists()


def _ensure_unbarred(proposal: PointProposal, user: User) -> None:
    if proposal.case_id and proposal.case.respondents.filter(employee=user).exists():
        raise NotYours(_("You are complained about in this case, or have an interest: somebody else decides."))
