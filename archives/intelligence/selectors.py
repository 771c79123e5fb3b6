"""What pages ask of intelligence items: how fresh, whom they concern, how they changed, who cited them."""

from dataclasses import dataclass
from datetime import date, datetime

from archives.customers.codes import Industry, Life
from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.intelligence.models import Intelligence
from archives.intelligence.rules import Validity, fresh_through, used_percent, validity_of
from archives.intelligence.services import ADDED, CONFIRMED
from crm.lib.dates import local_day
from crm.lib.textdiff import Run, marked
from crm.staff.models import Branch, User

STEPS = 50  # of an item's history, newest first
COMPARED = ("kind", "title", "text", "source", "source_date", "valid_until", "industries")


def items_about(customer: Customer, user, limit: int = 5) -> list[Intelligence]:
    """The newest items that concern `customer`, for the page of the archive."""
    rows = Intelligence.objects.visible_to(user).filter(customer_links__customer=customer)
    return list(rows.select_related("branch").order_by("-source_date", "-pk")[:limit])


def stale_count(user, today: date) -> int:
    """Stale items that `user` answers for."""
    return Intelligence.objects.kept_by(user).stale(today).count()


@dataclass(frozen=True)
class Freshness:
    """Until when an item may be relied on, for its clock."""

    last: date
    days: int  # left; below zero when it is over
    state: Validity
    percent: int
    by_age: bool  # twelve months passed before its validity ended

    @property
    def tone(self) -> str:
        return {Validity.VALID: "ok", Validity.EXPIRING: "warn", Validity.STALE: "late"}[self.state]

    @property
    def days_over(self) -> int:
        return -self.days


def freshness_of(item: Intelligence, today: date) -> Freshness:
    renewed = local_day(item.confirmed_at or item.created_at)
    last = fresh_through(valid_until=item.valid_until, renewed_on=renewed)
    return Freshness(
        last=last,
        days=(last - today).days,
        state=validity_of(last, today),
        percent=used_percent(first=renewed, last=last, today=today),
        by_age=last < item.valid_until,
    )


def industries_of(letters: str) -> list[str]:
    """The names of the sections in " C F "."""
    return [str(Industry(letter).label) for letter in letters.split() if letter in Industry.values]


@dataclass(frozen=True)
class Linked:
    customers: list[Customer]  # each with `shown_name`
    others: int  # outside the reader's scope


def linked_to(item: Intelligence, user) -> Linked:
    """The customers whom the item concerns: those in the reader's scope by name, others only counted."""
    concerned = Customer.objects.filter(intelligence_links__item=item)
    seen = list(concerned.visible_to(user).select_related("branch").order_by("number"))
    for row in seen:
        row.shown_name = name_for(user, row)
    return Linked(seen, concerned.count() - len(seen))


@dataclass(frozen=True)
class Difference:
    label: str
    old: list[Run]
    new: list[Run]


@dataclass(frozen=True)
class Step:
    """One line of an item's history; `differences` are empty where only links or attachments changed."""

    action: str  # added, confirmed, corrected, deleted (into the recycle bin) or restored
    at: datetime
    who: str
    reason: str
    version: int
    differences: list[Difference]


def steps_of(item: Intelligence, *, after_version: int = 0) -> list[Step]:
    """How the item became what it is, newest first."""
    rows = list(
        item.history.filter(version__gte=after_version)
        .select_related("history_user")
        .order_by("-history_id")[: STEPS + 1]
    )
    earlier = [*rows[1:], None]
    steps = [_step(row, before) for row, before in zip(rows, earlier, strict=True)]
    return [step for step in steps if step.version > after_version][:STEPS]


def _step(row, before) -> Step:
    reason = row.history_change_reason or ""
    action = _action(row, before, reason)
    return Step(
        action=action,
        at=row.history_date,
        who=row.history_user.name if row.history_user else "",
        reason="" if action in (ADDED, CONFIRMED) else reason,
        version=row.version,
        differences=_differences(before, row) if before is not None else [],
    )


def _action(row, before, reason: str) -> str:
    if before is not None and before.life != row.life:
        return "restored" if row.life == Life.ACTIVE else "deleted"
    return reason if reason in (ADDED, CONFIRMED) else "corrected"


def _differences(before, row) -> list[Difference]:
    found = []
    for key in COMPARED:
        old, new = _shown(before, key), _shown(row, key)
        if old != new:
            diff = marked(old, new)
            label = str(Intelligence._meta.get_field(key).verbose_name)
            found.append(Difference(label, diff.old, diff.new))
    return found


def _shown(row, key: str) -> str:
    value = getattr(row, key)
    if key == "kind":
        return str(Intelligence.Kind(value).label)
    if key == "industries":
        return " / ".join(industries_of(value))
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class Cited:
    """Who leaned on the item, in which meeting; what for is read within the meeting's branches alone."""

    citation: object
    note: str


def citations_of(item: Intelligence, user: User) -> list[Cited]:
    rows = item.citations.select_related("meeting__branch", "cited_by").order_by("-at", "-pk")
    scope = set(Branch.objects.in_scope_of(user).values_list("pk", flat=True))
    return [Cited(row, row.note if row.meeting.branch_id in scope else "") for row in rows]
