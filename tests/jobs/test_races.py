"""Two sweeps at once, a worker killed between chunks: on a file database with real writers."""

import os
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from crm.jobs import services
from crm.jobs.models import JobRun
from crm.notifications.models import Notice

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(work, count):
    faults = []

    def body():
        try:
            work()
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=body) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_four_sweeps_at_once_run_each_period_once(job, local):
    done = job(periods=lambda now: [f"{n:02}" for n in range(30)])
    in_threads(lambda: services.sweep(local(2026, 11, 24)), 4)
    assert sorted(done) == [f"{n:02}" for n in range(30)]
    assert set(JobRun.objects.values_list("status", flat=True)) == {"done"}


def test_one_period_rung_by_four_workers_runs_once(job, local):
    done = job()
    for number in range(20):
        JobRun.objects.create(job="probe", period=str(number), created_at=local(2026, 11, 24))
        in_threads(lambda n=number: services.answer(name="probe", period=str(n), now=local(2026, 11, 24)), 4)
    assert sorted(done, key=int) == [str(n) for n in range(20)]


@pytest.mark.parametrize("chunk", [0, 1, 3])
@pytest.mark.parametrize("inside", [True, False])
def test_a_worker_killed_at_a_chunk_is_resumed_with_nothing_doubled(job, local, manager, chunk, inside):
    """The child process ends as by kill -9, inside the chunk's transaction or right after its commit."""
    parent = os.getpid()

    def write(*, period, run, now):
        for number in range(run.cursor.get("next", 0), 5):
            with transaction.atomic():
                Notice.objects.create(recipient=manager, kind=f"chunk-{number}", created_at=now)
                services.heartbeat(run, done=number + 1, cursor={"next": number + 1})
                die(number, inside)
            die(number, not inside)

    def die(number, here):
        if here and number == chunk and os.getpid() != parent:
            os._exit(9)

    job("write", run=write)
    moment = local(2026, 11, 24)
    JobRun.objects.create(job="write", period="1", created_at=moment)
    connection.close()
    if not (child := os.fork()):
        services.sweep(moment)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    services.sweep(moment + timedelta(seconds=60))
    assert JobRun.objects.get().status == "running"
    services.sweep(moment + timedelta(minutes=5))
    assert JobRun.objects.get().status == "done"
    assert list(Notice.objects.order_by("pk").values_list("kind", flat=True)) == [f"chunk-{n}" for n in range(5)]
