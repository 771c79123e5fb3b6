"""What pages show of a case's clocks."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.cases.access import roles_of
from complaints.cases.models import Case
from complaints.cases.rules import Action, allowed
from complaints.clocks import rules, running
from complaints.clocks.codes import WORKED
from complaints.clocks.extending import STEP_ACTIONS, next_step
from complaints.clocks.models import Clock, ClockShift, Extension, Pause
from complaints.clocks.running import Desk
from complaints.clocks.wording import (
    amount_in_words,
    difference_in_words,
    left_in_words,
    moment_in_words,
    over_in_words,
)
from crm.workdays.services import unknown_year_note

NEAR = 80  # per cent
RESULTS = {Clock.End.MET: ("ok", "ok"), Clock.End.MISSED: ("late", "late"), Clock.End.VOID: ("none", "x")}


@dataclass(frozen=True)
class Shown:
    """One clock in words; `tone` is ok, warn, late or none, `state` says the same."""

    clock: Clock
    tone: str
    state: str
    icon: str
    left: str
    percent: int
    due: str
    target: str
    actual: str = ""
    difference: str = ""

    @property
    def label(self) -> str:
        return str(self.clock.get_kind_display())

    @property
    def unit(self) -> str:
        return str(self.clock.get_unit_display())


def clocks_of(case: Case, now: datetime) -> dict:
    """Context of `complaints/clocks/_clocks.html`: of the present round, the nearest limit first."""
    rows = Clock.objects.of(case).select_related("target").order_by("due_at", "pk")
    shown = show(case, [clock for clock in rows if clock.round == case.round or clock.stopped_at is None], now)
    return {
        "clocks_open": [row for row in shown if row.clock.stopped_at is None],
        "clocks_ended": [row for row in shown if row.clock.stopped_at],
        "clocks_note": year_note(shown),
        "clocks_pause": Pause.objects.open().filter(case=case).first(),
        "clocks_extension": Extension.objects.undecided().filter(case=case).first(),
    }


def show(case: Case, clocks: list[Clock], now: datetime) -> list[Shown]:
    desk = Desk.of([case])
    return [
        _ended(clock) if clock.stopped_at else _open(clock, desk.calendar(case, clock.kind), now) for clock in clocks
    ]


def year_note(shown: list[Shown]) -> str:
    """Beside limits that cross a year whose holidays nobody has loaded."""
    days = [rules.last_day(row.clock.due_at) for row in shown if not row.clock.is_certain and not row.clock.stopped_at]
    return unknown_year_note(*days) or _("Counted before the calendar of that year was loaded: the service office recalculates it.") if days else ""  # fmt: skip


def _open(clock: Clock, calendar, now: datetime) -> Shown:
    due, target = moment_in_words(clock.due_at), target_in_words(clock)
    begin = rules.counted_from(clock.started_at, clock.paused_amount, clock.unit, calendar)
    if clock.paused_at and clock.left is not None:
        used = rules.share_used(begin, clock.due_at, clock.paused_at, clock.unit, calendar)
        return Shown(clock, "none", _("paused"), "lock", left_in_words(clock.left, clock.unit), used, due, target)
    if now > clock.due_at:
        return Shown(clock, "late", _("late"), "late", over_in_words(now, clock.due_at), 100, due, target)
    used = rules.share_used(begin, clock.due_at, now, clock.unit, calendar)
    left = left_in_words(rules.left_of(now, clock.due_at, clock.unit, calendar), clock.unit)
    if used >= NEAR:
        return Shown(clock, "warn", _("near"), "clock", left, used, due, target)
    return Shown(clock, "", "", "", left, used, due, target)


def _ended(clock: Clock) -> Shown:
    tone, icon = RESULTS[Clock.End(clock.end)]
    due, target, state = moment_in_words(clock.due_at), target_in_words(clock), str(clock.get_end_display())
    if clock.actual is None or clock.difference is None:
        return Shown(clock, tone, state, icon, "", 0, due, target)
    words = difference_in_words(clock.difference, clock.unit, met=clock.end == Clock.End.MET)
    return Shown(clock, tone, state, icon, "", 0, due, target, amount_in_words(clock.actual, clock.unit), words)


def target_in_words(clock: Clock) -> str:
    return amount_in_words(clock.amount, clock.unit)


def detail_of(case: Case, user, now: datetime) -> dict:
    """Context of the page about all limits of a case: every round, what moved, what was asked and by whom decided."""
    clocks = list(Clock.objects.of(case).select_related("target").order_by("round", "started_at", "pk"))
    shown = show(case, clocks, now)
    roles = roles_of(case, user)
    rounds: dict[int, list[Shown]] = {}
    for row in shown:
        rounds.setdefault(row.clock.round, []).append(row)
    pauses = Pause.objects.filter(case=case).select_related("asked_by", "decided_by")
    return {
        "rounds": sorted(rounds.items(), reverse=True),
        "note": year_note(shown),
        "hours_count": any(clock.unit in WORKED for clock in clocks),
        "shifts": [(shift, moment_in_words(shift.before), moment_in_words(shift.after)) for shift in _shifts(case)],
        "pauses": pauses,
        "paused_days": paused_days(pauses, now),
        "extensions": Extension.objects.filter(case=case).select_related("asked_by", "decided_by"),
        "open_pause": Pause.objects.open().filter(case=case).select_related("asked_by").first(),
        "open_extension": Extension.objects.undecided().filter(case=case).select_related("asked_by").first(),
        "majors": [row for row in shown if row.clock.kind in rules.MAJOR and not row.clock.stopped_at],
        "may": rights(case, user, roles),
        "step": next_step(case),
    }


def _shifts(case: Case):
    return ClockShift.objects.filter(clock__case=case).select_related("clock", "actor").order_by("-pk")


def paused_days(pauses, now: datetime) -> int:
    """Natural days of all granted pauses together, the one that stands up to now."""
    return sum((rules.last_day(p.ended_at or now) - rules.last_day(p.started_at)).days for p in pauses if p.started_at)


def rights(case: Case, user, roles: set[str]) -> dict[str, bool]:
    """Which forms the page offers; the services decide again."""

    def may(action: str) -> bool:
        return allowed(case.state, action, roles, case.kind)

    asked = Extension.objects.undecided().filter(case=case).first()
    pause = Pause.objects.open().filter(case=case).first()
    runs = running_statutory(case)
    return {
        "ask_pause": may(Action.ASK_PAUSE) and pause is None and runs,
        "decide_pause": may(Action.PAUSE) and bool(pause and pause.granted is None and pause.asked_by_id != user.pk),
        "resume": may(Action.RESUME) and bool(pause and pause.granted),
        "ask_extension": may(Action.ASK_EXTENSION) and asked is None and next_step(case) is not None and runs,
        "decide_extension": bool(asked and may(STEP_ACTIONS[asked.step]) and asked.asked_by_id != user.pk),
        "major": may(Action.SUPPLEMENT),
    }


def running_statutory(case: Case) -> bool:
    return Clock.objects.of(case).running().filter(round=case.round, kind=running.K.STATUTORY).exists()
