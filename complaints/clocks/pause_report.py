"""How often and how long limits stood still, by outlet: a pause is for an examination outside the bank, not for time."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from complaints.clocks.models import Pause
from complaints.clocks.rules import last_day
from crm.lib.dates import SHANGHAI

SHOWN = 200
LONG_DAYS = 30  # one pause longer than this is shown in red


@dataclass
class Outlet:
    name: str
    asked: int = 0
    granted: int = 0
    refused: int = 0
    standing: int = 0
    days: int = 0
    longest: int = 0
    reasons: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def is_long(self) -> bool:
        return self.longest > LONG_DAYS

    @property
    def reason_words(self) -> list[tuple[str, int]]:
        return [(str(Pause.Reason(key).label), n) for key, n in sorted(self.reasons.items())]


def report_of(user, *, first: date, last: date, now: datetime) -> dict:
    """Pauses asked for in the days, of the cases `user` sees; every figure is a count of the rows below."""
    begin, end = datetime.combine(first, time(0), SHANGHAI), datetime.combine(last + timedelta(1), time(0), SHANGHAI)
    rows = list(
        Pause.objects.visible_to(user)
        .asked_in(begin, end)
        .select_related("case__respondent", "asked_by", "decided_by")
        .order_by("-asked_at", "-pk")
    )
    outlets: dict[int, Outlet] = {}
    shown = []
    for row in rows:
        days = days_of(row, now)
        outlet = outlets.setdefault(row.case.respondent_id, Outlet(row.case.respondent.name))
        _count(outlet, row, days)
        shown.append((row, days))
    ordered = sorted(outlets.values(), key=lambda outlet: (-outlet.days, outlet.name))
    return {"outlets": ordered, "rows": shown[:SHOWN], "total": len(rows), "long": LONG_DAYS}


def days_of(pause: Pause, now: datetime) -> int:
    """Natural days it took out of the limits; one that stands counts up to now."""
    if pause.started_at is None:
        return 0
    return (last_day(pause.ended_at or now) - last_day(pause.started_at)).days


def _count(outlet: Outlet, row: Pause, days: int) -> None:
    outlet.asked += 1
    outlet.granted += row.granted is True
    outlet.refused += row.granted is False
    outlet.standing += bool(row.granted and row.ended_at is None)
    outlet.days += days
    outlet.longest = max(outlet.longest, days)
    outlet.reasons[row.reason] += 1
