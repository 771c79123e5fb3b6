"""The one way to a run, a customer's proposal in it, and those who may approve an override."""

from django.db.models import Q, QuerySet
from django.http import Http404

from archives.classification.flows import moves
from archives.classification.models import Proposal, Run, Scheme
from archives.classification.overriding import RIGHT
from archives.customers.access import get_visible_customer
from crm.lib.dates import Quarter
from crm.staff.models import Branch, User
from crm.staff.roles import ROLES, Scope


def get_run(quarter: str) -> Run:
    """The run of '2026Q3'; Http404 for anything else."""
    try:
        name = str(Quarter.parse(quarter))
    except ValueError as error:
        raise Http404 from error
    found = Run.objects.select_related("scheme", "released_by").filter(quarter=name).first()
    if found is None:
        raise Http404
    return found


def get_scheme(version: int) -> Scheme:
    found = Scheme.objects.select_related("proposed_by", "decided_by").filter(version=version).first()
    if found is None:
        raise Http404
    return found


def get_proposal(user, *, run: Run, number: str, request=None) -> Proposal:
    """What the run proposes for a customer whom `user` may see today; Http404 otherwise."""
    customer = get_visible_customer(user, number, request=request)
    found = moves(run=run).select_related("branch", "manager", "run").filter(customer=customer).first()
    if found is None:
        raise Http404
    found.customer = customer
    return found


def units_for(user, run: Run) -> QuerySet:
    """The units in `user`'s scope, and those that their own branch belongs to."""
    places = user.branch.path.strip("/").split("/")
    above = ["/" + "/".join(places[: n + 1]) + "/" for n in range(len(places))]
    seen = Q(branch__in=Branch.objects.in_scope_of(user).values("pk")) | Q(branch__path__in=above)
    return run.units.filter(seen).select_related("branch", "confirmed_by")


def approvers_for(branch: Branch, *, actor) -> list[User]:
    """Who else may answer for an override at `branch`: with the right, and the branch in scope."""
    roles = [role for role, rights in ROLES.items() if RIGHT in rights.permissions]
    people = (
        User.objects.active()
        .with_role(*roles)
        .exclude(pk=actor.pk)
        .select_related("branch")
        .prefetch_related("role_grants")
    )
    return [user for user in people if reaches(user, branch)]


def reaches(user, branch: Branch) -> bool:
    """Whether `branch` lies in `user`'s scope, without a query."""
    if user.scope == Scope.ALL:
        return True
    if user.scope == Scope.SUBTREE:
        return branch.path.startswith(user.branch.path)
    return user.scope == Scope.OWN and user.branch_id == branch.pk
