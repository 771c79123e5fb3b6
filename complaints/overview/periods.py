"""The days that figures speak of: month, quarter, year, or from one day to another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from crm.lib.dates import Quarter, add_months


@dataclass(frozen=True)
class Span:
    """From `first` to `last`, both counted; `label` as people write it."""

    first: date
    last: date
    label: str

    @classmethod
    def parse(cls, text: str) -> "Span":
        """2026-11, 2026Q4 or 2026; raise ValueError otherwise."""
        if "Q" in text.upper():
            quarter = Quarter.parse(text)
            return cls(quarter.first, quarter.last, str(quarter))
        if not text.isascii() or not text.replace("-", "").isdigit():
            raise ValueError(f"{text!r} is no period")
        if len(text) == 4 and 1990 <= int(text) <= 2200:
            return cls(date(int(text), 1, 1), date(int(text), 12, 31), text)
        if len(text) != 7:
            raise ValueError(f"{text!r} is no period")
        first = date.fromisoformat(f"{text}-01")
        return cls(first, add_months(first, 1) - timedelta(days=1), text)

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> "Span":
        """`first` and `last` of `query`, else its `period`, else the running year."""
        try:
            first, last = (date.fromisoformat(query.get(name, "")) for name in ("first", "last"))
        except ValueError:
            first = last = date.min
        if date(1990, 1, 1) <= first <= last <= date(2200, 12, 31):
            return cls(first, last, f"{first} – {last}")
        try:
            return cls.parse(query.get("period", "")[:8])
        except ValueError:
            return cls.parse(str(today.year))

    @property
    def year_before(self) -> "Span":
        first, last = add_months(self.first, -12), add_months(self.last + timedelta(days=1), -12) - timedelta(days=1)
        label = f"{int(self.label[:4]) - 1}{self.label[4:]}" if len(self.label) <= 7 else f"{first} – {last}"
        return Span(first, last, label)

    def months(self) -> list["Span"]:
        """The calendar months that the span touches, cut to it; the last 24 of a longer one."""
        found, first = [], self.first.replace(day=1)
        while first <= self.last:
            following = add_months(first, 1)
            found.append(Span(max(first, self.first), min(following - timedelta(days=1), self.last), f"{first:%Y-%m}"))
            first = following
        return found[-24:]


def offered(today: date) -> list[str]:
    """Periods that a page offers: this and the last month, quarter, and three years."""
    quarter, month = Quarter.of(today), today.replace(day=1)
    years = [str(today.year - back) for back in range(3)]
    return [f"{month:%Y-%m}", f"{add_months(month, -1):%Y-%m}", str(quarter), str(quarter.previous), *years]
