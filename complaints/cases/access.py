"""The one way to reach a case, what somebody is to it, and whether they see who complained."""

from django.apps import apps
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from archives.customers.models import Customer
from complaints.cases.codes import Role
from complaints.cases.models import Case
from complaints.cases.rules import Action, allowed, step
from crm.lib.refusals import NotYours
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.models import Branch, User
from crm.staff.roles import Scope


def get_visible_case(user, number: str, *, request=None) -> Case:
    """The case of `number` that `user` may see; Http404 otherwise. A refusal is logged where one exists."""
    sound = len(number) <= 24 and number.isascii() and "\0" not in number
    found = Case.objects.for_page().visible_to(user).filter(number=number).first() if sound else None
    if found is None:
        stranger = Case.objects.filter(number=number).only("pk", "number").first() if sound else None
        if stranger is not None:
            _log(AccessEvent.Action.DENIED, stranger, user, request)
        raise Http404
    return found


def note_view(request, case: Case) -> None:
    """Opening a case is logged, each time."""
    _log(AccessEvent.Action.VIEW, case, request.user, request)


def _log(action: str, case: Case, user, request) -> None:
    record(action, request=request, actor=user, obj_type="case", obj_id=case.pk, label=case.number)


def is_barred(case: Case, user) -> bool:
    """Complained about, or with an interest: no part in the case, whatever the role (Order 2020 No. 3, 回避)."""
    return case.respondents.filter(employee=user).exists()


def delegate_of(case: Case) -> User | None:
    """Who investigates this round by a granted delegation."""
    found = (
        apps.get_model("complaints", "Delegation")
        .objects.filter(case=case, round=case.round, granted=True, ended_at=None, to__is_active=True)
        .select_related("to")
        .first()
    )
    return found.to if found else None


def roles_of(case: Case, user: User) -> set[str]:
    """What `user` is to `case`: keys of `Role`. Nobody who is barred is anything."""
    if not user.is_active or is_barred(case, user):
        return set()
    delegate = delegate_of(case)
    found = {
        Role.OFFICE: user.has_perm("complaints.run_office"),
        Role.INVESTIGATOR: user.pk == (delegate.pk if delegate else case.investigator_id),
        Role.CONTACT: user.pk == case.contact_id,
        Role.FIRST: user.pk in (case.first_receiver_id, case.registered_by_id),
        Role.UPPER: _is_above(case, user),
        Role.HEAD_OFFICE: user.has_perm("complaints.extend_again") and user.scope == Scope.ALL,
        Role.CALLER: user.has_perm("complaints.call_back") and not has_handled(case, user),
    }
    return {role for role, holds in found.items() if holds}


def _is_above(case: Case, user: User) -> bool:
    """Decides reviews and second extensions for the respondent's branch, and investigated nothing of it."""
    if not user.has_perm("complaints.decide_review") or user.pk in (case.investigator_id, case.contact_id):
        return False
    return Branch.objects.in_scope_of(user).filter(pk=case.respondent_id).exists()


HANDLING = [Action.CONTACT, Action.INVESTIGATE, Action.FIND, Action.PLAN, Action.REPLY, Action.CLOSE, Action.APOLOGISE, Action.SETTLE]  # fmt: skip


def has_handled(case: Case, user: User) -> bool:
    """Took a handling step in any round, or was assigned to it."""
    if user.pk in (case.investigator_id, case.contact_id):
        return True
    mine = Q(actor=user, action__in=HANDLING)
    return case.events.filter(mine).exists() or case.delegations.filter(to=user, granted=True).exists()


def ensure_may(case: Case, action: str, user: User | None) -> str:
    """The role by which `user` (None: the system) may do `action` in the case's state; NotYours otherwise."""
    roles = roles_of(case, user) if user else {Role.SYSTEM.value}
    if not allowed(case.state, action, roles, case.kind):
        raise NotYours(_("This step is not yours, or the case is not at it."))
    found = step(case.state, action, case.kind)
    assert found is not None
    return next(role for role in Role.values if role in roles & found.who)


def sees_identity(case: Case, user: User) -> bool:
    """Who complained reads plain to those who work on the case or oversee it; masked to others."""
    if user.has_perm("complaints.view_branch_cases") and user.has_perm("archives.view_customer_name"):
        return not is_barred(case, user)
    working = roles_of(case, user) - {Role.CALLER}
    if working == {Role.FIRST}:
        return _serves_customer(case, user)
    return bool(working) or user.pk == case.officer_id


def _serves_customer(case: Case, user: User) -> bool:
    """Registering a case about a number opens nobody's archive: what it holds stays with those whose scope it is in."""
    return case.customer_id is None or Customer.everyone.visible_to(user).filter(pk=case.customer_id).exists()
