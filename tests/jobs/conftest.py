from datetime import datetime

import pytest
from django.utils import timezone

from crm.jobs import doorbell, registry
from crm.jobs.registry import Job, register


@pytest.fixture(autouse=True)
def _empty_registry(monkeypatch):
    """Only the test's own jobs exist, and the bell is not in its quiet time."""
    monkeypatch.setattr(registry, "_JOBS", {})
    monkeypatch.setattr(doorbell, "_quiet_until", 0.0)


@pytest.fixture
def job():
    """Register a job that notes each period it did."""

    def make(name="probe", run=None, **fields):
        done = []

        def note(*, period, run, now):
            done.append(period)

        register(Job(name=name, run=run or note, **fields))
        return done

    return make


@pytest.fixture
def local():
    return lambda *parts: timezone.make_aware(datetime(*parts))
