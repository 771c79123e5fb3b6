"""Month against month: who was added to the key list, kept or dropped, and how far last month's attention was carried out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from archives.reviews.agenda import previous_of
from archives.reviews.models import AgendaItem, KeyCustomer, Meeting


@dataclass(frozen=True)
class Comparison:
    """Customer numbers in the order of the lists; `period` is the month compared with ("" where there was none)."""

    period: str
    added: list[str]
    kept: list[str]
    dropped: list[str]


@dataclass(frozen=True)
class Following:
    """How one owner carried out last month's list. `rate` is the share done, in percent."""

    owner_id: int
    name: str
    total: int
    done: int
    partly: int
    not_done: int

    @property
    def open(self) -> int:
        return self.total - self.done - self.partly - self.not_done

    @property
    def rate(self) -> int:
        return (self.done * 100 * 2 + self.total) // (self.total * 2) if self.total else 0


def compare(before: Iterable[str], now: Iterable[str], period: str = "") -> Comparison:
    old, new = list(dict.fromkeys(before)), list(dict.fromkeys(now))
    return Comparison(
        period,
        added=[number for number in new if number not in old],
        kept=[number for number in new if number in old],
        dropped=[number for number in old if number not in new],
    )


def numbers_of(meeting: Meeting) -> list[str]:
    """Who is on its list: fixed where it is closed, as decided so far where it is open."""
    if meeting.is_open:
        rows = meeting.items.filter(decision=AgendaItem.Decision.KEY, customer__isnull=False)
        return list(dict.fromkeys(rows.order_by("pk").values_list("customer__number", flat=True)))
    return list(meeting.key_customers.values_list("number", flat=True))


def comparison_of(meeting: Meeting) -> Comparison:
    """A closed meeting tells what it froze."""
    frozen = meeting.frozen.get("compared")
    if frozen and not meeting.is_open:
        return Comparison(**frozen)
    earlier = previous_of(meeting)
    return compare(numbers_of(earlier) if earlier else [], numbers_of(meeting), earlier.period if earlier else "")


def following_of(listed: Meeting) -> list[Following]:
    """Follow-through of a closed meeting's list, by owner."""
    counts: dict[tuple[int, str], Counter] = {}
    for pk, name, result in listed.key_customers.order_by("owner__employee_number").values_list(
        "owner", "owner__name", "result"
    ):
        counts.setdefault((pk, name), Counter())[result] += 1
    of = KeyCustomer.Result
    return [
        Following(pk, name, found.total(), found[of.DONE], found[of.PARTLY], found[of.NOT_DONE])
        for (pk, name), found in counts.items()
    ]
