"""What the pages of hand-overs, unmanaged customers and outlets ask."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from archives.changes.models import ChangeRequest
from archives.customers.links import links
from archives.customers.models import Customer
from archives.stewardship.models import HandOver
from archives.stewardship.rules import CLASS, KIND, SELECTED, Choice
from crm.staff.deputies import DECIDERS
from crm.staff.models import Branch, RoleGrant, User
from crm.staff.roles import ROLES, Role, Scope

SIGNERS = {role: rights.scope for role, rights in ROLES.items() if "archives.hand_over" in rights.permissions}


def managers_at(branch: Branch) -> QuerySet[User]:
    return User.objects.active().at(branch).with_role(Role.MANAGER).order_by("employee_number")


def loads_of(people) -> dict[int, int]:
    """How many live archives each of `people` manages, in their order."""
    counted = Customer.objects.filter(manager__in=people).order_by().values_list("manager").annotate(n=Count("pk"))
    found = dict(counted)
    return {person.pk: found.get(person.pk, 0) for person in people}


def supervisors_for(branch: Branch) -> QuerySet[User]:
    """Active people who may hand over and have `branch` in scope: the supervisors of transfer (监交人) to choose from."""
    parts = branch.path.split("/")
    above = ["/".join(parts[: n + 1]) + "/" for n in range(1, len(parts) - 1)]
    reach = {Scope.ALL: Q(), Scope.SUBTREE: Q(branch__path__in=above), Scope.OWN: Q(branch=branch)}
    may = Q(pk__in=[])
    for role, scope in SIGNERS.items():
        may |= Q(role_grants__role=role) & reach[scope]
    return User.objects.active().filter(may).distinct().order_by("employee_number")


def people_with_customers(branch: Branch) -> QuerySet[User]:
    """Everybody who manages or assists an archive of `branch`, hidden ones too, whether they still work or not."""
    rows = Customer.everyone.filter(branch=branch).order_by()
    keys = {*rows.values_list("manager", flat=True).distinct(), *rows.values_list("assistant", flat=True).distinct()}
    return User.objects.filter(pk__in=keys - {None}).select_related("branch").order_by("employee_number")


def managed(*, outgoing: User, branch: Branch, choice: Choice, keys=()) -> QuerySet[Customer]:
    """Archives that a hand-over of `choice` passes on, hidden ones too; `keys` are those selected."""
    rows = Customer.everyone.filter(branch=branch, manager=outgoing)
    if choice.which == KIND:
        return rows.filter(kind=choice.value)
    if choice.which == CLASS:
        return rows.filter(customer_class__code=choice.value)
    return rows.filter(pk__in=keys) if choice.which == SELECTED else rows


def assisted(*, outgoing: User, branch: Branch, choice: Choice) -> QuerySet[Customer]:
    rows = Customer.everyone.filter(branch=branch, assistant=outgoing)
    return rows if choice.assisted else rows.none()


def open_matters(customers, outgoing: User) -> QuerySet[ChangeRequest]:
    """Open requests whose route may change when `outgoing` no longer manages `customers`."""
    hangs = Q(assignee=outgoing) | Q(proposer=outgoing) | Q(escalated_to=outgoing)
    return ChangeRequest.objects.open().filter(Q(customer__in=customers) | hangs)


def counts_of(*, outgoing: User, branch: Branch, choice: Choice, keys=()) -> dict[str, int]:
    """The figures of a preview. `stay` are archives of the branch that remain with the outgoing person."""
    rows = managed(outgoing=outgoing, branch=branch, choice=choice, keys=keys)
    figures = rows.aggregate(
        personal=Count("pk", filter=Q(kind="P")),
        corporate=Count("pk", filter=Q(kind="C")),
        hidden=Count("pk", filter=~Q(life="active")),
        deposits=Sum("figures__balance_cents", default=0),
    )
    pending = ChangeRequest.objects.open().filter(customer__in=rows.values("pk"))
    customers = figures["personal"] + figures["corporate"]
    return figures | {
        "customers": customers,
        "requests": pending.filter(assignee=outgoing).count(),
        "proposals": ChangeRequest.objects.open().filter(proposer=outgoing).count(),
        "follow": sum(len(keys) for keys in owned(outgoing).values()),
        "assisted": assisted(outgoing=outgoing, branch=branch, choice=choice).count(),
        "stay": Customer.everyone.filter(branch=branch, manager=outgoing).count() - customers,
    }


def owned(user: User) -> dict[str, list[tuple[int, int | None]]]:
    """What waits for `user` in the topics that registered how it follows: link key to (row, customer)."""
    return {
        link.key: list(link.follow.open_of(user).order_by("pk").values_list("pk", link.field))
        for link in links()
        if link.follow
    }


@dataclass(frozen=True)
class Leftover:
    """Somebody who no longer works where their customers are."""

    person: User
    branch: Branch
    why: str  # "disabled", "moved" or "role"
    count: int


def leftovers(user: User) -> list[Leftover]:
    """Who in scope of `user` left, moved or lost the role, and still manages archives there."""
    moved = User.history.order_by().values("id").annotate(n=Count("branch", distinct=True)).filter(n__gt=1)
    decides = RoleGrant.objects.filter(user=OuterRef("pk"), role__in=list(DECIDERS))
    gone = User.objects.filter(Q(is_active=False) | Q(pk__in=moved.values("id")) | ~Exists(decides))
    people = {person.pk: person for person in gone.select_related("branch").prefetch_related("role_grants")}
    rows = (  # spelled out, so that the database sees how few archives these people have
        Customer.everyone.filter(manager__in=list(people), branch__in=Branch.objects.in_scope_of(user))
        .order_by()
        .values_list("manager", "branch")
        .annotate(n=Count("pk"))
    )
    branches = Branch.objects.in_bulk({branch for _manager, branch, _n in rows})
    found = [
        Leftover(people[manager], branches[branch], why, n)
        for manager, branch, n in rows
        if (why := why_gone(people[manager], branch))
    ]
    return sorted(found, key=lambda row: (row.branch.path, row.person.employee_number))


def why_gone(person: User, branch: int) -> str:
    if not person.is_active:
        return "disabled"
    if person.branch_id != branch:
        return "moved"
    return "" if set(person.roles) & set(DECIDERS) else "role"


def visible_hand_overs(user: User) -> QuerySet[HandOver]:
    rows = HandOver.objects.select_related("branch", "outgoing", "supervisor", "prepared_by", "ended_by")
    return rows.filter(branch__in=Branch.objects.in_scope_of(user))


@dataclass(frozen=True)
class Tenure:
    """From when on somebody managed an archive, and by what it passed to them."""

    since: datetime
    manager: User | None
    by: User | None
    reason: str  # a hand-over's number, "opened", a word of the service


def managers_of(customer: Customer) -> list[Tenure]:
    """Who looked after an archive since when, newest first: read from its history."""
    rows = list(customer.history.order_by("history_date", "history_id").values_list(
        "history_date", "manager_id", "history_user_id", "history_change_reason"
    ))  # fmt: skip
    people = User.objects.in_bulk({pk for _at, manager, by, _why in rows for pk in (manager, by) if pk})
    found: list[Tenure] = []
    before: object = ()
    for at, manager, by, reason in rows:
        if manager != before:
            found.append(Tenure(at, people.get(manager), people.get(by), reason or ""))
        before = manager
    return found[::-1]
