"""The archive as a page shows it: sections of rows, each masked for its reader."""

from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace

from django.utils.translation import gettext as _

from archives.customers import codes
from archives.customers.completeness import label_of, total_weight, weight_of
from archives.customers.fields import CUSTOMER_FIELDS, EDITABLE, FILE, PART_FIELDS, PART_LABELS, SECTIONS
from archives.customers.masking import may_reveal, name_for, present, row_summary
from archives.customers.models import Customer
from archives.customers.values import read, read_row, shown
from crm.lib.blanks import is_blank
from crm.lib.dates import age


@dataclass
class Row:
    """One label and value. `reveal` names what to ask `customers:reveal` for; `pending` is an open change item."""

    key: str
    label: str
    text: str
    is_missing: bool = False
    reveal: str = ""
    pending: object = None
    hint: str = ""
    hint_tone: str = ""
    kyc: bool = False


@dataclass
class Section:
    key: str
    label: str
    rows: list[Row] = field(default_factory=list)


@dataclass
class PartRow:
    pk: int
    text: str
    reveals: list[tuple[str, str]]
    url: str = ""
    pending: object = None


@dataclass
class PartSection:
    key: str
    label: str
    rows: list[PartRow]


def archive_sections(customer: Customer, *, user, pending: dict, today: date) -> list[Section]:
    """Sections of the catalogue's fields; `pending` is {key: change item} of open requests."""
    found: dict[str, Section] = {}
    for f in CUSTOMER_FIELDS.of_kind(customer.kind):
        if f.key not in EDITABLE or f.section == FILE:
            continue
        row = _row(customer, f, user, pending, today)
        if row is not None:
            found.setdefault(f.section, Section(f.section, str(SECTIONS[f.section]))).rows.append(row)
    return list(found.values())


def _row(customer, f, user, pending, today) -> Row | None:
    text = read(customer, f.key)
    blank = is_blank(text)
    counted = f.key in customer.missing_keys
    if blank and not counted and not f.weight and f.key not in pending:
        return None
    if f.key == "id_valid_until" and customer.id_permanent:
        blank, text = False, ""
    row = Row(
        key=f.key,
        label=str(f.label),
        text=present(f, text, user=user, customer=customer),
        is_missing=blank and bool(f.weight),
        reveal=f.key if text and may_reveal(user, customer, f) else "",
        pending=pending.get(f.key),
        kyc=f.kyc,
    )
    if f.key == "id_valid_until":
        row.text = row.text or (_("valid for good") if customer.id_permanent else "")
        row.hint, row.hint_tone = expiry_hint(None if customer.id_permanent else customer.id_valid_until, today)
    return row


def expiry_hint(until: date | None, today: date) -> tuple[str, str]:
    """Words and tone for a document's last day: warned of from 90 days before."""
    if until is None:
        return "", ""
    days = (until - today).days
    if days < 0:
        return _("expired %(n)s days ago") % {"n": -days}, "late"
    if days <= 90:
        return _("expires in %(n)s days") % {"n": days}, "warn"
    return "", ""


def gaps(customer: Customer) -> list[SimpleNamespace]:
    """Missing fields, heaviest first, with the percent that filling each gains."""
    total = total_weight(customer.kind)
    return [
        SimpleNamespace(key=key, label=str(label_of(key)), gain=round(weight_of(key) * 100 / total), part=part_of(key))
        for key in customer.missing_keys
    ]


def part_of(key: str) -> str:
    """The part a missing person or owner is added to; '' for a field."""
    if key.startswith("person:"):
        return "relatedperson"
    return "beneficialowner" if key == "owner" else ""


def facts(customer: Customer, today: date) -> list[str]:
    """Sex and age of a person, industry of a company, for the line under the name."""
    if not customer.is_personal:
        return [customer.get_industry_display()] if customer.industry else []
    found = [customer.get_sex_display()] if customer.sex in ("1", "2") else []
    if customer.birth_date:
        found.append(_("%(n)s years old") % {"n": age(customer.birth_date, today)})
    return [str(f) for f in found]


def part_sections(customer: Customer, *, user, pending: dict) -> list[PartSection]:
    """Documents, contact points, addresses, people, owners, preferences; relations come from both sides.

    What an archive of another branch says of the relation stays there: only the role is told.
    """
    sections = []
    for part, label in PART_LABELS.items():
        if part == "relation" or not _fits(part, customer):
            continue
        rows = getattr(customer, f"{part}_rows").filter(is_removed=False)
        shown_rows = [_part_row(part, row, user, customer, pending) for row in rows]
        sections.append(PartSection(part, str(label), shown_rows))
    sections.append(PartSection("relation", str(PART_LABELS["relation"]), list(_relations(customer, user, pending))))
    return sections


def _fits(part: str, customer: Customer) -> bool:
    return customer.kind in PART_FIELDS[part].fields[0].kinds


def _part_row(part, row, user, customer, pending) -> PartRow:
    values = read_row(part, row)
    reveals = [
        (f"{part}:{row.pk}:{f.key}", str(f.label))
        for f in PART_FIELDS[part].fields
        if values.get(f.key) and may_reveal(user, customer, f)
    ]
    return PartRow(
        row.pk, row_summary(part, values, user=user, customer=customer), reveals, pending=pending.get((part, row.pk))
    )


def _relations(customer: Customer, user, pending):
    visible = set(
        Customer.objects.visible_to(user)
        .filter(
            pk__in=[
                *customer.relation_rows.values_list("other", flat=True),
                *customer.relation_back_rows.values_list("customer", flat=True),
            ]
        )
        .values_list("pk", flat=True)
    )
    role = PART_FIELDS["relation"]["role"]
    for row in customer.relation_rows.filter(is_removed=False, other__life="active").select_related("other"):
        yield _relation(row, row.other, shown(role, row.role), row.note, visible, user, pending)
    for row in customer.relation_back_rows.filter(is_removed=False, customer__life="active").select_related("customer"):
        note = row.note if row.customer_id in visible else ""
        yield _relation(row, row.customer, shown(role, codes.OPPOSITE_ROLE[row.role]), note, visible, user, pending)


def _relation(row, other: Customer, role: str, note: str, visible: set[int], user, pending) -> PartRow:
    name = name_for(user, other) if other.pk in visible else _("customer of another branch")
    text = " · ".join(piece for piece in (role, name, note) if piece)
    return PartRow(
        row.pk, text, [], url=other.number if other.pk in visible else "", pending=pending.get(("relation", row.pk))
    )
