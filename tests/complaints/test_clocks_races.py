"""Sweeps against each other, a sweep against closing, two deciders: one wins, nothing is said twice.

Calibrated: without the claim of `_write` two sweeps collide on the unique warning; without the version two deciders
both grant.
"""

from datetime import timedelta

import pytest
from django.db import transaction

from complaints.cases.codes import State
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.clocks.defaults import after_migrate
from complaints.clocks.extending import ask_extension, decide_extension
from complaints.clocks.models import Clock, ClockShift, ClockWarning
from complaints.clocks.pausing import ask_pause, decide_pause, resume
from complaints.clocks.sweep import sweep_clocks
from complaints.models import Case, Extension, Pause
from crm.lib.refusals import Refused
from crm.notifications.models import Notice
from crm.staff.roles import Role
from tests.cast import make_user
from tests.complaints.clocks_world import MONDAY, case_on
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS, DAY = 15, timedelta(days=1)
LATE = MONDAY + 60 * DAY


@pytest.fixture(autouse=True)
def _targets(db):
    after_migrate(None)


def test_three_sweeps_at_once_say_everything_once(cast, outlet):
    for n in range(ROUNDS):
        case = case_on(cast, outlet, to=State.INVESTIGATING)
        before = Notice.objects.count()
        counts = at_once(*[lambda: sweep_clocks(now=LATE)] * 3, errors=Refused)
        assert sum(counts) == 3, (n, counts)
        warnings = ClockWarning.objects.filter(clock__case=case)
        assert warnings.filter(level=100).count() == 3
        assert Notice.objects.count() - before <= 9
        keys = list(Notice.objects.exclude(dedupe_key=None).values_list("dedupe_key", flat=True))
        assert len(keys) == len(set(keys))


def test_a_sweep_against_closing(cast, outlet):
    """Whoever comes first: the case is closed, its clocks are stopped with their result, and nothing warns any more."""
    for _n in range(ROUNDS):
        case = case_on(cast, outlet, to=State.REPLIED)

        def close(case=case):
            return act(case=case, action=Action.CLOSE, actor=cast["service"], now=LATE, closed_at=LATE)

        at_once(lambda: sweep_clocks(now=LATE), _atomic(close), errors=Refused)
        case.refresh_from_db()
        assert case.state == State.CLOSED and case.closed_in_time is False
        clocks = Clock.objects.filter(case=case).exclude(kind="call_back")
        assert not clocks.filter(stopped_at=None).exists() and not clocks.exclude(next_warning_at=None).exists()
        assert sweep_clocks(now=LATE) == 0


def _atomic(work):
    def inner():
        with transaction.atomic():
            return work()

    return inner


def test_two_deciders_of_an_extension(cast, bank, outlet):
    officer = make_user(username="officer", role=Role.SERVICE, branch=bank["0000"], name="韩松")
    for _n in range(ROUNDS):
        case = case_on(cast, outlet, to=State.INVESTIGATING)
        extension = ask_extension(case=case, reason="取证", actor=cast["president"], now=MONDAY)

        def decide(actor, grant, case=case, extension=extension):
            mine = Case.objects.get(pk=case.pk)
            mine.version = case.version
            row = Extension.objects.get(pk=extension.pk)
            words = {"means": "sms", "told_at": MONDAY} if grant else {"comment": "不必"}
            return decide_extension(extension=row, case=mine, grant=grant, actor=actor, now=MONDAY, **words)

        results = at_once(lambda: decide(officer, True), lambda: decide(cast["service"], False), errors=Refused)
        assert sum(isinstance(result, Refused) for result in results) == 1
        granted = Extension.objects.get(pk=extension.pk).granted
        assert ClockShift.objects.filter(clock__case=case).count() == (2 if granted else 0)


def test_a_pause_is_ended_once(cast, outlet):
    for _n in range(ROUNDS):
        case = case_on(cast, outlet, to=State.INVESTIGATING)
        pause = ask_pause(case=case, reason="testing", note="送检", actor=cast["president"], now=MONDAY)
        decide_pause(
            pause=pause, case=case, grant=True, means="phone", told_at=MONDAY, actor=cast["service"], now=MONDAY
        )

        def end(actor, case=case):
            mine = Case.objects.get(pk=case.pk)
            mine.version = case.version
            return resume(case=mine, actor=actor, now=MONDAY + 3 * DAY)

        results = at_once(lambda: end(cast["president"]), lambda: end(cast["service"]), errors=Refused)
        assert sum(isinstance(result, Refused) for result in results) == 1
        assert ClockShift.objects.filter(clock__case=case).count() == 3
        assert Pause.objects.get(pk=pause.pk).ended_at == MONDAY + 3 * DAY
