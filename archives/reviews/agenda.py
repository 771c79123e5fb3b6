"""What a monthly meeting talks about, computed from the archives: sections of items, the gravest first, 30 at most each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.db.models import Case, Count, F, IntegerField, Q, Value, When

from archives.changes.models import ChangeRequest, Kind, Modification
from archives.customers.completeness import total_weight, weight_of
from archives.customers.models import Customer
from archives.intelligence.models import Intelligence
from archives.retention.models import Deletion
from archives.reviews.candidates import Candidate, find_candidates, look_at
from archives.reviews.models import AgendaItem, KeyCustomer, Meeting
from crm.lib.dates import SHANGHAI, add_months, local_day
from crm.staff.models import Branch
from crm.workdays.services import work_calendar

LIMIT = 30
OLD_WORKDAYS = 2
EXPIRY_DAYS = 90
Section = AgendaItem.Section
ORDER = [  # of page and paper
    Section.EARLIER,
    Section.KEY,
    Section.GAPS,
    Section.WORK,
    Section.OLD_REQUESTS,
    Section.DELETIONS,
    Section.DOCUMENTS,
    Section.INTELLIGENCE,
]


@dataclass(frozen=True)
class Draft:
    """An agenda item before it is written; `key` is what it is about."""

    section: str
    key: str
    number: str = ""
    customer_id: int | None = None
    item_id: int | None = None
    person_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Agenda:
    """`rest` counts by section what did not fit; `first` to `last` are the days whose work is shown."""

    drafts: list[Draft]
    rest: dict[str, int]
    first: date
    last: date


def compute_agenda(meeting: Meeting, *, day: date) -> Agenda:
    """The agenda of `meeting` with figures as of `day`."""
    earlier, branch = previous_of(meeting), meeting.branch
    first = earlier.data_on + timedelta(days=1) if earlier else add_months(day, -1) + timedelta(days=1)
    first = min(first, day)
    kept = list(earlier.key_customers.select_related("customer")) if earlier else []
    drafts, rest = [], {}
    parts: list[tuple[str, Callable[[], tuple[list[Draft], int]]]] = [
        (Section.EARLIER, lambda: (_earlier(kept, day), 0)),
        (Section.KEY, lambda: _key(branch, day, {entry.number for entry in kept})),
        (Section.GAPS, lambda: _gaps(branch)),
        (Section.WORK, lambda: _work(branch, first, day)),
        (Section.OLD_REQUESTS, lambda: _old_requests(branch, day)),
        (Section.DELETIONS, lambda: _deletions(branch, day)),
        (Section.DOCUMENTS, lambda: _documents(branch, day)),
        (Section.INTELLIGENCE, lambda: _intelligence(branch, day)),
    ]
    for section, part in parts:
        some, more = part()
        drafts += some
        if more:
            rest[str(section)] = more
    return Agenda(drafts, rest, first, day)


def previous_of(meeting: Meeting) -> Meeting | None:
    """The branch's last closed monthly meeting before this one: what it is compared with."""
    rows = Meeting.objects.monthly().closed().filter(branch=meeting.branch_id, period__lt=meeting.period)
    return rows.order_by("-period").first()


def _bounded(rows, make: Callable[[Any], Draft]) -> tuple[list[Draft], int]:
    """The first 30 of a queryset in its order, and how many more there are."""
    drafts = [make(row) for row in rows[:LIMIT]]
    return drafts, max(0, rows.count() - LIMIT) if len(drafts) == LIMIT else 0


def _earlier(kept: list[KeyCustomer], day: date) -> list[Draft]:
    """Last month's key customers, each to be assessed and kept or dropped, with the reasons of today."""
    ids = [entry.customer_id for entry in kept if entry.customer_id]
    now = {one.customer_id: one for one in look_at(Customer.objects.filter(pk__in=ids), day=day)}
    return [
        Draft(
            Section.EARLIER,
            f"customer:{entry.number}",
            entry.number,
            customer_id=entry.customer_id,
            facts={"entry": entry.pk, "months": entry.months} | _picture(now.get(entry.customer_id or 0)),
        )
        for entry in kept
    ]


def _picture(candidate: Candidate | None) -> dict[str, Any]:
    return candidate.values if candidate else {"reasons": []}


def _key(branch: Branch, day: date, already: set[str]) -> tuple[list[Draft], int]:
    found = [one for one in find_candidates(branch, day=day) if one.number not in already]
    drafts = [
        Draft(Section.KEY, f"customer:{one.number}", one.number, customer_id=one.customer_id, facts=_picture(one))
        for one in found[:LIMIT]
    ]
    return drafts, max(0, len(found) - LIMIT)


def _gaps(branch: Branch) -> tuple[list[Draft], int]:
    rows = Customer.objects.filter(branch=branch).incomplete().order_by("completeness", "pk")

    def make(customer: Customer) -> Draft:
        missing = sorted(customer.missing_keys, key=lambda key: -weight_of(key))
        lacking = sum(weight_of(key) for key in missing) * 100 // max(1, total_weight(customer.kind))
        facts = {"percent": customer.completeness, "lacking": lacking, "missing": missing[:5], "count": len(missing)}
        return Draft(Section.GAPS, f"customer:{customer.number}", customer.number, customer_id=customer.pk, facts=facts)

    return _bounded(rows, make)


def _work(branch: Branch, first: date, last: date) -> tuple[list[Draft], int]:
    """Supplements and edits by whoever made them; the busiest first."""
    direct, light = Q(origin=Modification.Origin.DIRECT), Q(request__kind=Kind.SUPPLEMENT)
    rows = (
        Modification.objects.filter(
            customer__branch=branch, actor__isnull=False, at__gte=_start(first), at__lt=_start(last + timedelta(days=1))
        )
        .order_by()
        .values("actor", "actor__employee_number")
        .annotate(
            supplements=Count("pk", filter=direct | light),
            edits=Count("pk", filter=~direct & Q(request__kind=Kind.EDIT)),
            archives=Count("customer", distinct=True),
        )
        .order_by(-(F("supplements") + F("edits")), "actor")
    )

    def make(row: dict) -> Draft:
        facts = {name: row[name] for name in ("supplements", "edits", "archives")}
        facts |= {"first": first.isoformat(), "last": last.isoformat()}
        return Draft(Section.WORK, f"person:{row['actor']}", person_id=row["actor"], facts=facts)

    return _bounded(rows, make)


def _of_branch(branch: Branch) -> Q:
    return Q(customer__branch=branch, customer__life="active") | Q(item__branch=branch, item__life="active")


def _old_requests(branch: Branch, day: date) -> tuple[list[Draft], int]:
    calendar = work_calendar()
    before = _start(calendar.add_workdays(day, -OLD_WORKDAYS))
    rows = (
        ChangeRequest.objects.open()
        .filter(_of_branch(branch), submitted_at__lt=before)
        .exclude(kind=Kind.DELETE)
        .select_related("customer")
        .oldest_first()
    )

    def make(request: ChangeRequest) -> Draft:
        days = calendar.workdays_between(local_day(request.submitted_at), day)
        facts = {"kind": request.kind, "workdays": days, "subject": request.customer.number if request.customer else ""}
        return Draft(
            Section.OLD_REQUESTS,
            f"request:{request.number}",
            request.number,
            customer_id=request.customer_id,
            item_id=request.item_id,
            person_id=request.assignee_id,
            facts=facts,
        )

    return _bounded(rows, make)


def _deletions(branch: Branch, day: date) -> tuple[list[Draft], int]:
    """Those that wait for the second person first, then those in the recycle bin, then those not yet decided."""
    due = Case(When(keep_until__lt=day, then=Value(0)), default=Value(1), output_field=IntegerField())
    bin_rows = (
        Deletion.objects.filter(branch=branch, state=Deletion.State.KEPT)
        .exclude(category=Deletion.MERGED)
        .annotate(place=due)
        .order_by("place", "keep_until", "pk")
    )
    asked = ChangeRequest.objects.open().filter(_of_branch(branch), kind=Kind.DELETE).select_related("customer", "item")
    drafts = [_deletion(row, day) for row in bin_rows[:LIMIT]]
    drafts += [_asked(row, day) for row in asked.oldest_first()[: LIMIT - len(drafts)]]
    return drafts, max(0, bin_rows.count() + asked.count() - len(drafts))


def _deletion(row: Deletion, day: date) -> Draft:
    left = (row.keep_until - day).days
    return Draft(
        Section.DELETIONS,
        f"deletion:{row.pk}",
        row.number,
        customer_id=row.customer_id,
        item_id=row.item_id,
        facts={"state": "due" if left < 0 else "kept", "left": left, "category": row.category},
    )


def _asked(row: ChangeRequest, day: date) -> Draft:
    facts = {"state": "asked", "days": (day - local_day(row.submitted_at)).days, "category": row.reason_code}
    return Draft(
        Section.DELETIONS,
        f"request:{row.number}",
        row.customer.number if row.customer else row.item.number,
        customer_id=row.customer_id,
        item_id=row.item_id,
        person_id=row.assignee_id,
        facts=facts | {"request": row.number},
    )


def _documents(branch: Branch, day: date) -> tuple[list[Draft], int]:
    rows = Customer.objects.filter(branch=branch).id_expiring(today=day, days=EXPIRY_DAYS)

    def make(customer: Customer) -> Draft:
        left = (cast(date, customer.id_valid_until) - day).days
        return Draft(
            Section.DOCUMENTS,
            f"customer:{customer.number}",
            customer.number,
            customer_id=customer.pk,
            facts={"left": left},
        )

    return _bounded(rows.order_by("id_valid_until", "pk"), make)


def _intelligence(branch: Branch, day: date) -> tuple[list[Draft], int]:
    rows = Intelligence.objects.filter(branch=branch).stale(day).order_by("valid_until", "pk")

    def make(item: Intelligence) -> Draft:
        over = (day - item.valid_until).days
        renewed = local_day(item.confirmed_at or item.created_at)
        facts = {"over": over} if over > 0 else {"days": (day - renewed).days}
        return Draft(Section.INTELLIGENCE, f"item:{item.number}", item.number, item_id=item.pk, facts=facts)

    return _bounded(rows, make)


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def write_agenda(meeting: Meeting, agenda: Agenda) -> None:
    """Put `agenda` on the meeting; what was decided or added by hand stays as it is. Call it under `hold_open`."""
    there = {(row.section, row.key): row for row in meeting.items.all()}
    wanted = {(str(draft.section), draft.key): draft for draft in agenda.drafts}
    gone = [row.pk for at, row in there.items() if at not in wanted and not row.decision and "manual" not in row.facts]
    AgendaItem.objects.filter(pk__in=gone).delete()
    renewed = list(_renewed(there, wanted))
    AgendaItem.objects.bulk_update(renewed, ["facts", "person", "customer", "item"], batch_size=200)
    AgendaItem.objects.bulk_create(
        AgendaItem(meeting=meeting, **vars(draft)) for at, draft in wanted.items() if at not in there
    )
    meeting.data_on = agenda.last
    meeting.frozen = {"rest": agenda.rest, "first": agenda.first.isoformat(), "last": agenda.last.isoformat()}
    meeting.save(update_fields=["data_on", "frozen"])


def _renewed(there: dict, wanted: dict) -> Iterator[AgendaItem]:
    for at, row in there.items():
        draft = wanted.get(at)
        if draft is None or row.decision or "manual" in row.facts:
            continue
        row.facts = draft.facts
        row.person_id, row.customer_id, row.item_id = draft.person_id, draft.customer_id, draft.item_id
        yield row
