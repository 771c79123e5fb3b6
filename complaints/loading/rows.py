"""One row of a file as the values of a case; what is wrong with it names the column."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from complaints.cases.codes import Source, State
from complaints.loading.profiles import Profile
from crm.lib.dates import SHANGHAI

EARLIEST = date(1990, 1, 1)


class BadRow(ValueError):
    """A row to refuse."""

    def __init__(self, column: str, reason: str):
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass(frozen=True)
class Row:
    """Values of a case; `business` and `cause` are keys of categories, empty where the profile knows none."""

    key: str
    received: date
    closed: date | None
    state: str
    source: str
    business: str
    cause: str
    product: str
    facts: str
    outcome: str
    in_time: bool | None
    is_unsatisfied: bool


def read_row(profile: Profile, cells: dict[str, str], today: date) -> Row:
    """Raise BadRow with the column and what is wrong."""
    columns = profile.columns

    def cell(name: str) -> str:
        return cells.get(columns[name], "").strip() if name in columns else ""

    key = cell("key")
    if not key or len(key) > 40:
        raise BadRow(columns["key"], _("The number is missing or longer than 40 characters."))
    received = _day(profile, columns["received"], cell("received"), today)
    outcome = cell("outcome")
    is_open = outcome in profile.open_outcomes
    closed = _day(profile, columns["closed"], cell("closed"), today) if cell("closed") else received
    if closed < received:
        raise BadRow(columns.get("closed", ""), _("It ended before it was received."))
    late = cell("timely") in profile.late
    facts = " · ".join(text for name in columns["facts"] if (text := cells.get(name, "").strip()))
    if not facts:
        raise BadRow(columns["facts"][0], _("The row does not say what happened."))
    return Row(
        key=key,
        received=received,
        closed=None if is_open else closed,
        state=State.ACCEPTED if is_open else State.CLOSED,
        source=profile.intake.get(cell("intake"), Source.ONLINE),
        business=profile.business.get(cell("business"), ""),
        cause=profile.cause.get(cell("cause"), ""),
        product=cell("product")[:80],
        facts=facts[:4000],
        outcome=outcome[:60],
        in_time=False if late else None if is_open else True,
        is_unsatisfied=cell("disputed") in profile.unsatisfied,
    )


def _day(profile: Profile, column: str, text: str, today: date) -> date:
    try:
        found = datetime.strptime(text, profile.date).date()  # noqa: DTZ007 (a day, no moment)
    except ValueError:
        raise BadRow(column, _("“%(text)s” is not a date.") % {"text": text[:40]}) from None
    if not EARLIEST <= found <= today:
        raise BadRow(column, _("The date %(day)s lies outside what can be.") % {"day": found})
    return found


def at_noon(day: date) -> datetime:
    """A file that knows days only: noon of the bank's day."""
    return datetime.combine(day, time(12), SHANGHAI)
