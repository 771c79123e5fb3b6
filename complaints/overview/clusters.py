"""Cases of the last 90 days that belong together: the same customer, person, employee, or cause at the outlet."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases.models import Case, Category, Respondent
from complaints.intake.rules import ESCALATE_AFTER, REPEAT_DAYS
from complaints.overview.criteria import Criteria, default_tab, in_tab
from complaints.overview.models import Improvement
from crm.lib.dates import local_day
from crm.staff.models import Branch, User

SHOWN = 30
CASES = 20
GROUNDS: dict[str, "str | Promise"] = {
    "customer": gettext_lazy("Same customer"),
    "person": gettext_lazy("Same telephone"),
    "employee": gettext_lazy("Same employee"),
    "cause": gettext_lazy("Same cause at the outlet"),
}


@dataclass
class Cluster:
    """`cases` are the newest; `many`: so often that it goes to the next level."""

    label: str
    count: int
    cases: list[Case] = field(default_factory=list)
    address: str = ""
    cause: Category | None = None
    branch: Branch | None = None
    tasks: list[Improvement] = field(default_factory=list)

    @property
    def many(self) -> bool:
        return self.count >= ESCALATE_AFTER


def recent(user: User, now: datetime) -> QuerySet[Case]:
    """Complaints of the last 90 days in the reader's branches; never one in which the reader is complained about."""
    rows = in_tab(Case.objects.visible_to(user), default_tab(user), user).complaints()
    return rows.received_in(now - timedelta(days=REPEAT_DAYS), now + timedelta(seconds=1))


def clusters(ground: str, user: User, now: datetime) -> list[Cluster]:
    """Two cases or more, the largest first."""
    rows = recent(user, now).order_by()
    pairs = _pairs(ground, rows)
    members: dict[object, set[int]] = defaultdict(set)
    for key, pk in pairs:
        members[key].add(pk)
    large = sorted((one for one in members.items() if len(one[1]) > 1), key=lambda one: (-len(one[1]), str(one[0])))
    cases = Case.objects.select_related("respondent", "cause").in_bulk(
        {pk for _key, pks in large[:SHOWN] for pk in pks}
    )
    found = [_cluster(ground, key, [cases[pk] for pk in pks]) for key, pks in large[:SHOWN]]
    if ground == "employee":
        _name_employees(found)
    if ground == "cause":
        _with_tasks(found, user, now)
    return found


def _pairs(ground: str, rows: QuerySet[Case]) -> set[tuple[object, int]]:
    """(what they share, case): from columns and indexes alone, nothing is decrypted."""
    if ground == "cause":
        found = rows.filter(cause__isnull=False).values_list("cause", "respondent", "pk")
        return {((cause, branch), pk) for cause, branch, pk in found}
    if ground == "employee":
        accused = Respondent.objects.filter(case__in=rows.values("pk"), why=Respondent.Why.ACCUSED)
        return set(accused.order_by().values_list("employee", "case"))
    if ground == "customer":
        return set(rows.filter(customer__isnull=False).values_list("customer", "pk")) | set(
            rows.filter(parties__customer__isnull=False).values_list("parties__customer", "pk")
        )
    return {
        pair
        for column in ("parties__phone_index", "parties__customer__mobile_index")
        for pair in rows.filter(**{f"{column}__isnull": False}).exclude(**{column: ""}).values_list(column, "pk")
    }


def _cluster(ground: str, key, cases: list[Case]) -> Cluster:
    cases.sort(key=lambda case: case.received_at, reverse=True)
    first = cases[0]
    if ground == "cause":
        label = f"{first.respondent.name} · {first.cause}"
        return Cluster(label, len(cases), cases[:CASES], cause=first.cause, branch=first.respondent)
    if ground == "employee":
        return Cluster(str(key), len(cases), cases[:CASES])
    # Who it is stands behind the case's own page, where opening it is logged.
    label = first.customer_number if ground == "customer" and first.customer_number else _("the same person")
    return Cluster(label, len(cases), cases[:CASES])


def _name_employees(found: list[Cluster]) -> None:
    people = User.objects.select_related("branch").in_bulk([int(one.label) for one in found])
    for one in found:
        person = people[int(one.label)]
        one.label = f"{person.name} {person.employee_number} · {person.branch.name}"


def _with_tasks(found: list[Cluster], user: User, now: datetime) -> None:
    """Improvement tasks that have this cause at or above the outlet, and the address of the cluster's rows."""
    first, last = local_day(now - timedelta(days=REPEAT_DAYS)), local_day(now)
    tasks = list(Improvement.objects.in_scope_of(user).open().select_related("branch"))
    for one in found:
        assert one.cause is not None and one.branch is not None
        one.tasks = [task for task in tasks if task.cause_id == one.cause.pk and one.branch.path.startswith(task.branch.path)]  # fmt: skip
        one.address = Criteria(
            tab=default_tab(user), state="any", kind="complaint", outlet=str(one.branch.pk), cause=str(one.cause.pk),
            first=str(first), last=str(last),
        ).address()  # fmt: skip
