"""Identity numbers of people and companies: form, check digit, what they say of the holder.

Resident ID: GB 11643 (MOD 11-2). Credit code: GB 32100-2015, through stdnum. Cards: Luhn.
"""

import re
from datetime import date

from django.utils.translation import gettext as _
from stdnum import luhn
from stdnum.cn import uscc

from crm.lib.dates import add_months

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
OLDEST = 150


class IdentifierError(ValueError):
    """A number that cannot be right; `code` names the fault, the text says what to do."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


def half_width(text: str) -> str:
    """Ａ１＋ -> A1+"""
    return "".join(chr(ord(ch) - 0xFEE0) if "\uff01" <= ch <= "\uff5e" else ch for ch in text)


def normalise(text: str) -> str:
    """Half-width, upper case, without spaces and dashes."""
    return re.sub(r"[\s\-]", "", half_width(text)).upper()


def resident_check_digit(body: str) -> str:
    """Check character of the first 17 digits."""
    return CHECKS[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def is_legacy_resident_id(text: str) -> bool:
    """A 15-digit number of before 1999: kept where it stands, never accepted as new."""
    return bool(re.fullmatch(r"[0-9]{15}", normalise(text)))


def check_resident_id(text: str, *, today: date, sex: str | None = None, birth_date: date | None = None) -> str:
    """Return the normalised number. `sex` '1' or '2' and `birth_date` must agree where given."""
    number = normalise(text)
    if is_legacy_resident_id(number):
        raise IdentifierError("legacy", _("15-digit resident IDs are no longer accepted: enter the 18-digit number."))
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number):
        raise IdentifierError("form", _("A resident ID has 17 digits and a check character: enter all 18 characters."))
    birth = _plausible_birth(number, today)
    if resident_check_digit(number[:17]) != number[17]:
        raise IdentifierError("check", _("The check character does not fit: one digit of the number is wrong."))
    if birth_date is not None and birth_date != birth:
        raise IdentifierError(
            "birth_differs",
            _("The number says born on %(date)s, the birth date field says otherwise.") % {"date": birth.isoformat()},
        )
    if sex in ("1", "2") and resident_id_sex(number) != sex:
        raise IdentifierError("sex_differs", _("The 17th digit and the sex field do not agree."))
    return number


def _plausible_birth(number: str, today: date) -> date:
    birth = _birth_of(number)
    if birth is None:
        raise IdentifierError("birth", _("Digits 7 to 14 are not a date of birth: compare them with the card."))
    if birth > today:
        raise IdentifierError(
            "future", _("The date of birth in the number lies in the future: compare it with the card.")
        )
    if birth < add_months(today, -12 * OLDEST):
        raise IdentifierError(
            "ancient", _("The date of birth in the number is more than 150 years ago: compare it with the card.")
        )
    return birth


def _birth_of(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def resident_id_birth_date(text: str) -> date | None:
    """Date of birth in an 18-digit (or legacy) number, None where it is none."""
    number = normalise(text)
    if is_legacy_resident_id(number):
        number = f"{number[:6]}19{number[6:]}0"
    return _birth_of(number) if re.fullmatch(r"[0-9]{17}[0-9X]", number) else None


def resident_id_sex(text: str) -> str:
    """'1' male, '2' female, by the parity of the sequence; '' where the number is no resident ID."""
    number = normalise(text)
    if not re.fullmatch(r"[0-9]{15}|[0-9]{17}[0-9X]", number):
        return ""
    return "1" if int(number[14] if len(number) == 15 else number[16]) % 2 else "2"


def make_resident_id(division: str, birth: date, sequence: int) -> str:
    """A well-formed number, for invented people."""
    body = f"{division}{birth:%Y%m%d}{sequence % 1000:03d}"
    return body + resident_check_digit(body)


def check_uscc(text: str) -> str:
    """Return the normalised 统一社会信用代码."""
    code = normalise(text)
    if len(code) != 18:
        raise IdentifierError("form", _("A unified social credit code has 18 characters: copy it from the licence."))
    if any(ch not in USCC_ALPHABET for ch in code):
        raise IdentifierError(
            "letters", _("A unified social credit code has no I, O, S, V or Z: compare it with the licence.")
        )
    if not uscc.is_valid(code):
        raise IdentifierError(
            "check", _("The check character of the credit code does not fit: one character is wrong.")
        )
    return code


def make_uscc(prefix: str, index: int) -> str:
    """A well-formed code for an invented company: 8 characters of kind and division, then `index`."""
    organisation = f"{index % 10**8:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(int(d) * w for d, w in zip(organisation, weights, strict=True)) % 11
    body = f"{prefix}{organisation}{'0' if rest == 11 else 'X' if rest == 10 else rest}"
    return body + uscc.calc_check_digit(body)


FORMS = {  # kind: (pattern, what it looks like)
    "military": (r"[\u4e00-\u9fffA-Z]{0,4}字?第?(?=[A-Z]*[0-9])[0-9A-Z]{4,12}号?", "南字第01234567号"),
    "hk_macao": (r"[HM][0-9]{8}([0-9]{2})?", "H12345678"),
    "taiwan": (r"[0-9]{8}([0-9]{2}[A-Z]?)?", "12345678"),
    "passport": (r"(?=[A-Z]*[0-9])[A-Z0-9]{5,15}", "E12345678"),
    "business_licence": (r"[0-9]{13}|[0-9]{15}", "91350100M000100Y43"),
    "institution": (r"[0-9A-Z]{12,17}", "12100000123456788N"),
    "social_organisation": (r"[0-9A-Z]{6,17}", "51100000123456788M"),
    "other": (r"[\u4e00-\u9fff0-9A-Z()（）]{3,40}", "A1234567"),
}


RESIDENT_KINDS = ("resident_id", "temporary_id", "household", "hmt_residence", "foreign_permanent")
BY_CREDIT_CODE = ("business_licence", "institution", "social_organisation")  # since 2015 their number is the code


def check_document(kind: str, text: str, *, today: date, sex: str | None = None, birth_date: date | None = None) -> str:
    """Return the normalised number of a document of `kind` (`customers.codes.Document`)."""
    number = normalise(text)
    if kind == "foreign_permanent" and re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return number
    if kind in RESIDENT_KINDS:
        _check_beginning(kind, number)
        return check_resident_id(number, today=today, sex=sex, birth_date=birth_date)
    if kind in BY_CREDIT_CODE and len(number) == 18:
        return check_uscc(number)
    pattern, example = FORMS.get(kind) or FORMS["other"]
    if not re.fullmatch(pattern, number):
        raise IdentifierError(
            "form",
            _("This does not look like a number of this document; an example: %(example)s.") % {"example": example},
        )
    return number


def _check_beginning(kind: str, number: str) -> None:
    if kind == "hmt_residence" and not re.match(r"8[123]0000", number):
        raise IdentifierError("form", _("A residence permit number begins with 810000, 820000 or 830000."))
    if kind == "foreign_permanent" and not number.startswith("9"):
        raise IdentifierError(
            "form", _("A foreign permanent resident card has 3 letters and 12 digits, or 18 digits beginning with 9.")
        )


def check_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return luhn.is_valid(digits)


def check_card_number(text: str) -> str:
    """A bank card: 16 to 19 digits with a Luhn check digit."""
    number = normalise(text)
    if not re.fullmatch(r"[0-9]{16,19}", number):
        raise IdentifierError("form", _("A card number has 16 to 19 digits."))
    if not check_luhn(number):
        raise IdentifierError("check", _("The check digit of the card number does not fit: one digit is wrong."))
    return number
