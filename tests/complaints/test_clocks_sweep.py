"""Every level once, to the right people, however late, often or parallel the sweep runs; no storm."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.cases.codes import State
from complaints.cases.rules import Action
from complaints.clocks import sweep as sweeping
from complaints.clocks.acting import act
from complaints.clocks.models import Clock, ClockWarning
from complaints.clocks.pausing import ask_pause, decide_pause
from complaints.clocks.sweep import sweep_clocks
from complaints.models import Case, Delegation, Respondent
from complaints.tasks import sweep_clocks as task
from crm.notifications.models import Notice
from tests.complaints.clocks_world import MONDAY, case_on, clock_of
from tests.complaints.test_clocks_rules import at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def case(cast, outlet):
    return case_on(cast, outlet, to=State.INVESTIGATING)


def only(case, *kinds):
    """Leave the other clocks out: they have said what they had to say."""
    Clock.objects.filter(case=case).exclude(kind__in=kinds).update(next_warning_at=None)


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def levels(clock) -> dict[int, int]:
    return dict(clock.warnings.values_list("level", "told"))


@pytest.mark.parametrize(
    ("kind", "moment", "level", "people"),
    [
        ("statutory", "2026-12-01 06:00", 50, {"president"}),
        ("statutory", "2026-12-05 22:00", 80, {"president", "headoffice"}),
        ("statutory", "2026-12-06 00:00", 90, {"president", "headoffice", "service"}),
        ("statutory", "2026-12-08 00:00", 95, {"president", "headoffice", "service"}),
        ("statutory", "2026-12-09 00:00", 100, {"president", "headoffice", "service"}),
        ("internal", "2026-11-26 12:00", 50, {"president"}),
        ("internal", "2026-11-30 09:00", 80, {"president", "headoffice"}),
        ("internal", "2026-12-01 00:00", 100, {"president", "headoffice", "service"}),
    ],
)
def test_who_is_told_at_which_level(case, kind, moment, level, people):
    """The superior of a president who investigates is head office."""
    only(case, kind)
    assert sweep_clocks(now=at(moment) + SECOND) == 1
    clock = clock_of(case, kind)
    found = levels(clock)
    assert max(found) == level and found[level] == len(people)
    assert all(n == 0 for lower, n in found.items() if lower < level)  # after a gap only the highest tells
    notices = Notice.objects.filter(kind__startswith=f"clock-{kind}")
    assert set(notices.values_list("recipient__username", flat=True)) == people
    assert {notice.link for notice in notices} == {f"/complaints/{case.number}/#clocks"}
    assert case.number in notices[0].text and "24:00" in notices[0].text


@pytest.mark.parametrize(
    ("moment", "people"), [("2026-11-23 10:07", {"head"}), ("2026-11-23 10:43", {"head", "president"}), ("2026-11-23 11:07", {"head", "president", "service"})]
)  # fmt: skip
def test_the_contact_is_its_heads(cast, outlet, moment, people):
    case = case_on(cast, outlet, to=State.ASSIGNED)
    only(case, "contact")
    sweep_clocks(now=at(moment))
    assert told("clock-contact") == people


def test_before_anybody_is_assigned_the_office_is_told(cast, outlet):
    case = case_on(cast, outlet)
    only(case, "statutory")
    sweep_clocks(now=at("2026-12-01 06:00"))
    assert told("clock-statutory") == {"service"}


def test_each_level_is_said_once_in_turn(case):
    only(case, "statutory")
    for moment in ["2026-12-01 04:59", "2026-12-01 05:00", "2026-12-01 05:01", "2026-12-05 21:30", "2026-12-05 21:31", "2026-12-06 00:00", "2026-12-08 00:00", "2026-12-09 00:00", "2026-12-20 00:00"]:  # fmt: skip
        sweep_clocks(now=at(moment) + SECOND)
        sweep_clocks(now=at(moment) + SECOND)
    assert levels(clock_of(case, "statutory")) == {50: 1, 80: 2, 90: 3, 95: 3, 100: 3}
    assert Notice.objects.filter(kind__startswith="clock-").count() == 12
    assert clock_of(case, "statutory").next_warning_at is None


def test_nothing_due_writes_nothing(case, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        assert sweep_clocks(now=MONDAY) == 0
    assert not ClockWarning.objects.exists()


def test_stopped_and_paused_clocks_are_silent(case, president, service):
    pause = ask_pause(case=case, reason="testing", note="送检", actor=president, now=MONDAY)
    decide_pause(pause=pause, case=case, grant=True, means="phone", told_at=MONDAY, actor=service, now=MONDAY)
    assert sweep_clocks(now=MONDAY + 60 * DAY) == 0
    act(case=case, action=Action.WITHDRAW, actor=service, now=MONDAY + 61 * DAY)
    assert sweep_clocks(now=MONDAY + 90 * DAY) == 0


def test_a_limit_that_began_again_warns_again(case, service):
    only(case, "statutory")
    sweep_clocks(now=at("2026-12-01 06:00"))
    act(case=case, action=Action.NEW_FACTS, actor=service, now=at("2026-12-02 10:00"))
    only(case, "statutory")
    sweep_clocks(now=at("2026-12-10 10:00"))
    assert list(clock_of(case, "statutory").warnings.values_list("lap", "level")) == [(1, 50), (2, 50)]
    assert Notice.objects.filter(kind="clock-statutory").count() == 2


def test_who_keeps_out_is_not_told(case, cast, service):
    for name in ("president", "service"):
        Respondent.objects.create(case=case, employee=cast[name], named_at=MONDAY)
    only(case, "statutory")
    sweep_clocks(now=at("2026-12-09 10:00"))
    assert not Notice.objects.filter(recipient__in=[cast["president"], service], kind__startswith="clock").exists()


def test_a_delegate_is_told_in_the_investigators_place(case, cast):
    Delegation.objects.create(case=case, round=1, to=cast["manager"], reason="出差", asked_by=cast["president"], asked_at=MONDAY, decided_by=cast["service"], decided_at=MONDAY, granted=True)  # fmt: skip
    only(case, "statutory")
    sweep_clocks(now=at("2026-12-01 06:00"))
    assert told("clock-statutory") == {"manager"}


def test_a_disabled_person_is_replaced_by_the_office(case, president):
    president.is_active = False
    president.save()
    only(case, "statutory")
    sweep_clocks(now=at("2026-12-01 06:00"))
    assert told("clock-statutory") == {"service"}


def test_many_at_once_come_as_one_digest(cast, outlet):
    for _n in range(4):
        case_on(cast, outlet, to=State.INVESTIGATING)
    sweep_clocks(now=MONDAY + 60 * DAY)
    mine = Notice.objects.of(cast["president"]).filter(kind__startswith="clock-")
    assert [(notice.kind, notice.link) for notice in mine] == [("clock-digest", "/complaints/clocks/warnings/")]
    assert ClockWarning.objects.filter(level=100, told__gt=0).count() == 12  # plan, internal, statutory of each
    sweep_clocks(now=MONDAY + 60 * DAY)
    assert mine.count() == 1


def test_a_long_gap_is_swept_in_batches(cast, outlet, monkeypatch):
    monkeypatch.setattr(sweeping, "BATCH", 3)
    monkeypatch.setattr(sweeping, "CHUNK", 2)
    for _n in range(3):
        case_on(cast, outlet, to=State.INVESTIGATING)
    assert sweep_clocks(now=MONDAY + 60 * DAY) == 9
    assert Notice.objects.of(cast["president"]).filter(kind="clock-digest").count() == 1
    assert Notice.objects.of(cast["president"]).filter(kind__startswith="clock-").count() <= 6


def test_a_batch_that_breaks_leaves_nothing(case, monkeypatch):
    def broken(**kwargs):
        raise RuntimeError("lost")

    monkeypatch.setattr(sweeping, "notify", broken)
    with pytest.raises(RuntimeError):
        sweep_clocks(now=MONDAY + 60 * DAY)
    assert not ClockWarning.objects.exists()
    monkeypatch.undo()
    assert sweep_clocks(now=MONDAY + 60 * DAY) == 3


def test_the_task_rings_the_sweep(cast, outlet):
    case = case_on(cast, outlet, to=State.INVESTIGATING, received=timezone.now() - 60 * DAY)
    task()
    task()
    assert levels(clock_of(case, "statutory"))[100] == 3
    assert Case.objects.overdue(timezone.now()).count() == 1
