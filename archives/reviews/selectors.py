"""What other pages ask of meetings: those open for somebody, work given to somebody, where a customer was spoken of."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, OuterRef, QuerySet, Subquery

from archives.customers.models import ENCRYPTED, Customer
from archives.reviews.models import AgendaItem, KeyCustomer, Meeting

NEWEST = 20


def open_meetings_of(user) -> QuerySet[Meeting]:
    """Monthly and quarterly meetings not closed yet: of one's own branch, and of every branch whose meetings one runs."""
    rows = Meeting.objects.visible_to(user).open().select_related("branch").order_by("due_on", "branch__path")
    return rows if user.has_perm("archives.run_meeting") else rows.filter(branch=user.branch_id)


def current_entries() -> QuerySet[KeyCustomer]:
    """The entries of each branch's newest closed monthly meeting: the list in force."""
    newest = Meeting.objects.monthly().closed().filter(branch=OuterRef("meeting__branch")).order_by("-period")
    return KeyCustomer.objects.annotate(newest=Subquery(newest.values("pk")[:1])).filter(meeting=F("newest"))


def key_entries_for(user) -> QuerySet[KeyCustomer]:
    """The lists in force of the branches in scope."""
    rows = current_entries().filter(meeting__in=Meeting.objects.visible_to(user).values("pk"))
    return (
        rows.select_related("meeting__branch", "customer", "owner")
        .defer(*ENCRYPTED)
        .order_by("meeting__branch__path", "pk")
    )


def key_entry_of(customer: Customer) -> KeyCustomer | None:
    """The customer's entry in the list in force, for the archive page."""
    return current_entries().filter(customer=customer).select_related("meeting", "owner").first()


@dataclass(frozen=True)
class Work:
    """Something a meeting gave to a person: a task, or a key customer whose action is not reported yet."""

    kind: str  # "task" or "key"
    pk: int
    meeting: Meeting
    customer: Customer | None
    number: str
    text: str
    due_on: date | None
    late: bool


def my_tasks(user, today: date) -> list[Work]:
    """What closed meetings gave to `user` and is not done, the nearest day first."""
    tasks = (
        AgendaItem.objects.filter(
            owner=user, decision=AgendaItem.Decision.TASK, done_on=None, meeting__state=Meeting.State.CLOSED
        )
        .select_related("meeting__branch", "customer")
        .defer(*ENCRYPTED)
    )
    entries = (
        current_entries()
        .filter(owner=user, result=KeyCustomer.Result.OPEN)
        .select_related("meeting__branch", "customer")
        .defer(*ENCRYPTED)
    )
    found = [_work("task", row, row.note, today) for row in tasks]
    found += [_work("key", row, row.action, today) for row in entries]
    return sorted(found, key=lambda work: (work.due_on or date.max, work.kind, work.pk))


def _work(kind: str, row, text: str, today: date) -> Work:
    late = row.due_on is not None and row.due_on < today
    return Work(kind, row.pk, row.meeting, row.customer, row.number, text, row.due_on, late)


def meeting_mentions(customer: Customer) -> list[AgendaItem]:
    """Where meetings spoke of the customer, newest first: each with its `meeting`."""
    rows = AgendaItem.objects.filter(customer=customer).select_related("meeting__branch", "owner")
    return list(rows.order_by("-meeting__period", "-pk")[:NEWEST])
