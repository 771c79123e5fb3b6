"""Days and quarters as the bank counts them, in Asia/Shanghai."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local_day(now: datetime) -> date:
    """The bank's day of an aware moment."""
    return now.astimezone(SHANGHAI).date()


def minute_of(moment: datetime) -> datetime:
    """`moment` without its seconds: people type whole minutes, so the minute in which something came counts."""
    return moment.replace(second=0, microsecond=0)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, clamped to the last of the month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age(birth: date, today: date) -> int:
    """Full years; somebody born on 29 February turns on 1 March in other years (民法典)."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def birthday_in(year: int, birth: date) -> date:
    """The day to congratulate: 29 February is kept on the 28th."""
    return date(year, birth.month, min(birth.day, monthrange(year, birth.month)[1]))


@dataclass(frozen=True, order=True)
class Quarter:
    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """From '1993Q2'; raise ValueError otherwise."""
        match = re.fullmatch(r"([12][0-9]{3})Q([1-4])", text.strip().upper())
        if not match:
            raise ValueError(f"{text!r} is not a quarter: write it as 2026Q3")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month - 1) // 3 + 1)

    @property
    def first(self) -> date:
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> "Quarter":
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"
