"""Check-in by the server's clock; a missing one is told to the head within minutes, once, whatever the sweeps do."""

from datetime import date, timedelta

import pytest

from complaints.duty.attendance import check_in, check_out, raise_missing, sweep
from complaints.duty.selectors import is_open, next_duties, on_duty_now
from complaints.models import Duty, LobbyLog
from complaints.tasks import watch_lobbies
from crm.beat import BEAT_SCHEDULE
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.complaints.duty_world import at, make_duty
from tests.races import at_once

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 12)
ROUNDS = 60


@pytest.fixture
def duty(lobby):
    return make_duty(person=lobby, day=DAY)


@pytest.mark.parametrize(
    ("clock", "may"),
    [("07:59", False), ("08:00", True), ("08:30", True), ("08:47", True), ("17:29", True), ("17:30", False), ("23:00", False)],
)  # fmt: skip
def test_checking_in_opens_half_an_hour_before(duty, lobby, clock, may):
    now = at(DAY, clock)
    if not may:
        with pytest.raises(Refused):
            check_in(duty=duty, actor=lobby, now=now)
    else:
        assert check_in(duty=duty, actor=lobby, now=now).checked_in_at == now
    assert Duty.objects.filter(checked_in_at=None).exists() is not may


def test_another_day_and_a_draft_are_refused(lobby):
    tomorrow = make_duty(person=lobby, day=DAY + timedelta(days=1))
    draft = make_duty(person=lobby, day=date(2026, 11, 2), state="draft")
    for duty, now in ((tomorrow, at(DAY, "08:30")), (draft, at(date(2026, 11, 2), "08:30"))):
        with pytest.raises(Refused):
            check_in(duty=duty, actor=lobby, now=now)


def test_nobody_checks_in_for_another(duty, head, teller):
    for actor in (head, teller):
        with pytest.raises(NotYours):
            check_in(duty=duty, actor=actor, now=at(DAY, "08:30"))
        with pytest.raises(NotYours):
            check_out(duty=duty, actor=actor, now=at(DAY, "17:30"))


def test_in_and_out_once_each(duty, lobby):
    with pytest.raises(Refused):
        check_out(duty=duty, actor=lobby, now=at(DAY, "09:00"))
    check_in(duty=duty, actor=lobby, now=at(DAY, "08:10"))
    with pytest.raises(TooLate):
        check_in(duty=Duty.objects.get(), actor=lobby, now=at(DAY, "08:11"))
    with pytest.raises(Refused):
        check_out(duty=duty, actor=lobby, now=at(DAY + timedelta(days=1), "00:01"))
    check_out(duty=duty, actor=lobby, now=at(DAY, "17:45"))
    with pytest.raises(TooLate):
        check_out(duty=duty, actor=lobby, now=at(DAY, "17:46"))
    fresh = Duty.objects.get()
    assert (fresh.checked_in_at, fresh.checked_out_at) == (at(DAY, "08:10"), at(DAY, "17:45"))


# The sweep


@pytest.mark.parametrize(("clock", "told"), [("08:30", 0), ("08:34", 0), ("08:35", 1), ("17:00", 1), ("20:00", 1)])
def test_a_missing_check_in_is_told_minutes_after_the_beginning(duty, head, clock, told):
    assert raise_missing(at(DAY, clock)) == told
    assert Notice.objects.filter(recipient=head, kind="duty-missed").count() == told


def test_it_is_told_once_however_often_the_sweep_comes(duty, head, lobby):
    for minute in range(35, 59):
        sweep(at(DAY, f"08:{minute}"))
    assert Notice.objects.filter(kind="duty-missed").get().recipient == head
    assert Notice.objects.filter(kind="duty-yours-missed").get().recipient == lobby
    assert Duty.objects.get().missed_at == at(DAY, "08:35")


def test_whoever_is_there_or_came_in_time_is_left_in_peace(duty, lobby):
    check_in(duty=duty, actor=lobby, now=at(DAY, "08:34"))
    assert raise_missing(at(DAY, "09:00")) == 0


def test_a_draft_is_no_duty(lobby):
    make_duty(person=lobby, day=DAY, state="draft")
    assert raise_missing(at(DAY, "09:00")) == 0


def test_a_heads_own_missing_check_in_goes_to_the_next_level_up(head, president):
    make_duty(person=head, day=DAY, post="head")
    raise_missing(at(DAY, "09:00"))
    assert Notice.objects.get(kind="duty-missed").recipient == president


def test_a_night_without_sweeps_is_caught_up_but_no_older_day(lobby, head):
    for n in range(4):
        make_duty(person=lobby, day=DAY - timedelta(days=n))
    assert raise_missing(at(DAY, "07:00")) == 1  # yesterday's; today's has not begun
    assert Duty.objects.get(missed_at__isnull=False).day == DAY - timedelta(days=1)


def test_the_sweep_reads_what_is_due_only(lobby, django_assert_num_queries):
    for n in range(1, 20):
        make_duty(person=lobby, day=DAY + timedelta(days=n), checked_in_at=None)
    with django_assert_num_queries(1):
        raise_missing(at(DAY, "09:00"))


def test_beat_rings_every_minute():
    entry = BEAT_SCHEDULE["watch-lobbies"]
    assert (entry["task"], entry["schedule"]) == (watch_lobbies.name, 60.0)
    watch_lobbies()


@pytest.mark.django_db(transaction=True)
def test_four_sweeps_at_once_tell_once(lobby, head):
    """Calibrated: without `missed_at=None` in the claim, a notice comes twice within the first rounds."""
    for n in range(ROUNDS):
        day = DAY + timedelta(days=n)
        make_duty(person=lobby, day=day)
        found = at_once(*[lambda day=day: raise_missing(at(day, "09:00"))] * 4, errors=())
        assert sum(found) == 1
    assert Notice.objects.filter(kind="duty-missed").count() == ROUNDS


@pytest.mark.django_db(transaction=True)
def test_a_check_in_against_the_sweep_and_a_double_click(lobby):
    for n in range(ROUNDS):
        day = DAY + timedelta(days=n)
        duty = make_duty(person=lobby, day=day)
        now = at(day, "08:35")
        one, two, told = at_once(
            *[lambda duty=duty, now=now: check_in(duty=Duty.objects.get(pk=duty.pk), actor=lobby, now=now)] * 2,
            lambda now=now: raise_missing(now),
            errors=TooLate,
        )
        assert sum(isinstance(result, TooLate) for result in (one, two)) == 1
        duty.refresh_from_db()
        assert duty.checked_in_at and told == (duty.missed_at is not None)


# Who is on duty


def test_on_duty_now_heads_first(outlet, head, lobby, teller):
    make_duty(person=lobby, day=DAY)
    make_duty(person=head, day=DAY, post="head")
    make_duty(person=teller, day=DAY, post="duty", starts="17:30", ends="20:00")
    assert [duty.person for duty in on_duty_now(outlet, at(DAY, "09:00"))] == [head, lobby]
    assert [duty.person for duty in on_duty_now(outlet, at(DAY, "17:30"))] == [teller]
    assert on_duty_now(outlet, at(DAY, "20:00")) == on_duty_now(outlet, at(DAY, "07:00")) == []


def test_on_duty_now_costs_one_query(outlet, head, lobby, django_assert_num_queries):
    make_duty(person=lobby, day=DAY)
    make_duty(person=head, day=DAY, post="head")
    with django_assert_num_queries(1):
        assert [str(duty.person.name) for duty in on_duty_now(outlet, at(DAY, "09:00"))]


def test_next_duties_are_ones_own_published_ones(lobby, teller):
    for n in range(-1, 7):
        make_duty(person=lobby, day=DAY + timedelta(days=n))
    make_duty(person=teller, day=DAY)
    make_duty(person=lobby, day=date(2026, 11, 2), state="draft")
    assert [duty.day for duty in next_duties(lobby, DAY)] == [DAY + timedelta(days=n) for n in range(5)]


@pytest.mark.parametrize(
    ("clock", "found"), [("08:29", False), ("08:30", True), ("12:00", False), ("13:30", True), ("17:30", False)]
)
def test_an_outlet_is_open_within_its_windows(outlet, clock, found):
    assert is_open(outlet, at(DAY, clock)) is found


# The log's hour


def test_an_unfinished_log_is_told_an_hour_after_closing_once(duty, outlet, lobby, head):
    assert sweep(at(DAY, "08:34")) == 0
    Duty.objects.update(checked_in_at=at(DAY, "08:20"))
    assert sweep(at(DAY, "18:29")) == 0
    assert sweep(at(DAY, "18:30")) == 1 and sweep(at(DAY, "18:31")) == 0
    told = Notice.objects.filter(kind="lobby-log-open").values_list("recipient", flat=True)
    assert set(told) == {lobby.pk, head.pk}
    assert LobbyLog.objects.get().told_at == at(DAY, "18:30")


def test_a_finished_log_and_an_outlet_without_roster_are_left_in_peace(duty, outlet, bank):
    Duty.objects.update(checked_in_at=at(DAY, "08:20"))
    LobbyLog.objects.create(branch=outlet, day=DAY, finished_at=at(DAY, "17:50"))
    assert sweep(at(DAY, "19:00")) == 0 and sweep(at(DAY + timedelta(days=1), "00:30")) == 0
