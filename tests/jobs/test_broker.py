"""A broker that refuses or is silent: the page goes on, the sweep brings the run."""

import os
import socket
import subprocess
import sys
import time

import pytest
from django.db import transaction

from crm.jobs import doorbell, services
from crm.jobs.models import JobRun
from tests.settings import BASE_DIR

KNOCK = """
import time, django; django.setup()
from crm.jobs import doorbell
for _ in range(2):
    began = time.monotonic()
    heard = doorbell.ring_run("expire-sessions", "2026-11-24", queue="fast")
    print(heard, round(time.monotonic() - began, 2))
"""


@pytest.fixture
def silent():
    """A port that accepts and never answers."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(50)
        yield door.getsockname()[1]


@pytest.fixture
def refusing():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def knock_at(port, tmp_path):
    """Knock twice in a process of its own, as a web process would; [(heard, seconds)]."""
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "INSECURE_LOCAL": "1",
        "DATA_DIR": str(tmp_path),
    }
    told = subprocess.run(
        [sys.executable, "-c", KNOCK], env=env, cwd=BASE_DIR, capture_output=True, text=True, timeout=60, check=True
    )
    return [(heard == "True", float(seconds)) for heard, seconds in map(str.split, told.stdout.splitlines())]


@pytest.mark.parametrize("kind", ["silent", "refusing"])
def test_a_page_waits_about_a_second_and_the_next_not_at_all(kind, request, tmp_path):
    first, second = knock_at(request.getfixturevalue(kind), tmp_path)
    assert first[0] is False and first[1] < 10
    assert second == (False, 0.0)


@pytest.mark.django_db(transaction=True)
def test_a_run_queued_while_the_broker_is_down_is_done_by_the_next_sweep(job, local, monkeypatch):
    from crm.jobs import tasks

    done = job()

    def refuse(**options):
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks.run, "apply_async", refuse)
    with transaction.atomic():
        services.queue_run(job="probe", period="1", now=local(2026, 11, 24))
    assert done == [] and JobRun.objects.get().status == "waiting"
    services.sweep(local(2026, 11, 24))
    assert done == ["1"]


@pytest.mark.django_db
def test_nothing_is_queued_when_the_transaction_rolls_back(job, local, django_capture_on_commit_callbacks):
    job()
    with django_capture_on_commit_callbacks() as callbacks:
        try:
            with transaction.atomic():
                services.queue_run(job="probe", period="1", now=local(2026, 11, 24))
                raise ValueError
        except ValueError:
            pass
    assert callbacks == [] and not JobRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_knocks_as_soon_as_the_transaction_commits(job, local):
    done = job()
    services.queue_run(job="probe", period="1", now=local(2026, 11, 24))
    assert done == ["1"]


@pytest.mark.redis
def test_redis_hears_the_knock(tmp_path):
    port = int(os.environ.get("TEST_REDIS_PORT", "6379"))
    assert [heard for heard, _seconds in knock_at(port, tmp_path)] == [True, True]


def test_the_bell_rests_after_a_failure_and_then_tries_again(monkeypatch):
    from crm.jobs import tasks

    calls = []
    monkeypatch.setattr(tasks.run, "apply_async", lambda **options: calls.append(options))
    monkeypatch.setattr(doorbell, "_quiet_until", time.monotonic() + 5)
    assert doorbell.ring_run("a", "1", queue="fast") is False
    monkeypatch.setattr(doorbell, "_quiet_until", time.monotonic() - 1)
    assert doorbell.ring_run("a", "1", queue="fast") is True
    assert len(calls) == 1
