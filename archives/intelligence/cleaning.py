"""What an item may say: texts, days, industries and customers as they were typed, made clean or refused by field."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from archives.customers.codes import Industry
from archives.customers.models import Customer
from archives.intelligence.models import Intelligence
from archives.intelligence.rules import LONGEST_YEARS, STALE_MONTHS
from crm.lib.blanks import clean_text, is_blank
from crm.lib.dates import add_months
from crm.lib.refusals import Refused

CUSTOMERS = 50
LIMITS = {"title": 120, "text": 5000, "source": 120}
EARLIEST = date(1990, 1, 1)


def clean_values(
    *, kind: str, title: str, text: str, source: str, source_date: date | None, valid_until: date | None,
    industries: Sequence[str], today: date,
) -> dict:  # fmt: skip
    """The columns of an item. Raise Refused with a message for every field that cannot be right."""
    errors: dict[str, list[str]] = {}
    values: dict[str, Any] = {"kind": kind, "industries": _letters(industries, errors)}
    if kind not in Intelligence.Kind.values:
        errors["kind"] = [_("Choose a kind.")]
    for key, typed in (("title", title), ("text", text), ("source", source)):
        values[key] = _clean(key, typed, errors)
    values["source_date"] = source_date
    values["valid_until"] = valid_until or add_months(today, STALE_MONTHS)
    _check_days(values["source_date"], values["valid_until"], today, errors)
    if errors:
        raise Refused(_("Some values cannot be right: see the fields."), fields=errors)
    return values


def _clean(key: str, typed: str, errors: dict) -> str:
    limit = LIMITS[key]
    try:
        text = clean_text(typed or "", limit, lines=key == "text")
    except ValueError:
        errors[key] = [_("At most %(n)s characters fit here: shorten it.") % {"n": limit}]
        return ""
    if is_blank(text):
        errors[key] = [_("This is needed.")]
    return text


def _letters(industries: Sequence[str], errors: dict) -> str:
    letters = sorted(set(industries))
    if any(letter not in Industry.values for letter in letters):
        errors["industries"] = [_("Choose industries of the list.")]
    return f" {' '.join(letters)} " if letters else ""


def _check_days(source_date: date | None, valid_until: date, today: date, errors: dict) -> None:
    if source_date is None:
        errors["source_date"] = [_("This is needed.")]
    elif source_date > today:
        errors["source_date"] = [_("The source's date lies in the future.")]
    elif source_date < EARLIEST:
        errors["source_date"] = [_("The source's date lies too far back: is the year right?")]
    elif valid_until < source_date:
        errors["valid_until"] = [_("The validity ends before the source's date.")]
    if valid_until > longest(today):
        errors["valid_until"] = [_("At most %(n)s years from today: confirm it again then.") % {"n": LONGEST_YEARS}]


def longest(today: date) -> date:
    """The furthest end of a validity that is taken."""
    return add_months(today, LONGEST_YEARS * 12)


def clean_validity(*, valid_until: date | None, today: date) -> date:
    """The new end of a validity that somebody confirms."""
    if valid_until is None:
        return add_months(today, STALE_MONTHS)
    message = ""
    if valid_until < today:
        message = _("Confirmed until a day that is over: choose a later one, or propose its deletion.")
    elif valid_until > longest(today):
        message = _("At most %(n)s years from today: confirm it again then.") % {"n": LONGEST_YEARS}
    if message:
        raise Refused(message, fields={"valid_until": [message]})
    return valid_until


def clean_customers(numbers: Sequence[str], actor) -> list[Customer]:
    """The customers of `numbers` in the scope of `actor`. Raise Refused that names each wrong number."""
    wanted = list(dict.fromkeys(numbers))
    if len(wanted) > CUSTOMERS:
        _refuse(_("At most %(n)s customers can be linked to an item.") % {"n": CUSTOMERS})
    found = {row.number: row for row in Customer.objects.visible_to(actor).filter(number__in=wanted)}
    wrong = [number[:20] for number in wanted if number not in found]
    if wrong:
        _refuse(_("There is no customer of this number in your scope: %(numbers)s.") % {"numbers": _(", ").join(wrong)})
    return list(found.values())


def _refuse(message: str) -> None:
    raise Refused(message, fields={"customers": [message]})
