"""What the page and the paper of a month show: a cell a day, problems, fair shares, the record."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.duty.checking import GAP, Problem, duties_of, problems_of
from complaints.duty.models import Duty, Post, Roster
from complaints.duty.months import Month
from complaints.duty.rules import HOLIDAYS, WEEKEND, WORKDAY, Hours, Window, days_of, kind_of, open_windows
from complaints.duty.selectors import days_had, earlier_days, hours_of, staff_of
from crm.staff.models import Branch, User

EVENTS_SHOWN = 40


@dataclass
class Cell:
    """One day of the grid; `inside` is False for the days that fill the first and last week."""

    day: date
    inside: bool
    kind: str = WORKDAY
    note: str = ""
    windows: tuple[Window, ...] = ()
    duties: list[Duty] = field(default_factory=list)
    problems: list[tuple[Problem, str]] = field(default_factory=list)
    is_today: bool = False
    is_past: bool = False

    @property
    def is_rest(self) -> bool:
        return self.kind != WORKDAY


def month_of(branch: Branch, month: Month, roster: Roster | None, *, today: date, plans: bool) -> dict:
    """Cells and problems; a draft is shown to those who plan it only."""
    shown = roster is not None and (plans or roster.state == Roster.State.PUBLISHED)
    hours = hours_of(branch, month.first, month.last)
    duties = duties_of(branch, month.first, month.last) if shown else []
    problems = _problems(branch, month, roster, duties, hours, today) if shown else []
    return {
        "weeks": weeks_of(month, hours, duties, problems, today),
        "problems": problems,
        "shown": shown,
        "duties": duties,
        "unknown_year": month.year not in hours.calendar.known_years,
    }


def _problems(branch, month, roster, duties, hours, today) -> list[tuple[Problem, str]]:
    first = max(month.first, today)
    found = problems_of(branch, first, month.last, duties=duties, hours=hours)
    return [(problem, address_of(problem, branch, roster)) for problem in found]


def address_of(problem: Problem, branch: Branch, roster: Roster) -> str:
    """Where the problem is mended: the form that fills the gap, or the duty to change."""
    if problem.kind == GAP and problem.starts and problem.ends:
        query = {"day": problem.day.isoformat(), "post": problem.post, "starts": f"{problem.starts:%H:%M}", "ends": f"{problem.ends:%H:%M}"}  # fmt: skip
        return f"{reverse('duty:place', args=[branch.code, roster.month])}?{urlencode(query)}"
    return reverse("duty:duty", args=[problem.duty])


def weeks_of(month: Month, hours: Hours, duties: Sequence[Duty], problems, today: date) -> list[list[Cell]]:
    """Whole weeks from Monday to Sunday."""
    by_day, wrong = defaultdict(list), defaultdict(list)
    for duty in duties:
        by_day[duty.day].append(duty)
    for problem, address in problems:
        wrong[problem.day].append((problem, address))
    first = month.first - timedelta(days=month.first.weekday())
    last = month.last + timedelta(days=6 - month.last.weekday())
    cells = []
    for day in days_of(first, last):
        if not month.first <= day <= month.last:
            cells.append(Cell(day, inside=False))
            continue
        order = list(Post.values)
        cells.append(
            Cell(
                day,
                inside=True,
                kind=kind_of(day, hours.calendar),
                note=_note(day, hours),
                windows=open_windows(day, hours),
                duties=sorted(by_day[day], key=lambda duty: (order.index(duty.post), duty.starts)),
                problems=wrong[day],
                is_today=day == today,
                is_past=day < today,
            )
        )
    return [cells[n : n + 7] for n in range(0, len(cells), 7)]


def _note(day: date, hours: Hours) -> str:
    """Holiday or make-up day by its name."""
    exception = hours.calendar.exceptions.get(day)
    if exception is None:
        return ""
    if exception.kind == "makeup":
        return _("make-up day")
    return exception.name or _("holiday")


@dataclass(frozen=True)
class Share:
    """Days of one person: this month by kind, and weekends and holidays of the months before."""

    person: User
    workdays: int
    weekends: int
    holidays: int
    earlier: int

    @property
    def total(self) -> int:
        return self.workdays + self.weekends + self.holidays


def shares_of(branch: Branch, month: Month, *, today: date) -> list[Share]:
    """Who has how many days: what the proposal goes by."""
    calendar = hours_of(branch, month.first, month.last).calendar
    now, before = days_had(branch, month.first, month.last, calendar), earlier_days(branch, month.first, calendar)
    people = {person.pk: person for person in staff_of(branch)}
    gone = User.objects.filter(pk__in={pk for pk, _kind in now} - set(people)).order_by("employee_number")
    return [
        Share(
            person,
            now.get((person.pk, WORKDAY), 0),
            now.get((person.pk, WEEKEND), 0),
            now.get((person.pk, HOLIDAYS), 0),
            before.get((person.pk, WEEKEND), 0) + before.get((person.pk, HOLIDAYS), 0),
        )
        for person in [*people.values(), *gone]
    ]


def record_of(roster: Roster) -> list[dict]:
    """The roster's events in words, for the timeline, newest first."""
    events = list(roster.events.select_related("actor").order_by("-pk")[:EVENTS_SHOWN])
    ids = {event.facts.get(key) for event in events for key in ("person", "to", "asked_by")}
    ids |= {event.facts.get("before", {}).get("person") for event in events}
    names = dict(User.objects.filter(pk__in=ids - {None}).values_list("pk", "name"))
    return [
        {
            "icon": ICONS.get(event.action, "calendar"),
            "tone": "ok" if event.action in ("publish", "grant") else "",
            "strong": _labels().get(event.action, event.action),
            "text": _details(event, names),
            "at": event.at,
            "who": event.actor.name if event.actor else _("the system"),
        }
        for event in events
    ]


ICONS = {"publish": "check", "remove": "trash", "change": "edit", "place": "plus", "propose": "tasks", "grant": "check", "refuse": "x"}  # fmt: skip


def _labels() -> dict[str, str]:
    return {
        "begin": _("Begun"),
        "propose": _("Roster proposed"),
        "place": _("Duty added"),
        "change": _("Changed"),
        "remove": _("Taken away"),
        "publish": _("Published"),
        "ask": _("Swap asked"),
        "withdraw": _("Swap taken back"),
        "grant": _("Swap granted"),
        "refuse": _("Swap refused"),
    }


def _details(event, names: dict[int, str]) -> str:
    facts = event.facts
    if event.action == "propose":
        why = facts.get("why", {})
        told = {"n": facts.get("placed", 0), "own": why.get("holds", 0), "sub": why.get("stands_in", 0), "turn": why.get("turn", 0)}  # fmt: skip
        return _("%(n)s duties: %(own)s by their post, %(sub)s substitutes, %(turn)s weekend and holiday turns") % told
    if event.action == "publish":
        return _("%(n)s duties") % {"n": facts.get("duties", 0)}
    if "day" not in facts:
        return ""
    line = _line(facts, names)
    if facts.get("before"):
        return _("%(before)s becomes %(after)s") % {"before": _line(facts["before"], names), "after": line}
    if facts.get("to"):
        return _("%(duty)s to %(who)s") % {"duty": line, "who": names.get(facts["to"], "")}
    return line


def _line(facts: dict, names: dict[int, str]) -> str:
    post = Post(facts["post"]).label if facts["post"] in Post.values else facts["post"]
    return f"{facts['day']} {post} {facts['time']} {names.get(facts['person'], '')}"
