"""The ways to an outlet's lobby, a duty, a swap; who plans and who keeps the lobby's log."""

from datetime import date

from django.http import Http404
from django.utils.translation import gettext as _

from complaints.duty.models import Duty, Handover, LobbyEvent, Post, Swap
from complaints.duty.querysets import in_reach
from crm.lib.refusals import NotYours
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.models import Branch
from crm.staff.roles import Role, Scope

OUTLETS = (Branch.Kind.OUTLET, Branch.Kind.DIRECT_OUTLET)
PLAN, KEEP = "complaints.plan_roster", "complaints.keep_lobby"


def visible_outlets(user):
    return in_reach(user).active().filter(kind__in=OUTLETS)


def get_visible_outlet(user, code: str, *, request=None) -> Branch:
    """The outlet of `code` in reach; Http404 otherwise. A refusal is logged where one exists."""
    sound = len(code) <= 12 and "\0" not in code
    found = in_reach(user).filter(kind__in=OUTLETS, code=code).first() if sound else None
    if found is None:
        other = Branch.objects.filter(code=code).only("pk", "code").first() if sound else None
        _deny("outlet", other.pk if other else None, code, user, request)
        raise Http404
    return found


def get_visible_duty(user, pk: int, *, request=None) -> Duty:
    return _visible(Duty, user, pk, "duty", request)


def get_visible_swap(user, pk: int, *, request=None) -> Swap:
    return _visible(Swap, user, pk, "swap", request)


def get_visible_handover(user, pk: int, *, request=None) -> Handover:
    return _visible(Handover, user, pk, "handover", request)


def get_visible_event(user, pk: int, *, request=None) -> LobbyEvent:
    return _visible(LobbyEvent, user, pk, "lobby event", request)


def _visible(model, user, pk: int, name: str, request):
    rows = model.objects.visible_to(user)
    found = (rows.for_page() if hasattr(rows, "for_page") else rows).filter(pk=pk).first()
    if found is None:
        _deny(name, model.objects.filter(pk=pk).values_list("pk", flat=True).first(), str(pk), user, request)
        raise Http404
    return found


def _deny(kind: str, pk: int | None, label: str, user, request) -> None:
    if pk is not None:
        record(AccessEvent.Action.DENIED, request=request, actor=user, obj_type=kind, obj_id=pk, label=label)


def may_plan(user, branch: Branch) -> bool:
    """Plans the roster: the outlet's head, and those above within their scope."""
    return user.has_perm(PLAN) and Branch.objects.in_scope_of(user).filter(pk=branch.pk).exists()


def ensure_may_plan(user, branch: Branch) -> None:
    if not may_plan(user, branch):
        raise NotYours(_("The head of the outlet or the president above plans its roster."))


def may_keep(user, branch: Branch, day: date) -> bool:
    """Keeps the lobby log: lobby manager and head, and whoever has one of their posts on that day."""
    if user.has_perm(KEEP) and Branch.objects.in_scope_of(user).filter(pk=branch.pk).exists():
        return True
    mine = Duty.objects.published().of(user).on(day)
    return mine.filter(branch=branch, post__in=[Post.LOBBY, Post.HEAD]).exists()


def ensure_may_keep(user, branch: Branch, day: date) -> None:
    if not may_keep(user, branch, day):
        raise NotYours(_("The lobby manager of the day or the head keeps the lobby log."))


def works_at(user, branch: Branch, day: date) -> bool:
    """Belongs to the outlet, or has a duty there on that day."""
    if user.branch_id == branch.pk:
        return True
    return Duty.objects.published().of(user).on(day).filter(branch=branch).exists()


def may_decide_swap(user, swap: Swap) -> bool:
    """Whoever plans, but not who asked; the swap of a head goes to the next level up."""
    if user.pk == swap.asked_by_id or not may_plan(user, swap.duty.branch):
        return False
    return Role.HEAD not in swap.asked_by.roles or user.scope != Scope.OWN
