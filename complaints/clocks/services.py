"""Start and stop the clocks of a case as its steps say; the tables are `rules.STARTS`, `STOPS` and `VOIDS`."""

from datetime import datetime

from django.db.models import QuerySet

from complaints.cases.codes import REGULATORS, State
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks import rules, running, shifting
from complaints.clocks.codes import ClockKind
from complaints.clocks.models import Clock, Extension, Pause
from complaints.clocks.running import Desk

K = ClockKind


def start_clocks(*, case: Case, now: datetime) -> list[Clock]:
    """The clocks of a registered case, from when it was received; call it in the registration's transaction.

    Called again it starts nothing twice. What is late from the start is late: the first sweep says so.
    """
    desk = Desk.of([case])
    made = running.start(case=case, kinds=wanted_for(case), at=case.received_at, desk=desk)
    done = [clock for clock in made if clock.kind == K.REGISTER]
    running.stop(clocks=done, at=case.registered_at, desk=desk, case=case)
    running.keep_nearest(case)
    return made


def wanted_for(case: Case) -> frozenset[str]:
    passed_on = case.source in REGULATORS or case.regulator_due_on is not None
    return rules.wanted(case.kind, case.level, passed_on=passed_on, round=case.round)


def follow(*, case: Case, action: str, now: datetime) -> None:
    """What `action`, just taken, starts and stops. Inside the transaction that took it: the case is claimed."""
    desk = Desk.of([case])
    _end(case, rules.VOIDS.get(action, frozenset()), now, desk, void=True)
    _end(case, rules.STOPS.get(action, frozenset()), now, desk)
    if action in (Action.CLOSE, Action.SETTLE):
        note_in_time(case)
    if action in rules.ENDS:
        _end_matters(case, now)
    if action == Action.REOPEN:
        running.start(case=case, kinds=wanted_for(case), at=now, desk=desk)
    elif action == Action.NEW_FACTS:
        shifting.restart(case=case, desk=desk, actor=_who(case), now=now)
    elif action in rules.REFITS:
        refit(case=case, desk=desk, now=now)
    else:
        starts = rules.STARTS.get(action, frozenset())
        running.start(case=case, kinds=_worth_starting(case, starts), at=now, desk=desk)
        if action == Action.TRANSFER_IN:
            shifting.meet_regulator(case=case, desk=desk, actor=_who(case), now=now)
    running.keep_nearest(case)


def stop_clock(*, case: Case, kind: str, now: datetime) -> None:
    """Stop one clock whose end no step of the table tells."""
    _end(case, frozenset({kind}), now, Desk.of([case]))
    running.keep_nearest(case)


def refit(*, case: Case, desk: Desk, now: datetime) -> None:
    """After another kind, level or source: what the matter now needs runs, what it no longer needs is void."""
    if not case.is_open:
        return
    needed = wanted_for(case)
    open_now = list(_open(case).filter(round=case.round))
    fallen = [clock for clock in open_now if clock.kind not in needed and clock.kind in rules.WHOLE]
    running.stop(clocks=fallen, at=now, desk=desk, case=case, void=True)
    later = needed & rules.MAJOR
    running.start(case=case, kinds=later, at=now, desk=desk)
    running.start(case=case, kinds=needed - later - _done(case), at=_round_began(case), desk=desk)
    shifting.relevel(case=case, desk=desk, actor=_who(case), now=now)


def note_in_time(case: Case) -> None:
    """By the statutory clock of the round; by the internal one where no law gives a limit."""
    ends = dict(Clock.objects.of(case).filter(round=case.round).exclude(stopped_at=None).values_list("kind", "end"))
    end = ends.get(K.STATUTORY) or ends.get(K.INTERNAL)
    case.closed_in_time = None if end is None else end == Clock.End.MET
    Case.objects.filter(pk=case.pk).update(closed_in_time=case.closed_in_time)


def _end(case: Case, kinds: frozenset[str], now: datetime, desk: Desk, *, void: bool = False) -> None:
    if not kinds:
        return
    for clock in _open(case).filter(kind__in=kinds):
        at = now if void else _stopped_at(case, clock, now)
        if at is not None:
            running.stop(clocks=[clock], at=at, desk=desk, case=case, void=void)


def _stopped_at(case: Case, clock: Clock, now: datetime) -> datetime | None:
    """First contact is what the customer knows of: when it was, not when it was written down. None: it runs on."""
    if clock.kind not in (K.CONTACT, K.CONTACT_RED) or not case.is_open:
        return now
    if case.contacted_at is None:
        return None
    return min(max(case.contacted_at, clock.started_at), now)


def _open(case: Case) -> QuerySet[Clock]:
    return Clock.objects.of(case).open().order_by("pk")


def _worth_starting(case: Case, kinds: frozenset[str]) -> frozenset[str]:
    """Only a complaint is called back about."""
    return kinds - ({K.CALL_BACK} if K.STATUTORY not in wanted_for(case) else frozenset())


def _done(case: Case) -> set[str]:
    """Clocks whose step this round has behind it: they are not started late."""
    done = set()
    if case.contacted_at:
        done |= {K.CONTACT, K.CONTACT_RED}
    if case.state in (State.PLANNED, State.REPLIED):
        done.add(K.PLAN)
    if case.events.filter(round=case.round, action__in=(Action.ACCEPT, Action.ACKNOWLEDGE)).exists():
        done.add(K.ACKNOWLEDGE)
    return done | {K.REGISTER}


def _round_began(case: Case) -> datetime:
    last = case.events.filter(round=case.round, action=Action.REOPEN).order_by("pk").last()
    return last.at if last else case.received_at


def _who(case: Case):
    """Who took the step that is followed."""
    last = case.events.select_related("actor").order_by("pk").last()
    return last.actor if last else None


def _end_matters(case: Case, now: datetime) -> None:
    """Nothing waits on a case that has ended: a pause ends, what was asked falls."""
    Pause.objects.standing().filter(case=case).update(ended_at=now)
    Pause.objects.undecided().filter(case=case).update(granted=False, decided_at=now)
    Extension.objects.undecided().filter(case=case).update(granted=False, decided_at=now)
    if case.paused_at:
        Case.objects.filter(pk=case.pk).update(paused_at=None)
        case.paused_at = None
