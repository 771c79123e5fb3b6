"""A job that waits for something outside is not a job that failed."""

from datetime import timedelta

import pytest

from crm.jobs import services
from crm.jobs.models import JobRun
from crm.jobs.periods import after_quarter
from crm.jobs.registry import Later

pytestmark = pytest.mark.django_db


def test_a_waiting_job_comes_again_at_its_time_and_never_gives_up(job, local):
    asked, ready = [], []

    def run(*, period, run, now):
        asked.append(now)
        if not ready:
            raise Later(now + timedelta(hours=6), "2026-07-03 is missing")

    job("wait", run=run)
    moment = local(2026, 10, 1)
    services.queue_run(job="wait", period="2026Q3", now=moment)
    for n in range(20):
        services.sweep(moment + timedelta(hours=6 * n))
        services.sweep(moment + timedelta(hours=6 * n + 5))
    run = JobRun.objects.get()
    assert len(asked) == 20
    assert (run.status, run.attempts, run.error) == (JobRun.Status.WAITING, 0, "2026-07-03 is missing")
    ready.append(True)
    services.sweep(moment + timedelta(hours=200))
    run.refresh_from_db()
    assert (run.status, run.error) == (JobRun.Status.DONE, "")


def test_an_ordered_job_waits_behind_a_waiting_period(job, local):
    seen = []

    def run(*, period, run, now):
        seen.append(period)
        if period == "1":
            raise Later(now + timedelta(days=1), "not yet")

    job("wait", run=run, in_order=True)
    for period in "12":
        services.queue_run(job="wait", period=period, now=local(2026, 10, 1))
    services.sweep(local(2026, 10, 1))
    assert seen == ["1"]


def test_the_quarter_that_ended_is_due_at_its_hour(job, local):
    done = job("after", periods=after_quarter("after", hour=7))
    services.sweep(local(2026, 10, 1, 6, 59))
    services.sweep(local(2026, 10, 1, 7))
    services.sweep(local(2027, 7, 1, 7))
    assert done == ["2026Q2", "2026Q3", "2026Q4", "2027Q1", "2027Q2"]
