"""Values of the archive as canonical text: what change items, diffs and history compare.

'' is empty, dates are ISO, flags '1' or '', money '123.45', choices their code. Parts are dictionaries of such texts.
"""

from datetime import date
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from archives.customers import codes
from archives.customers.checking import (
    CLEANERS,
    check_choice,
    check_contact,
    check_document_number,
    fill_from_id,
    orders,
)
from archives.customers.fields import CUSTOMER_FIELDS, PART_FIELDS
from crm.lib.blanks import INVISIBLE
from crm.privacy.catalogue import Field

NULLABLE = {"uscc"}
LONGEST = 10_000  # beyond every field: the checks refuse it by length
NEVER_EMPTY = ("status", "source")


def read(customer, key: str) -> str:
    """Canonical text of a column of `customer`."""
    return _to_text(getattr(customer, _attribute(key)))


def write(customer, key: str, text: str) -> None:
    """Set a column of `customer` from canonical text; nothing is saved."""
    setattr(customer, _attribute(key), _from_text(CUSTOMER_FIELDS[key], text))


def _attribute(key: str) -> str:
    return f"{key}_id" if key in ("branch", "manager", "assistant") else key


def _to_text(value) -> str:
    if value is None or value is False or value == "":
        return ""
    if value is True:
        return "1"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return str(value)


def _from_text(field: Field, text: str):
    if field.kind == "date":
        return parse_date(text) if text else None
    if field.kind == "flag":
        return text == "1"
    if field.kind in ("money", "percent"):
        return Decimal(text) if text else None
    if field.kind == "number":
        return int(text) if text else None
    if field.key in NULLABLE:
        return text or None
    return text


def clean(field: Field, text: str, *, kind: str, today: date) -> str:
    """Canonical text of what somebody typed into `field` of a customer of `kind`; '' for nothing.

    Raise ValidationError saying what is wrong and what to do. Words that only look like a value are refused.
    """
    if text is None:
        return ""
    text = str(text)
    if len(text) < LONGEST:
        text = INVISIBLE.sub("", text)  # direction marks come along when a number is pasted from a chat
    if field.choices is not None:
        return check_choice(field, text, kind)
    return CLEANERS.get(field.kind, CLEANERS["text"])(field, text, today)


def shown(field: Field, text: str) -> str:
    """What people read: the label of a code, yes for a flag, grouped money."""
    if not text:
        return ""
    if field.choices is not None:
        return str(dict(field.choices.choices).get(text, text))
    if field.kind == "flag":
        return _("yes")
    if field.kind == "money":
        try:
            return f"{Decimal(text):,.2f}"
        except InvalidOperation:
            return text
    return text


def read_row(part: str, row) -> dict[str, str]:
    """Canonical texts of a row of a part; relations name the other customer by number."""
    values = {}
    for field in PART_FIELDS[part].fields:
        value = getattr(row, field.key)
        values[field.key] = value.number if field.kind == "customer" else _to_text(value)
    return values


def write_row(row, part: str, values: dict[str, str], *, other=None) -> None:
    """Set the columns of `row`; `other` is the customer a relation points to."""
    for field in PART_FIELDS[part].fields:
        if field.kind == "customer":
            row.other = other
        elif field.key in values:
            setattr(row, field.key, _from_text(field, values[field.key]))


REQUIRED = {
    "identitydocument": ("kind", "number"),
    "contactpoint": ("kind", "value"),
    "address": ("kind", "text"),
    "relatedperson": ("role", "name"),
    "beneficialowner": ("name", "right"),
    "preference": ("kind", "value", "source", "noted_on"),
    "relation": ("other", "role"),
}


def clean_row(part: str, values: dict[str, str], *, kind: str, today: date) -> dict[str, str]:
    """Canonical texts of a whole row; raise ValidationError({field: message})."""
    cleaned, errors = {}, {}
    for field in PART_FIELDS[part].fields:
        try:
            cleaned[field.key] = clean(field, values.get(field.key, ""), kind=kind, today=today)
        except ValidationError as error:
            errors[field.key] = error.messages
    for key in REQUIRED[part]:
        if not cleaned.get(key) and key not in errors:
            errors[key] = [_("Fill in this field.")]
    if not errors:
        errors |= _row_together(part, cleaned, today)
    if errors:
        raise ValidationError(errors)
    return cleaned


def _row_together(part: str, row: dict[str, str], today: date) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    number_key, kind_key = ("number", "kind") if part == "identitydocument" else ("id_number", "id_kind")
    try:
        if row.get(number_key):
            row[number_key] = check_document_number(
                row.get(kind_key) or codes.Document.OTHER, row[number_key], today=today
            )
        if part == "contactpoint":
            row["value"] = check_contact(row["kind"], row["value"])
    except ValidationError as error:
        errors["value" if part == "contactpoint" else number_key] = error.messages
    if row.get("valid_from") and row.get("valid_until") and row["valid_from"] > row["valid_until"]:
        errors["valid_until"] = [_("The last day lies before the first: check both dates.")]
    if row.get("noted_on", "") > today.isoformat():
        errors["noted_on"] = [_("%(what)s lies in the future.") % {"what": PART_FIELDS[part]["noted_on"].label}]
    return errors


def check_together(
    values: dict[str, str], *, kind: str, today: date, touched: set[str] | None = None
) -> dict[str, str]:
    """Check fields against each other; returns `values` with what the document number tells filled in.

    `touched` are the keys somebody changed (None: all): an old 15-digit number nobody touches
    stands. Birth date and sex come from a resident ID where they are empty. Raise ValidationError({field: message}).
    """
    values = dict(values)
    errors = orders(values, kind=kind, today=today)
    errors |= {key: [_("Fill in this field.")] for key in NEVER_EMPTY if key in (touched or ()) and not values.get(key)}
    looked_at = touched is None or touched & {"id_number", "id_kind", "birth_date", "sex"}
    if kind == codes.Kind.PERSONAL and values.get("id_number") and looked_at:
        try:
            fill_from_id(values, today=today)
        except ValidationError as error:
            errors["id_number"] = error.messages
    if errors:
        raise ValidationError(errors)
    return values
