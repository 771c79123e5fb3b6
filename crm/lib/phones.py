"""Phone numbers: mainland mobiles and landlines by their own form, others through phonenumbers."""

import re

import phonenumbers
from django.utils.translation import gettext as _

from crm.lib.identifiers import IdentifierError, half_width

MOBILE = re.compile(r"1[3-9][0-9]{9}")
LANDLINE = re.compile(r"(010|02[0-9]|0[3-9][0-9]{2})-?([2-8][0-9]{6,7})(?:-([0-9]{1,6}))?")  # area, number, extension
SERVICE = re.compile(r"[48]00[0-9]{7}|9[56][0-9]{3,6}")


def normalise_phone(text: str) -> str:
    """The one way to write a number, for storing and comparing: 13800138000, 0571-88001234-801, +85223456789.

    Half-width, without blanks and brackets; the mainland's country code goes, 00 before others becomes +.
    What is no number comes back in some form that the checks refuse.
    """
    digits = re.sub(r"[\s()·.]", "", half_width(text))
    digits = re.sub(r"转|ext|[#*x]", "-", re.sub(r"[—–−-]+", "-", digits), flags=re.IGNORECASE)
    digits = re.sub(r"^00(?=[1-9])", "+", digits)
    if digits.startswith("+86"):
        digits = digits[3:].lstrip("-")
        digits = digits if MOBILE.fullmatch(digits.replace("-", "")) else "0" + digits.removeprefix("0")
    bare = digits.replace("-", "")
    if MOBILE.fullmatch(bare) or SERVICE.fullmatch(bare):
        return bare
    landline = LANDLINE.fullmatch(digits) or re.fullmatch(r"(0[0-9]{2,3})-([2-8][0-9]{2,3})-([0-9]{4})", digits)
    return _joined(*landline.groups()) if landline else bare if digits.startswith("+") else digits


def _joined(area: str, number: str, rest: str | None) -> str:
    """0571-8800-1234 is one number in two halves; 0571-88001234-801 has an extension."""
    return f"{area}-{number}{rest}" if len(number) < 5 else "-".join(part for part in (area, number, rest) if part)


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
    if MOBILE.fullmatch(number) or LANDLINE.fullmatch(number) or SERVICE.fullmatch(number):
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
