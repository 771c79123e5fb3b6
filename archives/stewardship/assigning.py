"""Customers without a manager: first assignment, singly or by rule."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.changes.services import reroute_open
from archives.customers.bulk import change_many
from archives.customers.models import Customer
from archives.customers.services import lock_customer, save_archive
from archives.stewardship.rules import share_out
from archives.stewardship.selectors import loads_of, managers_at
from archives.stewardship.signing import requests_waiting_for, reroute_these
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.services import notify
from crm.staff.models import Branch, User

AT_ONCE = 2_000  # rows of one click
REASON = "first assignment"


@dataclass(frozen=True)
class Outcome:
    """What became of one archive of many."""

    customer: Customer
    done: bool
    message: str


def may_assign(actor: User) -> User:
    """The actor with rights as they are now; raise NotYours without them."""
    actor = User.objects.select_related("branch").get(pk=actor.pk)
    if not actor.has_perm("archives.assign_manager"):
        raise NotYours(_("Your role does not include assigning managers."))
    return actor


def assign_selected(*, customers: Sequence[Customer], manager: User, actor: User, now: datetime) -> list[Outcome]:
    """Each archive without a manager to `manager`; what does not fit is skipped with its reason."""
    actor = may_assign(actor)
    fit = managers_at(manager.branch).filter(pk=manager.pk).exists()
    outcomes = []
    for customer in customers:
        try:
            if not fit:
                raise Refused(_("%(who)s cannot take customers over.") % {"who": manager.name})
            outcomes.append(Outcome(_assign(customer, manager, actor, now), True, manager.name))
        except Refused as refusal:
            outcomes.append(Outcome(customer, False, refusal.message))
    _tell(Counter({manager.pk: sum(outcome.done for outcome in outcomes)}), actor, now)
    return outcomes


def _assign(customer: Customer, manager: User, actor: User, now: datetime) -> Customer:
    """Claimed under the lock: whoever comes second is told who has it by now."""
    with transaction.atomic():
        if not Customer.objects.visible_to(actor).filter(pk=customer.pk).exists():
            raise NotYours(_("This archive lies outside your branch."))
        locked = lock_customer(customer.pk)
        if locked.manager_id is not None:
            raise TooLate(_("%(who)s manages it already.") % {"who": locked.manager.name})
        if locked.branch_id != manager.branch_id:
            raise Refused(_("This manager works at another branch: choose one of the chosen branch."))
        locked.manager = manager
        if locked.assistant_id == manager.pk:
            locked.assistant = None
        save_archive(customer=locked, actor=actor, reason=REASON, now=now)
        reroute_open(customer=locked, now=now)
    return locked


@dataclass(frozen=True)
class Share:
    manager: User
    now: int
    gets: int

    @property
    def then(self) -> int:
        return self.now + self.gets


@dataclass(frozen=True)
class Plan:
    """What a rule would do: `waiting` archives have no manager, `placed` of them find one in this click."""

    shares: list[Share]
    waiting: int
    shared: dict[int, int]

    @property
    def placed(self) -> int:
        return len(self.shared)

    @property
    def left(self) -> int:
        return self.waiting - self.placed


def plan_by_rule(*, branch: Branch, kind: str = "", capacity: int) -> Plan:
    """The most valuable archives first, each to the manager of the branch with the most free capacity."""
    rows = Customer.objects.unmanaged().filter(branch=branch)
    if kind:
        rows = rows.filter(kind=kind)
    keys = list(rows.order_by("-figures__balance_cents", "pk").values_list("pk", flat=True)[:AT_ONCE])
    managers = list(managers_at(branch))
    loads = loads_of(managers)
    shared = {pk: to for pk, to in share_out(keys, loads, capacity=capacity).items() if to is not None}
    gets = Counter(shared.values())
    shares = [Share(manager, loads[manager.pk], gets[manager.pk]) for manager in managers]
    return Plan(shares, rows.count(), shared)


def assign_by_rule(*, branch: Branch, kind: str = "", capacity: int, waiting: int, actor: User, now: datetime) -> Plan:
    """Do what `plan_by_rule` showed, while still `waiting` archives have no manager: a second click finds fewer."""
    with transaction.atomic():
        actor = may_assign(actor)
        if not Branch.objects.in_scope_of(actor).filter(pk=branch.pk).exists():
            raise NotYours(_("This branch lies outside your scope."))
        _lock(branch)
        plan = plan_by_rule(branch=branch, kind=kind, capacity=capacity)
        if plan.waiting != waiting:
            raise TooLate(_("The list has changed since the preview: look at it again."))
        if not plan.shared:
            raise Refused(_("No manager of this branch has free capacity."))
        placed = [pk for share in plan.shares for pk in _give(plan, share, actor, now)]
        reroute_these(requests_waiting_for(placed), now)
        _tell(Counter(plan.shared[pk] for pk in placed), actor, now)
    return plan


def _lock(branch: Branch) -> None:
    """Rules at one branch go one after the other: each counts on the capacities of the others."""
    if connection.features.has_select_for_update:
        list(Branch.objects.select_for_update(no_key=True).filter(pk=branch.pk))


def _give(plan: Plan, share: Share, actor: User, now: datetime) -> list[int]:
    keys = [pk for pk, to in plan.shared.items() if to == share.manager.pk]
    helped = list(Customer.objects.filter(pk__in=keys, assistant=share.manager).values_list("pk", flat=True))
    done: list[int] = []
    for some, free in ((helped, {"assistant": None}), (list(set(keys) - set(helped)), {})):
        done += change_many(
            keys=some, still={"manager": None}, changes={"manager": share.manager.pk} | free, actor=actor, reason=REASON, now=now
        )  # fmt: skip
    return done


def _tell(got: Counter, actor: User, now: datetime) -> None:
    for person in User.objects.filter(pk__in=[pk for pk, n in got.items() if n]).exclude(pk=actor.pk):
        params = {"who": actor.name, "n": got[person.pk]}
        link = f"{reverse('workbench:customers')}?manager={person.pk}"
        notify(recipient=person, kind="customers-assigned", params=params, link=link, now=now)
