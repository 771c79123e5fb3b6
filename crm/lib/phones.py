"""Phone numbers: mainland mobiles and landlines by their own form, others through phonenumbers."""

import re

import phonenumbers
from django.utils.translation import gettext as _

from crm.lib.identifiers import IdentifierError

MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"(0\d{2,3})-?([1-9]\d{6,7})(?:-?(\d{1,6}))?")


def normalise_phone(text: str) -> str:
    """Half-width, without blanks, brackets and the country code of the mainland; a landline keeps its dash."""
    half = "".join(chr(ord(ch) - 0xFEE0) if "\uff01" <= ch <= "\uff5e" else ch for ch in text)
    digits = re.sub(r"[\s()（）·.]", "", half)
    digits = re.sub(r"^(\+|00)86-?", "", digits)
    if MOBILE.fullmatch(digits.replace("-", "")):
        return digits.replace("-", "")
    landline = LANDLINE.fullmatch(digits)
    return "-".join(part for part in landline.groups() if part) if landline else digits


def check_mobile(text: str) -> str:
    """Return the normalised mainland mobile number, or a number from abroad written with +."""
    number = normalise_phone(text)
    if MOBILE.fullmatch(number):
        return number
    if number.startswith("+"):
        return _international(number)
    raise IdentifierError(
        "mobile", _("A mobile number has 11 digits and begins with 13 to 19; a number from abroad begins with +.")
    )


def check_phone(text: str) -> str:
    """Return a normalised mobile, landline with area code, or number from abroad."""
    number = normalise_phone(text)
    if MOBILE.fullmatch(number) or LANDLINE.fullmatch(number) or re.fullmatch(r"(400|800|95|96)\d{3,7}", number):
        return number
    if number.startswith("+"):
        return _international(number)
    raise IdentifierError("phone", _("Enter a mobile number, or a landline with its area code, as in 0571-88001234."))


def _international(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise IdentifierError(
            "abroad", _("This number from abroad cannot be read: write + and the country code first.")
        ) from error
    if not phonenumbers.is_possible_number(parsed):
        raise IdentifierError(
            "abroad", _("This number from abroad cannot be read: write + and the country code first.")
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
