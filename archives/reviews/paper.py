"""Minutes on paper, for the print page and the filed PDF: customers by number with a masked name, never a full one."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from archives.customers.models import Customer
from archives.reviews.agenda import ORDER, previous_of
from archives.reviews.comparing import comparison_of, following_of
from archives.reviews.models import AgendaItem, KeyCustomer, Meeting
from archives.reviews.sentences import evidence_of, reason_name, sentence_of
from crm.privacy.masks import mask_name

Decision, Section = AgendaItem.Decision, AgendaItem.Section


@dataclass(frozen=True)
class Row:
    """A decided item as a line of the minutes."""

    subject: str
    facts: str
    decision: str
    note: str
    owner: str
    due: Any


@dataclass(frozen=True)
class KeyRow:
    number: str
    name: str
    reasons: str
    evidence: str
    owner: str
    action: str
    due: Any
    values: dict
    months: int


def masked(customer: Customer | None) -> str:
    """Enough to know who is meant beside the number; nothing of a hidden or purged archive."""
    return mask_name(customer.name) if customer is not None and customer.life == "active" else ""


def paper_context(meeting: Meeting) -> dict[str, Any]:
    items = list(meeting.items.select_related("customer", "person", "owner", "item").order_by("pk"))
    owners = meeting.frozen.get("tasks", {}) if not meeting.is_open else {}
    names = meeting.frozen.get("people", {}) if not meeting.is_open else {}
    attendances = list(meeting.attendances.select_related("person"))
    earlier = previous_of(meeting)
    return {
        "meeting": meeting,
        "host": _name(meeting.host, names),
        "recorder": _name(meeting.recorder, names),
        "present": [_name(row.person, names) for row in attendances if row.is_present],
        "absent": [(_name(row.person, names), row.reason) for row in attendances if not row.is_present],
        "sections": _sections(items, owners),
        "key_rows": _key_rows(meeting, items),
        "compared": comparison_of(meeting),
        "earlier": earlier,
        "results": _results(earlier) if earlier else [],
        "following": following_of(earlier) if earlier else [],
        "citations": meeting.citations.select_related("cited_by"),
        "supplements": meeting.supplements.select_related("author"),
    }


def _name(person, names: dict[str, str]) -> str:
    return names.get(str(person.pk), person.name) if person else ""


def _sections(items: list[AgendaItem], owners: dict[str, str]) -> list[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for item in items:
        found.setdefault(item.section, []).append(_row(item, owners))
    return [(str(Section(section).label), found[section]) for section in ORDER if section in found]


def _row(item: AgendaItem, owners: dict[str, str]) -> Row:
    facts = _("; ").join(_reasons_of(item.facts.get("reasons", []))) or sentence_of(item)
    owner = owners.get(str(item.pk)) or (item.owner.name if item.owner else "")
    return Row(
        subject_of(item), facts, item.get_decision_display() if item.decision else "–", item.note, owner, item.due_on
    )


def subject_of(item: AgendaItem) -> str:
    if item.section == Section.WORK:
        return item.person.name if item.person else "–"
    if item.section == Section.INTELLIGENCE:
        return item.number
    name = masked(item.customer) if item.customer and item.number == item.customer.number else ""
    return f"{item.number} {name}".strip()


def _reasons_of(reasons: list[dict]) -> list[str]:
    return [_(": ").join(filter(None, (reason_name(reason["code"]), evidence_of(reason)))) for reason in reasons]


def _key_rows(meeting: Meeting, items: list[AgendaItem]) -> list[KeyRow]:
    if not meeting.is_open:
        return [_fixed(entry) for entry in meeting.key_customers.select_related("customer", "owner")]
    return [_planned(item) for item in items if item.decision == Decision.KEY and item.customer]


def _fixed(entry: KeyCustomer) -> KeyRow:
    reasons = entry.values.get("reasons", [])
    return KeyRow(
        entry.number,
        masked(entry.customer),
        _("; ").join(reason_name(code) for code in entry.reasons),
        _("; ").join(filter(None, map(evidence_of, reasons))),
        entry.values.get("owner") or entry.owner.name,
        entry.action,
        entry.due_on,
        entry.values,
        entry.months,
    )


def _planned(item: AgendaItem) -> KeyRow:
    reasons = item.facts.get("reasons", [])
    return KeyRow(
        item.customer.number,
        masked(item.customer),
        _("; ").join(reason_name(reason["code"]) for reason in reasons),
        _("; ").join(filter(None, map(evidence_of, reasons))),
        item.owner.name if item.owner else "",
        item.note,
        item.due_on,
        item.facts,
        item.facts.get("months", 0) + 1,
    )


def _results(earlier: Meeting) -> list[tuple[KeyCustomer, str]]:
    return [(entry, masked(entry.customer)) for entry in earlier.key_customers.select_related("customer", "owner")]
