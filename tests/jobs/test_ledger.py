"""Rows 49 to 57 of the fault table: each period once, whatever fails."""

import random
from datetime import timedelta

import pytest

from crm.jobs import services
from crm.jobs.models import JobRun
from crm.jobs.periods import daily, monthly, quarterly
from crm.jobs.registry import JobError
from crm.notifications.models import Notice

pytestmark = pytest.mark.django_db


def test_it_runs_every_period_of_400_days_once_in_spite_of_outages(job, local):
    runs = {
        "day": job("day", periods=daily("day", hour=3), in_order=True),
        "month": job("month", periods=monthly("month", hour=8), in_order=True),
        "quarter": job("quarter", periods=quarterly("quarter"), in_order=True),
    }
    dice, start, hour = random.Random(49), local(2025, 1, 1, 12), 0
    while hour <= 400 * 24:
        services.sweep(start + timedelta(hours=hour))
        hour += dice.choice([1, 1, 2, 5, 26, 70 * 24]) if hour % 7 else 1
    services.sweep(start + timedelta(days=400))

    days = [(start + timedelta(days=n)).date().isoformat() for n in range(401)]
    assert runs["day"] == days
    assert runs["month"] == sorted({day[:7] for day in days})
    assert runs["quarter"] == ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"]


def test_it_starts_a_period_at_its_hour_of_the_banks_day(job, local):
    done = job("day", periods=daily("day", hour=3))
    services.sweep(local(2026, 11, 24, 12))
    services.sweep(local(2026, 11, 25, 2, 59))
    assert done == ["2026-11-24"]
    services.sweep(local(2026, 11, 25, 3))
    assert done == ["2026-11-24", "2026-11-25"]


def test_it_survives_a_clock_that_jumped_ahead_and_back(job, local):
    done = job("day", periods=daily("day"))
    services.sweep(local(2026, 11, 24, 12))
    services.sweep(local(2027, 1, 2, 12))
    ahead = len(done)
    services.sweep(local(2026, 11, 25, 12))
    assert len(done) == ahead == len(set(done))


def test_a_period_that_somebody_asked_for_does_not_move_the_calendar(job, local):
    done = job("quarter", periods=quarterly("quarter"))
    services.run_job(name="quarter", period="1993Q2", now=local(2026, 11, 24))
    services.sweep(local(2026, 11, 24))
    assert done == ["1993Q2", "2026Q4"]


def test_an_ordered_job_waits_for_its_earlier_period(job, local):
    broken, seen = {"2026-11-25"}, []

    def run(*, period, run, now):
        seen.append(period)
        if period in broken:
            raise JobError("not yet")

    job("day", run=run, periods=daily("day"), in_order=True)
    for day in (24, 25, 26):
        services.sweep(local(2026, 11, day))
    assert seen == ["2026-11-24", "2026-11-25", "2026-11-25"]
    services.answer(name="day", period="2026-11-26", now=local(2026, 11, 26))
    assert "2026-11-26" not in seen
    broken.clear()
    services.sweep(local(2026, 11, 27))
    assert seen[-3:] == ["2026-11-25", "2026-11-26", "2026-11-27"]


def test_it_gives_up_after_eight_attempts_while_others_go_on(job, local, admin):
    def poison(*, period, run, now):
        raise RuntimeError("李建国 110101199003077758")

    job("poison", run=poison)
    healthy = job("healthy")
    moment = local(2026, 11, 24)
    services.queue_run(job="poison", period="1", now=moment)
    for hour in range(20):
        services.queue_run(job="healthy", period=str(hour), now=moment)
        services.sweep(moment + timedelta(hours=hour * 2))

    run = JobRun.objects.get(job="poison")
    assert (run.status, run.attempts) == (JobRun.Status.DEAD, services.MAX_ATTEMPTS)
    assert len(healthy) == 20
    assert "RuntimeError" in run.error and "李建国" not in run.error and "1101" not in run.error
    assert Notice.objects.of(admin).get().kind == "job-given-up"


def test_it_backs_off_before_the_next_attempt(job, local):
    tries = []

    def run(*, period, run, now):
        tries.append(now)
        raise JobError("The core system is closed.")

    job("feed", run=run)
    moment = local(2026, 11, 24)
    services.queue_run(job="feed", period="1", now=moment)
    services.sweep(moment)
    services.sweep(moment + timedelta(seconds=20))
    assert len(tries) == 1
    services.sweep(moment + timedelta(seconds=40))
    assert len(tries) == 2
    assert JobRun.objects.get().error == "The core system is closed."


def test_a_task_delivered_twice_runs_once(job, local):
    done = job()
    services.queue_run(job="probe", period="7", now=local(2026, 11, 24))
    for _ in range(3):
        services.answer(name="probe", period="7", now=local(2026, 11, 24))
    assert done == ["7"]


def test_it_leaves_alone_what_another_worker_holds(job, local):
    done = job()
    moment = local(2026, 11, 24)
    services.queue_run(job="probe", period="1", now=moment)
    JobRun.objects.update(status="running", lease_until=moment + services.LEASE, lease_token="theirs")
    services.sweep(moment + timedelta(seconds=119))
    assert done == []
    services.sweep(moment + timedelta(seconds=121))
    assert done == ["1"]


def test_a_worker_that_lost_its_lease_writes_nothing_more(job, local):
    def slow(*, period, run, now):
        JobRun.objects.update(lease_token="taken over")
        services.heartbeat(run, done=1)

    job("slow", run=slow)
    services.queue_run(job="slow", period="1", now=local(2026, 11, 24))
    assert services.take_turn(name="slow", period="1", now=local(2026, 11, 24)) == "busy"
    run = JobRun.objects.get()
    assert (run.status, run.done, run.lease_token) == ("running", 0, "taken over")


def test_a_long_job_yields_and_goes_on_from_its_cursor(job, local, monkeypatch):
    monkeypatch.setattr(services, "TURN", 0)
    seen = []

    def long(*, period, run, now):
        for number in range(run.cursor.get("next", 0), 5):
            seen.append(number)
            services.heartbeat(run, done=number + 1, total=5, cursor={"next": number + 1})
            services.yield_if_long(run)

    job("long", run=long)
    moment = local(2026, 11, 24)
    services.queue_run(job="long", period="1", now=moment)
    assert services.take_turn(name="long", period="1", now=moment) == "paused"
    assert services.run_job(name="long", period="1", now=moment)
    assert seen == [0, 1, 2, 3, 4]
    assert JobRun.objects.get().status == "done"


def test_a_failure_in_one_transaction_takes_the_work_with_it(job, local, manager):
    def half(*, period, run, now):
        Notice.objects.create(recipient=manager, kind="x", created_at=now)
        raise JobError("half way")

    job("half", run=half, one_transaction=True)
    services.run_job(name="half", period="1", now=local(2026, 11, 24))
    assert not Notice.objects.exists()
    assert JobRun.objects.get().status == "failed"


def test_a_job_that_cannot_tell_its_periods_stops_nobody(job, local):
    job("broken", periods=lambda now: 1 / 0)
    done = job("day", periods=daily("day"))
    services.sweep(local(2026, 11, 24))
    assert done == ["2026-11-24"]


def test_a_run_of_a_job_that_no_longer_exists_is_given_up_visibly(job, local):
    job("gone")
    moment = local(2026, 11, 24)
    services.queue_run(job="gone", period="1", now=moment)
    JobRun.objects.update(job="renamed")
    for hour in range(10):
        services.sweep(moment + timedelta(hours=hour * 2))
    assert JobRun.objects.get().status == "dead"
