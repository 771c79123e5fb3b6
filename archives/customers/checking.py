"""What a banker would refuse: one function a kind of field, and checks across fields."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from archives.customers import codes
from archives.customers.fields import PART_FIELDS
from crm.lib.blanks import clean_text, is_blank
from crm.lib.identifiers import (
    IdentifierError,
    check_document,
    check_uscc,
    is_legacy_resident_id,
    normalise,
    resident_id_birth_date,
    resident_id_sex,
)
from crm.lib.phones import check_mobile, check_phone
from crm.privacy.catalogue import Field

FROM_ID = ("resident_id", "temporary_id", "household", "hmt_residence")
DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d")
FIRST_DAY = date(1850, 1, 1)
PERSON_DOCUMENT = PART_FIELDS["relatedperson"]["id_kind"]
OWNER_DOCUMENT = PART_FIELDS["beneficialowner"]["id_kind"]


def check_choice(field: Field, text: str, kind: str) -> str:
    code = text.strip()
    if not code:
        return ""
    if code not in field.choices.values:
        raise ValidationError(
            _("%(label)s has no value of this code: choose one of the list.") % {"label": field.label}
        )
    if not document_fits(field, code, kind):
        raise ValidationError(_("This kind of document does not belong to this kind of customer."))
    return code


def document_fits(field: Field, code: str, kind: str) -> bool:
    """Companies have licences, people have cards. Beneficial owners are people; a controller may be a company."""
    if field.choices is not codes.Document or code == codes.Document.OTHER or field is PERSON_DOCUMENT:
        return True
    holder = codes.Kind.PERSONAL if field is OWNER_DOCUMENT else kind
    return (code in codes.CORPORATE_DOCUMENTS) == (holder == codes.Kind.CORPORATE)


def _text(field: Field, text: str, today: date, *, lines: bool = False) -> str:
    try:
        cleaned = clean_text(text, field.max_length, lines=lines)
    except ValueError as error:
        raise ValidationError(
            _("%(label)s takes at most %(n)s characters: shorten it.") % {"label": field.label, "n": field.max_length}
        ) from error
    if cleaned and is_blank(cleaned):
        raise ValidationError(
            _("“%(text)s” says nothing: leave the field empty until the value is known.") % {"text": cleaned[:20]}
        )
    return cleaned


def _long(field: Field, text: str, today: date) -> str:
    return _text(field, text, today, lines=True)


def _name(field: Field, text: str, today: date) -> str:
    name = _text(field, text, today)
    if name and (len(name) < 2 or not any(ch.isalpha() for ch in name)):
        raise ValidationError(_("A name has at least two characters: enter it as on the document."))
    return name


def _address(field: Field, text: str, today: date) -> str:
    address = _text(field, text, today)
    if address and len(address) < 6:
        raise ValidationError(_("An address has at least six characters: begin with city and district."))
    return address


def _region(field: Field, text: str, today: date) -> str:
    region = normalise(text[:50])
    if region and not re.fullmatch(r"[1-9]\d{5}", region):
        raise ValidationError(_("A division code has six digits (GB/T 2260)."))
    return region


def _date(field: Field, text: str, today: date) -> str:
    text = text.strip()[:30]
    if not text or is_blank(text):
        return ""
    for form in DATE_FORMS:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
        if day < FIRST_DAY:
            raise ValidationError(_("%(day)s is too long ago to be right.") % {"day": day})
        return day.isoformat()
    raise ValidationError(_("This is not a date: write it as 2026-11-23."))


def _money(field: Field, text: str, today: date) -> str:
    text = text.strip()[:40].replace(",", "").replace("，", "")
    if not text:
        return ""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValidationError(_("This is not an amount: enter yuan as in 120000.00.")) from error
    if not amount.is_finite() or amount < 0 or amount >= Decimal("1e14"):
        raise ValidationError(_("An amount is zero or more, and below a hundred trillion yuan."))
    return f"{amount.quantize(Decimal('0.01')):.2f}"


def _percent(field: Field, text: str, today: date) -> str:
    cleaned = _money(field, text, today)
    if cleaned and Decimal(cleaned) > 100:
        raise ValidationError(_("A share lies between 0 and 100 %."))
    return cleaned


def _number(field: Field, text: str, today: date) -> str:
    text = text.strip()[:20].replace(",", "")
    if not text:
        return ""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValidationError(_("Enter a whole number."))
    return str(int(text))


def _flag(field: Field, text: str, today: date) -> str:
    return "1" if text.strip().lower() in ("1", "true", "on", "yes") else ""


def _email(field: Field, text: str, today: date) -> str:
    email = _text(field, text, today)
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise ValidationError(_("This is not an e-mail address: it has the form name@example.com.")) from error
    return email


def _identifier(check):
    def run(field: Field, text: str, today: date) -> str:
        cleaned = text.strip()[:200].replace("\0", "")
        if not cleaned:
            return ""
        if is_blank(cleaned):
            raise ValidationError(
                _("“%(text)s” says nothing: leave the field empty until the value is known.") % {"text": cleaned[:20]}
            )
        try:
            return check(cleaned)
        except IdentifierError as error:
            raise ValidationError(error.message, code=error.code) from error

    return run


def _loose_number(text: str) -> str:
    """A document number before its kind is known; `check_together` and `clean_row` look closer."""
    number = normalise(text)
    if not 3 <= len(number) <= 40:
        raise IdentifierError("form", _("A document number has 3 to 40 characters."))
    return number


CLEANERS = {
    "text": _text,
    "long": _long,
    "name": _name,
    "address": _address,
    "region": _region,
    "date": _date,
    "money": _money,
    "percent": _percent,
    "number": _number,
    "flag": _flag,
    "email": _email,
    "mobile": _identifier(check_mobile),
    "phone": _identifier(check_phone),
    "uscc": _identifier(check_uscc),
    "id_number": _identifier(_loose_number),
    "contact": _text,
    "customer": _text,
}


def check_document_number(kind: str, number: str, *, today: date, sex: str = "", birth_date: date | None = None) -> str:
    try:
        return check_document(kind, number, today=today, sex=sex or None, birth_date=birth_date)
    except IdentifierError as error:
        raise ValidationError(error.message, code=error.code) from error


def check_contact(kind: str, value: str) -> str:
    try:
        if kind == codes.ContactKind.MOBILE:
            return check_mobile(value)
        if kind in (codes.ContactKind.HOME, codes.ContactKind.WORK):
            return check_phone(value)
        if kind == codes.ContactKind.EMAIL:
            validate_email(value)
    except IdentifierError as error:
        raise ValidationError(error.message, code=error.code) from error
    return value


def fill_from_id(values: dict[str, str], *, today: date) -> None:
    """Check the document number with birth date and sex; fill these from a resident ID where empty."""
    kind = values.get("id_kind") or codes.Document.OTHER
    number = values["id_number"]
    born = parse_date(values["birth_date"]) if values.get("birth_date") else None
    if is_legacy_resident_id(number) and kind in FROM_ID:
        raise ValidationError(_("15-digit resident IDs are no longer accepted: enter the 18-digit number."))
    values["id_number"] = check_document_number(kind, number, today=today, sex=values.get("sex", ""), birth_date=born)
    if kind in FROM_ID:
        values["birth_date"] = values.get("birth_date") or resident_id_birth_date(number).isoformat()
        values["sex"] = values.get("sex") or resident_id_sex(number)


def orders(values: dict[str, str], *, kind: str, today: date) -> dict[str, list[str]]:
    """Dates that cannot stand so, by field."""
    errors: dict[str, list[str]] = {}
    for key, label in (
        ("birth_date", _("The birth date")),
        ("established_on", _("The day of establishment")),
        ("risk_assessed_on", _("The day of the risk assessment")),
        ("id_valid_from", _("The first day of validity")),
    ):
        if values.get(key) and values[key] > today.isoformat():
            errors[key] = [_("%(what)s lies in the future.") % {"what": label}]
    if (
        values.get("id_valid_from")
        and values.get("id_valid_until")
        and values["id_valid_until"] <= values["id_valid_from"]
    ):
        errors["id_valid_until"] = [_("The document ends before it begins: check both dates.")]
    if values.get("birth_date") and values["birth_date"] < f"{today.year - 150}":
        errors["birth_date"] = [_("Nobody is that old: check the year.")]
    return errors
