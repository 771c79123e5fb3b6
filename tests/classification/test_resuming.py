"""Killed between or within chunks, a run ends as if nothing had happened."""

from datetime import timedelta

import pytest

from archives.classification import running
from archives.models import ClassChange, CustomerClass, Proposal, Run, Unit
from crm.jobs.models import JobRun
from crm.jobs.services import run_job
from tests.archives import make_personal
from tests.classification.engine import AFTER, compute, deposit, give_class, proposed

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What no handler catches, as kill -9."""


@pytest.fixture
def chunks(bank, now, monkeypatch):
    """Twelve customers, five a chunk: three chunks."""
    monkeypatch.setattr(running, "CHUNK", 5)
    for n in range(12):
        customer = make_personal(branch=bank["0101" if n % 2 else "0201"], now=now)
        deposit(customer, n * 20)
        if n % 3 == 0:
            give_class(customer, "gold", below=1)


def start_over():
    Run.objects.all().delete()
    JobRun.objects.all().delete()


def kill_at(monkeypatch, name, call):
    """Die at the `call`-th call of running.<name>, before it (call > 0) or after it (call < 0)."""
    work, seen = getattr(running, name), []

    def dying(*args, **named):
        seen.append(1)
        if call > 0 and len(seen) == call:
            raise Killed
        result = work(*args, **named)
        if call < 0 and len(seen) == -call:
            raise Killed
        return result

    monkeypatch.setattr(running, name, dying)
    return lambda: monkeypatch.setattr(running, name, work)


POINTS = [(name, call) for name in ("insert_chunk", "heartbeat", "yield_if_long") for call in (1, 2, 3, -1, -2, -3)]


@pytest.mark.parametrize(("name", "call"), [*POINTS, ("redecide", 1), ("open_units", -1), ("tell_held", -1)])
def test_killed_and_rerun_it_proposes_the_same(chunks, monkeypatch, name, call):
    whole = compute()
    wanted, counts, units = proposed(whole), whole.counts, unit_rows()
    start_over()
    alive = kill_at(monkeypatch, name, call)
    with pytest.raises(Killed):
        run_job(name=running.JOB, period="2026Q3", now=AFTER)
    alive()
    found = compute(now=AFTER + timedelta(minutes=3))  # its lease has run out
    assert proposed(found) == wanted
    assert (found.state, found.counts, unit_rows()) == (whole.state, counts, units)


def unit_rows() -> list:
    return sorted(Unit.objects.values_list("branch", "branches", "state"))


def test_a_turn_ends_after_a_chunk_and_the_next_goes_on(chunks, monkeypatch):
    from crm.jobs import services

    whole = proposed(compute())
    start_over()
    monkeypatch.setattr(services, "TURN", 0)
    assert services.take_turn(name=running.JOB, period="2026Q3", now=AFTER) == "paused"
    assert Run.objects.get().state == "computing"
    assert (Proposal.objects.count(), JobRun.objects.get().done, JobRun.objects.get().total) == (5, 5, 12)
    assert proposed(compute()) == whole


@pytest.mark.parametrize("call", [1, -1, 2, -2])
def test_killed_while_applying_without_meetings_it_applies_the_rest(chunks, monkeypatch, settings, call):
    settings.RECLASSIFICATION_CONFIRM = "auto"
    from archives.models import Scheme

    Scheme.objects.update(held_percent=100)
    before = list(CustomerClass.objects.values())
    compute()
    wanted = (applied(), changed())
    ClassChange.objects.all().delete()
    CustomerClass.objects.all().delete()
    start_over()
    CustomerClass.objects.bulk_create(CustomerClass(**row) for row in before)
    alive = kill_at(monkeypatch, "confirm_unit", call)
    with pytest.raises(Killed):
        run_job(name=running.JOB, period="2026Q3", now=AFTER)
    alive()
    assert compute(now=AFTER + timedelta(minutes=3)).state == "confirmed"
    assert (applied(), changed()) == wanted


def applied() -> list:
    return sorted(CustomerClass.objects.values_list("customer", "code", "rank", "since", "average_cents", "below"))


def changed() -> list:
    return sorted(ClassChange.objects.values_list("customer", "old_code", "new_code", "verdict", "effective_on"))
