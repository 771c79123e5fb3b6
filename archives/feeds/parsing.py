"""One row of a feed file to plain values; what cannot be read is refused with column and reason."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.values import check_together, clean
from archives.feeds.profiles import Profile
from crm.lib.blanks import is_blank
from crm.lib.money import to_cents

LARGEST = 10**16
ROUNDED = re.compile(r"\d+(\.\d+)?[eE]\+?\d+|\d+\.0+")
AMOUNT = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
SHOWN = 4


def quoted(text: str) -> str:
    """A cell as a reason may show it: short codes as they are, else its shape ('9' digit, 'a' letter, '字').

    Where columns have shifted, any cell may hold a name or an ID number; reasons stand on a page.
    """
    if (len(text) <= SHOWN and text.isascii()) or len(text) == 1:
        return text
    return "".join(_shape(ch) for ch in text[:20])


def _shape(ch: str) -> str:
    if ch.isdigit():
        return "9"
    if ch.isalpha():
        return "a" if ch.isascii() else "字"
    return ch


class BadValue(ValueError):
    """A cell that cannot be loaded: `column` as the file names it."""

    def __init__(self, column: str, reason: str):
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass(frozen=True)
class CustomerRow:
    key: str
    kind: str
    district: str
    opened_on: date | None
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HolderRow:
    account: str
    customer: str
    is_owner: bool


@dataclass(frozen=True)
class AccountRow:
    key: str
    customer: str
    kind: str
    product: str
    currency: str
    opened_on: date
    closed_on: date | None
    rate: Decimal | None
    matures_on: date | None
    stated_cents: int | None
    opening_cents: int


@dataclass(frozen=True)
class PostingRow:
    key: str
    account: str
    day: date
    cents: int
    code: str
    memo: str
    stated_cents: int | None
    reverses: str


@dataclass(frozen=True)
class RateRow:
    day: date
    currency: str
    rate: Decimal


class Reader:
    """Reads rows of one role of a profile; `today` bounds dates."""

    def __init__(self, profile: Profile, role: str, today: date):
        self.profile, self.section, self.today = profile, profile.roles[role], today
        self.read = getattr(self, role)

    def text(self, row: dict, key: str, length: int = 100) -> str:
        column = self.section.get(key)
        if not column:
            return ""
        if column not in row:
            raise BadValue(column, _("The file has no column of this name."))
        return row[column].strip()[:length]

    def key(self, row: dict, key: str, *, longest: int = 40, required: bool = True) -> str:
        value = self.text(row, key, 200)
        if not value:
            if not required:
                return ""
            raise BadValue(self.section[key], _("The key is empty."))
        if ROUNDED.fullmatch(value):
            raise BadValue(self.section[key], _("A spreadsheet has rounded this number: export it as text."))
        if len(value) > longest:
            raise BadValue(
                self.section[key], _("The key is longer than %(longest)s characters.") % {"longest": longest}
            )
        return value

    def customer_key(self, row: dict, key: str) -> str:
        """It stands behind the source's name in a column of 40 characters."""
        return self.key(row, key, longest=39 - len(self.profile.source))

    def day(self, row: dict, key: str, *, required: bool = False) -> date | None:
        text = self.text(row, key)
        if not text and not required:
            return None
        try:
            day = datetime.strptime(text, self.profile.date).date()  # noqa: DTZ007
        except ValueError as error:
            raise BadValue(
                self.section[key],
                _("“%(text)s” is not a date of the form %(form)s.") % {"text": quoted(text), "form": self.profile.date},
            ) from error
        return self._last_century(day) if day.year > self.today.year + 60 else day

    def past_day(self, row: dict, key: str) -> date:
        """A day up to today; a year of two digits that would lie ahead is of the last century."""
        day = self.day(row, key, required=True)
        if day and day > self.today and "%y" in self.profile.date:
            day = self._last_century(day)
        if day is None or day > self.today:
            raise BadValue(self.section[key], _("%(day)s lies in the future.") % {"day": day})
        return day

    @staticmethod
    def _last_century(day: date) -> date:
        return (
            day.replace(year=day.year - 100, day=28)
            if (day.month, day.day) == (2, 29)
            else day.replace(year=day.year - 100)
        )

    def amount(self, row: dict, key: str) -> int | None:
        """Cents. A comma only groups thousands: '1,5' is refused, not read as fifteen."""
        text = self.text(row, key)
        if not text:
            return None
        try:
            if not AMOUNT.fullmatch(text):
                raise ValueError
            cents = to_cents(Decimal(text.replace(",", "")))
        except (InvalidOperation, ValueError, OverflowError) as error:
            raise BadValue(
                self.section[key], _("“%(text)s” is not an amount with at most two decimals.") % {"text": quoted(text)}
            ) from error
        if abs(cents) > LARGEST:
            raise BadValue(self.section[key], _("The amount is too large to be right."))
        return cents

    def coded(self, row: dict, column_key: str, codes_key: str, fallback: str) -> str:
        if column_key not in self.section:
            return self.section.get(fallback, "")
        text = self.text(row, column_key)
        codes = self.section[codes_key]
        if text not in codes:
            raise BadValue(
                self.section[column_key], _("“%(text)s” is no code of the profile.") % {"text": quoted(text)}
            )
        return codes[text]

    def currency(self, row: dict, key: str) -> str:
        text = self.text(row, key) or self.profile.currency
        code = self.section.get("currencies", {}).get(text, text).upper()
        if not re.fullmatch(r"[A-Z]{3}", code):
            raise BadValue(
                self.section[key], _("“%(text)s” is no currency code of three letters.") % {"text": quoted(text)}
            )
        return code

    def customers(self, row: dict) -> CustomerRow:
        kind = self.coded(row, "kind_column", "kinds", "kind") or "P"
        values = self._values(row, kind)
        opened = self.past_day(row, "opened_on") if "opened_on" in self.section else None
        return CustomerRow(self.customer_key(row, "key"), kind, self.text(row, "district"), opened, values)

    def _values(self, row: dict, kind: str) -> dict[str, str]:
        values = {}
        for key, column in self.section.get("fields", {}).items():
            if column not in row:
                raise BadValue(column, _("The file has no column of this name."))
            text = row[column].strip()
            text = self.section.get("codes", {}).get(key, {}).get(text, text)
            f = CUSTOMER_FIELDS[key]
            if is_blank(text) or kind not in f.kinds:
                continue
            if f.kind == "id_number" and ROUNDED.fullmatch(text):
                raise BadValue(column, _("A spreadsheet has rounded this number: export it as text."))
            try:
                values[key] = clean(f, text, kind=kind, today=self.today)
            except ValidationError as error:
                raise BadValue(column, error.messages[0]) from error
        values |= self._birth(row)
        try:
            return {k: v for k, v in check_together(values, kind=kind, today=self.today).items() if v}
        except ValidationError as error:
            key, messages = next(iter(error.message_dict.items()))
            raise BadValue(self.section.get("fields", {}).get(key, key), messages[0]) from error

    def _birth(self, row: dict) -> dict[str, str]:
        """Czech birth number: YYMMDD, the month of women plus 50, born in the 1900s."""
        text = self.text(row, "birth_number")
        if not text:
            return {}
        if not re.fullmatch(r"\d{6}", text):
            raise BadValue(self.section["birth_number"], _("A birth number has six digits."))
        month = int(text[2:4])
        try:
            born = date(1900 + int(text[:2]), month - 50 if month > 50 else month, int(text[4:]))
        except ValueError as error:
            raise BadValue(self.section["birth_number"], _("The birth number holds no date.")) from error
        return {"birth_date": born.isoformat(), "sex": "2" if month > 50 else "1"}

    def holders(self, row: dict) -> HolderRow:
        is_owner = self.text(row, "role") in self.section["owner"]
        return HolderRow(self.key(row, "account"), self.customer_key(row, "customer"), is_owner)

    def accounts(self, row: dict) -> AccountRow:
        opened, closed = self.past_day(row, "opened_on"), self.day(row, "closed_on")
        if closed and closed < opened:
            raise BadValue(self.section["closed_on"], _("The account closes before it opens."))
        return AccountRow(
            key=self.key(row, "key"),
            customer=self.customer_key(row, "customer") if "customer" in self.section else "",
            kind=self.coded(row, "kind_column", "kinds", "kind") or "current",
            product=self.text(row, "product", 60),
            currency=self.currency(row, "currency_column"),
            opened_on=opened,
            closed_on=closed,
            rate=self._rate(row, "rate", below=1_000, places=4),
            matures_on=self.day(row, "matures_on"),
            stated_cents=self.amount(row, "stated"),
            opening_cents=self.amount(row, "opening") or 0,
        )

    def postings(self, row: dict) -> PostingRow:
        cents = self.amount(row, "amount")
        if cents is None:
            raise BadValue(self.section["amount"], _("The amount is empty."))
        return PostingRow(
            key=self.key(row, "key"),
            account=self.key(row, "account"),
            day=self.past_day(row, "day"),
            cents=self._signed(row, cents),
            code=self.text(row, "code", 20),
            memo=self.text(row, "memo", 100),
            stated_cents=self.amount(row, "stated"),
            reverses=self.key(row, "reverses", required=False),
        )

    def _signed(self, row: dict, cents: int) -> int:
        if "sign" not in self.section:
            return cents
        sign = self.text(row, "sign")
        if sign in self.section["credit"]:
            return cents
        if sign in self.section["debit"]:
            return -cents
        raise BadValue(
            self.section["sign"], _("“%(text)s” is neither credit nor debit in the profile.") % {"text": quoted(sign)}
        )

    def rates(self, row: dict) -> RateRow:
        rate = self._rate(row, "rate", below=1_000_000, places=6)
        if not rate:
            raise BadValue(self.section["rate"], _("The rate is empty."))
        return RateRow(self.past_day(row, "day"), self.currency(row, "currency"), rate)

    def _rate(self, row: dict, key: str, *, below: int, places: int) -> Decimal | None:
        text = self.text(row, key)
        if not text:
            return None
        if not re.fullmatch(r"\d+(\.\d+)?", text) or Decimal(text) >= below:
            raise BadValue(self.section[key], _("“%(text)s” is not a rate.") % {"text": quoted(text)})
        return round(Decimal(text), places)
