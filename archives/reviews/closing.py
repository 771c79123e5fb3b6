"""Closing a monthly meeting: minutes, agenda and the key-attention list are frozen in one transaction; one person wins.

The PDF is made afterwards from the frozen rows: at once by whoever closed, else by the job that the ledger keeps.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archives.customers.models import Customer
from archives.reviews.agenda import previous_of
from archives.reviews.candidates import look_at
from archives.reviews.comparing import compare, numbers_of
from archives.reviews.deciding import Decision, Section
from archives.reviews.meetings import claim, ensure_may_run
from archives.reviews.models import AgendaItem, KeyCustomer, Meeting
from archives.reviews.paper import paper_context
from crm.jobs.services import queue_run
from crm.lib.paper import file_paper
from crm.lib.refusals import Refused
from crm.notifications.services import notify
from crm.staff.models import User

FILING_JOB = "file-minutes"


@dataclass(frozen=True)
class Lack:
    """Something that stands in the way of closing, and the tab of the page where it is mended."""

    text: str
    tab: str


def lacks_of(meeting: Meeting) -> list[Lack]:
    """What is missing before the meeting can be closed; empty when nothing is."""
    found = []
    if not meeting.host_id:
        found.append(Lack(_("no host"), "people"))
    if not meeting.recorder_id:
        found.append(Lack(_("no recorder"), "people"))
    if not meeting.attendances.filter(is_present=True).exists():
        found.append(Lack(_("no attendance"), "people"))
    found += _open_items(meeting) + _thin_items(meeting)
    earlier = previous_of(meeting)
    if earlier:
        assessed = meeting.items.filter(section=Section.EARLIER).values("number")
        if earlier.key_customers.exclude(number__in=assessed).exists():
            found.append(Lack(_("last month's key customers are not on the agenda: compute it anew"), "earlier"))
    return found


def _open_items(meeting: Meeting) -> list[Lack]:
    counts = Counter(meeting.items.filter(decision=Decision.OPEN).values_list("section", flat=True))
    return [
        Lack(
            ngettext("%(n)s item undecided: %(section)s", "%(n)s items undecided: %(section)s", counts[section])
            % {"n": counts[section], "section": Section(section).label},
            section,
        )
        for section in Section.values
        if counts[section]
    ]


def _thin_items(meeting: Meeting) -> list[Lack]:
    """Work without an owner, a plan or a day: an owner may have left since."""
    found = []
    for item in meeting.items.filter(decision__in=[Decision.KEY, Decision.TASK]).select_related("owner"):
        if not item.note or not item.due_on or not item.owner or not item.owner.is_active:
            found.append(Lack(_("no owner, action or day: %(number)s") % {"number": item.number or "–"}, item.section))
    return found


def close_meeting(*, meeting: Meeting, actor, now: datetime) -> Meeting:
    """Freeze `meeting` as the caller saw it (its state and version). Raise Refused listing what is missing."""
    with transaction.atomic():
        fresh = claim(
            meeting=meeting,
            state=Meeting.State.CLOSED,
            closed_by=actor,
            closed_at=now,
            held_at=meeting.held_at or now,
        )
        ensure_may_run(actor, fresh)
        lacks = lacks_of(fresh)
        if lacks:
            raise Refused(_("Still missing: %(what)s.") % {"what": _("; ").join(lack.text for lack in lacks)})
        earlier = previous_of(fresh)
        entries = _fix_list(fresh, earlier)
        _freeze(fresh, earlier, entries)
        _tell_owners(fresh, entries, now)
        queue_run(job=FILING_JOB, period=fresh.number, now=now)
    return fresh


def _fix_list(meeting: Meeting, earlier: Meeting | None) -> list[KeyCustomer]:
    """The month's key customers with their values of the day; a customer decided in two sections stands once."""
    order: dict[str, int] = {Section.KEY: 0, Section.EARLIER: 1}
    items = list(
        meeting.items.filter(decision=Decision.KEY, customer__isnull=False).select_related("customer", "owner")
    )
    items.sort(key=lambda item: (order.get(item.section, 2), item.pk))
    chosen: dict[int, AgendaItem] = {}
    codes: dict[int, list[str]] = {}
    for item in items:
        assert item.customer_id is not None
        chosen.setdefault(item.customer_id, item)
        codes.setdefault(item.customer_id, []).extend(_codes(item))
    now = {one.customer_id: one for one in look_at(Customer.everyone.filter(pk__in=chosen), day=meeting.data_on)}
    running = dict(earlier.key_customers.values_list("number", "months")) if earlier else {}
    rows = []
    for pk, item in chosen.items():
        number = item.customer.number
        values = now[pk].values if pk in now else {}
        rows.append(
            KeyCustomer(
                meeting=meeting,
                customer_id=pk,
                number=number,
                reasons=list(dict.fromkeys(codes[pk])) or [KeyCustomer.Reason.OTHER],
                owner=item.owner,
                action=item.note,
                due_on=item.due_on,
                values=values | {"data_on": meeting.data_on.isoformat(), "owner": item.owner.name},
                months=running.get(number, 0) + 1,
            )
        )
    return KeyCustomer.objects.bulk_create(rows)


def _codes(item: AgendaItem) -> list[str]:
    """Why an item of any section puts its customer on the list."""
    if item.section == Section.GAPS:
        return [KeyCustomer.Reason.GAPS]
    return [reason["code"] for reason in item.facts.get("reasons", [])] or [KeyCustomer.Reason.OTHER]


def _freeze(meeting: Meeting, earlier: Meeting | None, entries: list[KeyCustomer]) -> None:
    """Names and comparison as they stand: people are renamed, work is handed over, lists go on."""
    compared = compare(
        numbers_of(earlier) if earlier else [], [entry.number for entry in entries], earlier.period if earlier else ""
    )
    tasks = meeting.items.filter(decision=Decision.TASK).values_list("pk", "owner__name")
    decided = Counter(meeting.items.values_list("decision", flat=True))
    meeting.frozen |= {
        "compared": vars(compared),
        "tasks": {str(pk): name for pk, name in tasks},
        "people": {str(row.person_id): row.person.name for row in meeting.attendances.select_related("person")}
        | {str(user.pk): user.name for user in (meeting.host, meeting.recorder) if user},
        "decided": dict(decided),
    }
    meeting.save(update_fields=["frozen"])


def _tell_owners(meeting: Meeting, entries: list[KeyCustomer], now: datetime) -> None:
    """One notice for each who was given something."""
    work = Counter(meeting.items.filter(decision=Decision.TASK).values_list("owner", flat=True))
    work.update(entry.owner_id for entry in entries)
    for person in User.objects.filter(pk__in=work):
        notify(
            recipient=person,
            kind="meeting-work",
            params={"number": meeting.number, "n": work[person.pk]},
            link=reverse("reviews:key_customers") + "?mine=1",
            now=now,
            dedupe_key=f"meeting-work:{meeting.number}:{person.pk}",
        )


def file_minutes(*, meeting: Meeting, now: datetime) -> Meeting:
    """Make the PDF of a closed meeting and keep it, once. Raise Refused where no PDF can be made here."""
    fresh = Meeting.objects.for_page().get(pk=meeting.pk)
    if fresh.is_open:
        raise Refused(_("Minutes are filed when the meeting is closed."))
    file_paper(owner=fresh, template="archives/reviews/minutes.html", context=lambda: paper_context(fresh), now=now)
    return fresh


def run_filing(*, period: str, run, now: datetime) -> None:
    """The ledger's job for one meeting: `period` is its number."""
    file_minutes(meeting=Meeting.objects.get(number=period), now=now)
