"""What pages ask of change requests: boxes, chips, lines with their summaries."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from archives.changes.effects import effect_of
from archives.changes.models import ChangeItem, ChangeRequest
from archives.changes.proposing import label_of
from archives.customers.masking import name_for
from archives.customers.models import Customer
from crm.lib.dates import local_day
from crm.staff.deputies import principals_of
from crm.workdays.services import work_calendar

OVERDUE_WORKDAYS = 2
BADGE_CAP = 99


def waiting_for(user, today: date) -> QuerySet:
    """Open requests that `user` may decide: their own, and those of whom they stand in for."""
    if not user.has_perm("archives.decide_change"):
        return ChangeRequest.objects.none()
    people = [user, *principals_of(user, today)]
    return ChangeRequest.objects.awaiting(people).within_reach_of(user).exclude(proposer=user)


def sent_by(user) -> QuerySet:
    return ChangeRequest.objects.filter(proposer=user)


def decided_by(user) -> QuerySet:
    return ChangeRequest.objects.filter(decided_by=user)


def inbox_count(user, today: date) -> int:
    """For the badge; counts to 99."""
    return len(waiting_for(user, today).values("pk")[: BADGE_CAP + 1])


def pending_items(customer: Customer) -> dict:
    """Open items by field key, or by (part, row): for the chips beside the values."""
    items = ChangeItem.objects.filter(request__customer=customer, request__status="pending").select_related(
        "request__proposer"
    )
    found = {}
    for item in items:
        if item.round == item.request.round:
            key = (item.field.removeprefix("part:"), item.row) if item.field.startswith("part:") else item.field
            found[key] = item
    return found


def title_of(request: ChangeRequest, user) -> str:
    """The customer's name as `user` may read it, or the item's title."""
    return name_for(user, request.customer) if request.customer_id else request.item.title


@dataclass(frozen=True)
class Line:
    """A request as a line of a box."""

    request: ChangeRequest
    name: str
    fields: str
    workdays: int
    overdue: bool
    acting_for: str


def with_summaries(requests: list[ChangeRequest], *, user, now: datetime) -> list[Line]:
    """Lines for `requests` (loaded with customer, proposer, assignee); two queries in all."""
    items: dict[int, list[ChangeItem]] = {}
    for item in ChangeItem.objects.filter(request__in=[r.pk for r in requests]).only("request", "round", "field"):
        items.setdefault(item.request_id, []).append(item)
    calendar, today = work_calendar(), local_day(now)
    lines = []
    for request in requests:
        labels = [label_of(item) for item in items.get(request.pk, []) if item.round == request.round]
        waited = max(0, calendar.workdays_between(local_day(request.submitted_at), today))
        acting_for = request.assignee.name if request.is_open and request.assignee and request.assignee != user else ""
        text = _(", ").join(labels[:4]) + (_(" and %(n)s more") % {"n": len(labels) - 4} if len(labels) > 4 else "")
        lines.append(
            Line(
                request,
                title_of(request, user),
                effect_of(request.kind).summary(request) if request.is_matter else text,
                waited,
                request.is_open and waited > OVERDUE_WORKDAYS,
                acting_for,
            )
        )
    return lines
