"""A calendar month, in addresses as 2026-11."""

from dataclasses import dataclass
from datetime import date, timedelta

from crm.lib.dates import add_months


@dataclass(frozen=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """From '2026-11'."""
        year, number = text.split("-")
        return cls(int(year), int(number))

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return add_months(self.first, 1) - timedelta(days=1)

    @property
    def next(self) -> "Month":
        return Month.of(add_months(self.first, 1))

    @property
    def previous(self) -> "Month":
        return Month.of(add_months(self.first, -1))

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"


class MonthConverter:
    regex = "20[0-9]{2}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> Month:
        return Month.parse(value)

    def to_url(self, value) -> str:
        return str(value)


class DayConverter:
    regex = "20[0-9]{2}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)  # ValueError: no such address

    def to_url(self, value) -> str:
        return str(value)
