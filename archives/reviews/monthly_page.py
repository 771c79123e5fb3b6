"""What the page of a monthly meeting shows: tabs, items in words, what is still missing."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse

from archives.classification.labels import label_of as class_name
from archives.classification.labels import rank_css
from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.reviews.agenda import ORDER
from archives.reviews.closing import lacks_of
from archives.reviews.deciding import choices_for, item_stamp
from archives.reviews.models import AgendaItem, KeyCustomer, Meeting
from archives.reviews.sentences import evidence_of, reason_name, sentence_of, tone_of
from crm.lib.dates import add_months

Section, Decision = AgendaItem.Section, AgendaItem.Decision
PEOPLE, LIST, MINUTES = "people", "list", "minutes"


@dataclass(frozen=True)
class Tab:
    key: str
    label: Any
    decided: int = 0
    total: int = 0

    @property
    def is_section(self) -> bool:
        return self.total > 0


@dataclass(frozen=True)
class Why:
    label: str
    tone: str
    evidence: str


@dataclass
class Shown:
    """An agenda item as the page draws it."""

    item: AgendaItem
    title: str
    url: str
    sentence: str
    whys: list[Why]
    choices: list[str]
    stamp: str
    entry: KeyCustomer | None = None
    css: str = ""
    level: str = ""
    owner_id: int | None = None
    due_on: date | None = None
    note: str = ""
    result: str = ""
    result_note: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def tone(self) -> str:
        tones: dict[str, str] = {Decision.OPEN: "warn", Decision.KEY: "info", Decision.TASK: "info"}
        return tones.get(self.item.decision, "ok")


def tabs_of(meeting: Meeting) -> list[Tab]:
    """People, the sections that hold something, minutes; the key list where the meeting is closed."""
    total: Counter = Counter()
    decided: Counter = Counter()
    for section, decision in meeting.items.values_list("section", "decision"):
        total[section] += 1
        decided[section] += bool(decision)
    return [
        Tab(PEOPLE, ""),
        *(Tab(str(s), s.label, decided[s], total[s]) for s in ORDER if total[s]),
        Tab(LIST, ""),
        Tab(MINUTES, ""),
    ]


def tab_to_open(meeting: Meeting, tabs: list[Tab], asked: str) -> str:
    """As asked; else people first, then the first section with something undecided, then the minutes."""
    if asked in {tab.key for tab in tabs}:
        return asked
    if not meeting.is_open:
        return LIST
    if not meeting.host_id or not meeting.attendances.exists():
        return PEOPLE
    return next((tab.key for tab in tabs if tab.decided < tab.total), MINUTES)


def progress_of(tabs: list[Tab]) -> tuple[int, int]:
    return sum(tab.decided for tab in tabs), sum(tab.total for tab in tabs)


def items_of(meeting: Meeting, section: str, *, user, today: date) -> list[Shown]:
    rows = list(
        meeting.items.filter(section=section)
        .select_related("customer", "customer__manager", "person", "owner", "item")
        .order_by("pk")
    )
    return show_items(meeting, rows, user=user, today=today)


def show_items(meeting: Meeting, rows: list[AgendaItem], *, user, today: date) -> list[Shown]:
    ids = [row.customer_id for row in rows if row.customer_id]
    visible = set(Customer.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    entries = KeyCustomer.objects.select_related("owner").in_bulk(
        [row.facts["entry"] for row in rows if row.section == Section.EARLIER and "entry" in row.facts]
    )
    staff = set(row.customer.manager_id for row in rows if row.customer and row.customer.manager_id)
    due = max(add_months(meeting.due_on, 1), today)
    return [_show(row, entries.get(row.facts.get("entry")), visible, staff, due, user) for row in rows]


def _show(item: AgendaItem, entry, visible: set[int], staff: set[int], due: date, user) -> Shown:
    title, url = _title(item, visible, user)
    code = item.facts.get("class", "")
    manager = item.customer.manager_id if item.customer_id in visible else None
    kept = entry is not None and not item.decision
    return Shown(
        item,
        title,
        url,
        sentence_of(item),
        [Why(reason_name(r["code"]), tone_of(r["code"]), evidence_of(r)) for r in item.facts.get("reasons", [])],
        choices_for(item),
        item_stamp(item, entry),
        entry=entry,
        css=rank_css(code) if code else "",
        level=class_name(code) if code else "",
        owner_id=item.owner_id or (entry.owner_id if kept else None) or manager or item.person_id,
        due_on=item.due_on or due,
        note=item.note or (entry.action if kept else ""),
        result=entry.result if entry else "",
        result_note=entry.result_note if entry else "",
    )


def _title(item: AgendaItem, visible: set[int], user) -> tuple[str, str]:
    """What an item is about, and where that is; customers by name where the reader may see them."""
    if item.section == Section.WORK:
        return (item.person.name if item.person else "–"), ""
    if item.section == Section.OLD_REQUESTS:
        return item.number, reverse("changes:detail", args=[item.number]) if item.customer_id in visible else ""
    if item.customer_id in visible:
        return name_for(user, item.customer), reverse("workbench:customer", args=[item.customer.number])
    if item.item_id and item.item.life == "active":
        return item.item.title, reverse("intelligence:detail", args=[item.item.number])
    return item.number or "–", ""


def bar_of(meeting: Meeting, tabs: list[Tab]) -> dict[str, Any]:
    """The bar at the foot: how far, what is missing, which version is closed."""
    decided, total = progress_of(tabs)
    return {"decided": decided, "total": total, "lacks": lacks_of(meeting), "version": meeting.version}
