"""One clock's own moves: start, stop, pause, run on, move. Callers hold the case and say why."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Min

from complaints.cases.models import Case
from complaints.clocks import rules
from complaints.clocks.calendars import calendars_of
from complaints.clocks.codes import OVER, WORKED, ClockKind, Unit
from complaints.clocks.models import Clock, ClockShift, Target
from complaints.clocks.targets import TargetBook
from crm.lib.dates import local_day
from crm.workdays.rules import WorkCalendar

K = ClockKind
END = Clock.End
# The clock of registering runs by the hours of where the case came in, every other by those of the outlet concerned.
CHANGED = ["unit", "amount", "started_at", "due_at", "is_certain", "paused_at", "left", "paused_amount", "lap", "said_level", "next_warning_at"]  # fmt: skip


@dataclass
class Desk:
    """What is needed to set clocks, read once for as many cases as are at hand."""

    calendars: dict[int, WorkCalendar] = field(default_factory=dict)
    _book: TargetBook | None = None

    @classmethod
    def of(cls, cases: Iterable[Case]) -> "Desk":
        return cls(calendars_of({branch for case in cases for branch in (case.branch_id, case.respondent_id)}))

    @property
    def book(self) -> TargetBook:
        if self._book is None:
            self._book = TargetBook.read()
        return self._book

    def calendar(self, case: Case, kind: str) -> WorkCalendar:
        return self.calendars[case.branch_id if kind == K.REGISTER else case.respondent_id]

    def target(self, case: Case, kind: str, at: datetime) -> Target | None:
        return self.book.find(kind, level=case.level, class_code=case.class_code, day=local_day(at))


def start(*, case: Case, kinds: Iterable[str], at: datetime, desk: Desk) -> list[Clock]:
    """Start those of `kinds` that this round has not had, from `at` on."""
    had = set(Clock.objects.of(case).filter(round=case.round).values_list("kind", flat=True))
    made: dict[str, Clock] = {}
    for kind in sorted(set(kinds) - had, key=_statutory_first):
        clock = _new(case, kind, at, desk)
        if clock is None:
            continue
        made[kind] = clock
        if kind == K.INTERNAL:
            clock.due_at = rules.internal_due(clock.due_at, _statutory_due(case, made))
        clock.first_due_at = clock.due_at
        _settle(clock, desk.calendar(case, kind))
    Clock.objects.bulk_create(made.values())
    return list(made.values())


def _statutory_first(kind: str) -> tuple:
    return (kind != K.STATUTORY, kind)


def _statutory_due(case: Case, made: dict[str, Clock]) -> datetime | None:
    if K.STATUTORY in made:
        return made[K.STATUTORY].due_at
    found = Clock.objects.of(case).open().filter(round=case.round, kind=K.STATUTORY).first()
    return found.due_at if found else None


def _new(case: Case, kind: str, at: datetime, desk: Desk) -> Clock | None:
    target = desk.target(case, kind, at)
    if kind == K.REGULATOR and case.regulator_due_on:
        unit, amount, target = Unit.NATURAL_DAYS, Decimal(max((case.regulator_due_on - local_day(at)).days, 1)), None
    elif target is None:
        return None
    else:
        unit, amount = Unit(target.unit), target.amount
    due = rules.due_moment(at, amount, unit, desk.calendar(case, kind))
    return Clock(case=case, round=case.round, kind=kind, unit=unit, amount=amount, target=target, started_at=at, due_at=due)  # fmt: skip


def _settle(clock: Clock, calendar: WorkCalendar) -> None:
    """What follows from start and due moment: certainty, the next warning."""
    years = calendar.unknown_years(local_day(clock.started_at), rules.last_day(clock.due_at))
    clock.is_certain = not (years and clock.unit in WORKED)
    coming = rules.next_warning(moments_of(clock, calendar), clock.said_level) if clock.is_running else None
    clock.next_warning_at = coming[1] if coming else None


def moments_of(clock: Clock, calendar: WorkCalendar) -> list[tuple[int, datetime]]:
    begin = rules.counted_from(clock.started_at, clock.paused_amount, clock.unit, calendar)
    return rules.warning_moments(begin, clock.due_at, clock.unit, calendar, outside=clock.kind in rules.OUTSIDE)


def own_due(clock: Clock, calendar: WorkCalendar) -> datetime:
    """Where the clock's own target ends, with what pauses took out, whatever was written."""
    return rules.due_moment(clock.started_at, clock.counted, clock.unit, calendar)


def stop(*, clocks: Iterable[Clock], at: datetime, desk: Desk, case: Case, void: bool = False) -> None:
    """End open clocks, paused ones as if they ran on at `at`. `void` counts neither way."""
    for clock in sorted(clocks, key=lambda c: c.pk):
        calendar = desk.calendar(case, clock.kind)
        if clock.paused_at:
            _run_on(clock, at, calendar)
        ended_at = max(at, clock.started_at)
        result = ended(clock, ended_at, calendar, void=void)
        kept = {name: getattr(clock, name) for name in ("due_at", "paused_amount")}
        Clock.objects.open().filter(pk=clock.pk).update(
            **result, **kept, stopped_at=ended_at, paused_at=None, left=None, next_warning_at=None
        )
        for name, value in {**result, "stopped_at": ended_at, "next_warning_at": None}.items():
            setattr(clock, name, value)


def ended(clock: Clock, at: datetime, calendar: WorkCalendar, *, void: bool = False) -> dict:
    """Result, actual and difference of a clock that stops at `at`."""
    if void:
        return {"end": END.VOID, "actual": None, "difference": None}
    actual = rules.measured(clock.started_at, at, clock.unit, calendar) - clock.paused_amount
    difference = rules.difference(clock.due_at, at, clock.unit, calendar)
    return {
        "end": END.MET if at <= clock.due_at else END.MISSED,
        "actual": max(actual, Decimal(0)).quantize(Decimal("0.01")),
        "difference": difference.quantize(Decimal("0.01")),
    }


def pause(*, clocks: Iterable[Clock], at: datetime, desk: Desk, case: Case) -> list[Clock]:
    """Hold the clocks that are not late yet; what is left of each is kept in its own unit."""
    held = [clock for clock in sorted(clocks, key=lambda c: c.pk) if at < clock.due_at]
    for clock in held:
        calendar = desk.calendar(case, clock.kind)
        clock.paused_at = at
        clock.left = rules.left_of(at, clock.due_at, clock.unit, calendar)
        _settle(clock, calendar)
        _write(clock)
    return held


def run_on(*, clocks: Iterable[Clock], at: datetime, desk: Desk, case: Case, **why) -> list[ClockShift]:
    """Let paused clocks run on with exactly what was left."""
    shifts = []
    for clock in sorted(clocks, key=lambda c: c.pk):
        calendar, before = desk.calendar(case, clock.kind), clock.due_at
        _run_on(clock, at, calendar)
        _settle(clock, calendar)
        _write(clock)
        shifts += note(clock, before, at=at, **why)
    return shifts


def _run_on(clock: Clock, at: datetime, calendar: WorkCalendar) -> None:
    assert clock.paused_at is not None and clock.left is not None
    clock.paused_amount += rules.paused_for(clock.paused_at, at, clock.unit, calendar)
    clock.due_at = rules.resumed_due(at, clock.left, clock.unit, calendar)
    clock.paused_at = clock.left = None


def move(*, clock: Clock, due: datetime, at: datetime, desk: Desk, case: Case, **why) -> list[ClockShift]:
    """Give a running clock another due moment (its other fields as the caller set them), with a row that says so."""
    before = clock.due_at
    clock.due_at = due
    if due > at and clock.said_level == OVER:
        clock.said_level = OVER - 1  # a limit that lies ahead again may pass again: in its next lap
        clock.lap += 1
    _settle(clock, desk.calendar(case, clock.kind))
    _write(clock)
    return note(clock, before, at=at, **why)


def note(clock: Clock, before: datetime, *, at: datetime, why: str, actor, reason: str = "") -> list[ClockShift]:
    if before == clock.due_at:
        return []
    row = ClockShift(clock=clock, why=why, before=before, after=clock.due_at, reason=reason[:300], actor=actor, at=at)
    row.save()
    return [row]


def _write(clock: Clock) -> None:
    Clock.objects.open().filter(pk=clock.pk).update(**{name: getattr(clock, name) for name in CHANGED})


def keep_nearest(case: Case) -> None:
    """The nearest limit of all running clocks orders the case everywhere."""
    nearest = Clock.objects.of(case).running().aggregate(at=Min("due_at"))["at"]
    if nearest != case.nearest_at:
        Case.objects.filter(pk=case.pk).update(nearest_at=nearest)
        case.nearest_at = nearest
