"""What a customer-analysis meeting shows, on the page and on paper: as frozen once it is closed, as it stands before."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from archives.classification.access import reaches
from archives.classification.flows import class_name, deviation, matrices, total_deviation, verdict_counts
from archives.classification.labels import rank_css
from archives.classification.models import Verdict
from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.reviews.models import Meeting
from archives.reviews.paper import masked
from archives.reviews.quarterly import figures_of, unit_of
from crm.lib.paper import file_paper
from crm.lib.refusals import Refused


@dataclass(frozen=True)
class Line:
    """A customer who moves, or whom people put elsewhere. `reader_sees`: a link leads to the archive."""

    number: str
    name: str
    reader_sees: bool
    kind: str
    old: str
    old_css: str
    proposed: str
    final: str
    final_css: str
    verdict: str
    average_cents: int
    closing_cents: int
    deviation: float | None
    below: int


@dataclass(frozen=True)
class Decided:
    """An override that stands."""

    number: str
    name: str
    class_name: str
    reason: str
    until: date
    proposed_by: str
    approver: str


def shown(meeting: Meeting, *, user=None, at_most: int | None = None) -> dict[str, Any]:
    """Figures, lines and overrides; names as `user` may read them, masked for paper (no user)."""
    unit = unit_of(meeting)
    if meeting.is_open:
        limit = {} if at_most is None else {"at_most": at_most}
        figures = figures_of(meeting, unit, **limit) if unit else {}
    else:
        figures = meeting.frozen
    counts = figures.get("counts", [])
    lines = figures.get("lines", [])[:at_most]
    overrides = figures.get("overrides", [])
    names = _names({row["number"] for row in [*lines, *overrides]}, user)
    levels = [tuple(level) for level in figures.get("levels", [])]
    return {
        "meeting": meeting,
        "unit": unit,
        "matrices": matrices(counts, levels, unit=meeting.branch.code),
        "verdicts": verdict_counts(counts),
        "total": sum(row["n"] for row in counts),
        "moved": figures.get("moved", 0),
        "deviation": total_deviation(counts),
        "scheme": figures.get("scheme"),
        "lines": [_line(row, names) for row in lines],
        "more": figures.get("moved", 0) - len(lines),
        "overrides": [_decided(row, names) for row in overrides],
        "effective_on": date.fromisoformat(figures["effective_on"]) if "effective_on" in figures else None,
    }


def _names(numbers: set[str], user) -> dict[str, tuple[str, bool]]:
    """{number: (name, the reader sees the archive)}; no name of an archive that is hidden, purged or out of scope."""
    rows = Customer.objects.filter(number__in=numbers).select_related("branch").only("number", "name", "kind", "life", "branch__path")  # fmt: skip
    if user is None:
        return {row.number: (masked(row), False) for row in rows}
    return {row.number: (name_for(user, row), True) for row in rows if reaches(user, row.branch)}


def _line(row: dict, names: dict) -> Line:
    name, sees = names.get(row["number"], ("", False))
    return Line(
        row["number"],
        name,
        sees,
        row["kind"],
        class_name(row["old"]),
        rank_css(row["old"]),
        class_name(row["proposed"]),
        class_name(row["final"]),
        rank_css(row["final"]),
        str(Verdict(row["verdict"]).label),
        row["average"],
        row["closing"],
        deviation(row["closing"], row["month"]),
        row["below"],
    )


def _decided(row: dict, names: dict) -> Decided:
    return Decided(
        row["number"],
        names.get(row["number"], ("", False))[0],
        class_name(row["code"]),
        row["reason"],
        date.fromisoformat(row["until"]),
        row["proposed_by"],
        row["approver"],
    )


def paper_of(meeting: Meeting) -> dict[str, Any]:
    """The minutes on A4: names of customers masked, names of people as they were at the closing."""
    names = meeting.frozen.get("people", {})

    def called(person) -> str:
        return names.get(str(person.pk), person.name) if person else ""

    rows = list(meeting.attendances.select_related("person"))
    return shown(meeting) | {
        "host": called(meeting.host),
        "recorder": called(meeting.recorder),
        "present": [called(row.person) for row in rows if row.is_present],
        "absent": [(called(row.person), row.reason) for row in rows if not row.is_present],
        "citations": meeting.citations.select_related("cited_by"),
        "supplements": meeting.supplements.select_related("author"),
    }


def file_quarterly(*, meeting: Meeting, now: datetime) -> Meeting:
    """Make the PDF of a closed meeting and keep it, once. Raise Refused where no PDF can be made here."""
    fresh = Meeting.objects.for_page().get(pk=meeting.pk)
    if fresh.is_open:
        raise Refused(_("Minutes are filed when the meeting is closed."))
    file_paper(owner=fresh, template="archives/reviews/quarterly_print.html", context=lambda: paper_of(fresh), now=now)
    return fresh


def run_filing(*, period: str, run, now: datetime) -> None:
    """The ledger's job for one meeting: `period` is its number."""
    file_quarterly(meeting=Meeting.objects.get(number=period), now=now)
