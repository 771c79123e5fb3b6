"""Run what the ledger says is due: claim by compare-and-set, lease, back-off, give up visibly."""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import get_random_string

from crm.jobs import doorbell, failures
from crm.jobs.models import JobRun
from crm.jobs.registry import Job, JobError, Later, Paused, find, jobs

LEASE = timedelta(seconds=120)
TURN = 60  # Seconds after which a long job lets others have their turn.
MAX_ATTEMPTS = 8


class LeaseLost(Exception):
    """Another worker took the run over; what this one did since its last commit is rolled back."""


def queue_run(*, job: str, period: str, now: datetime) -> JobRun:
    """Write the run into the ledger and knock when the transaction commits; asking twice changes nothing.

    A broker that is down costs the page about a second at most: the sweep brings the run back.
    """
    found = find(job)
    if found is None:
        raise LookupError(f"No job is called {job!r}.")
    run, _ = JobRun.objects.get_or_create(job=job, period=period, defaults={"created_at": now, "asked": True})
    transaction.on_commit(lambda: doorbell.ring_run(run.job, run.period, queue=found.queue), robust=True)
    return run


def plan(now: datetime, *, only: str = "") -> None:
    """Write a row for every period that is due and has none; of the job `only` where it is given."""
    for job in jobs():
        if only and job.name != only:
            continue
        if not (due := _due_periods(job, now)):
            continue
        rows = [JobRun(job=job.name, period=period, created_at=now) for period in due]
        JobRun.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        JobRun.objects.filter(job=job.name, period__in=due[-500:], asked=True).update(asked=False)


def knock(now: datetime, *, limit: int = 50) -> None:
    """Plan, then ring once for each of the oldest due runs; a worker that hears twice does nothing twice."""
    plan(now)
    for run in startable(now)[:limit]:
        job = find(run.job)
        doorbell.ring_run(run.job, run.period, queue=job.queue if job else "fast")


def knock_job(*, name: str, now: datetime) -> int:
    """Plan the due periods of one job and ring for the oldest that may start; how many were rung for."""
    plan(now, only=name)
    job = find(name)
    mine = [run for run in startable(now) if run.job == name][:5]
    for run in mine:
        doorbell.ring_run(run.job, run.period, queue=job.queue if job else "fast")
    return len(mine)


def run_now(*, job: Job, actor, now: datetime) -> list[str]:
    """What an administrator asks for: the due periods, else the newest one once more; the periods that wait now."""
    plan(now, only=job.name)
    waiting = list(JobRun.objects.open().filter(job=job.name).order_by("period").values_list("period", flat=True))
    if not waiting:
        newest = JobRun.objects.filter(job=job.name).order_by("-period").first()
        if newest is None or not run_again(run=newest, actor=actor, now=now):
            return []
        return [newest.period]
    JobRun.objects.open().filter(job=job.name, status=JobRun.Status.FAILED).update(retry_at=now, asked_by=str(actor))
    transaction.on_commit(lambda: knock_job(name=job.name, now=now), robust=True)
    return waiting


def sweep(now: datetime) -> int:
    """Plan, then run everything due here and now, oldest first; the number of runs that ended well."""
    plan(now)
    tried: set[int] = set()
    done = 0
    while todo := [run for run in startable(now) if run.pk not in tried]:
        tried.add(todo[0].pk)
        done += run_job(name=todo[0].job, period=todo[0].period, now=now)
    return done


def startable(now: datetime) -> list[JobRun]:
    """Due runs, oldest first, without those of an ordered job that wait for an earlier period."""
    found: list[JobRun] = []
    first: dict[str, str] = {}
    for run in JobRun.objects.open().defer("error", "counts", "cursor").oldest_first():
        job = find(run.job)
        if job and job.in_order:
            first[run.job] = min(first.get(run.job, run.period), run.period)
        found.append(run)
    due = set(JobRun.objects.due(now).values_list("pk", flat=True))
    return [run for run in found if run.pk in due and first.get(run.job, run.period) == run.period]


def run_job(*, name: str, period: str, now: datetime) -> bool:
    """Run one period to its end in this process, pauses included; False when it failed or is not due.

    Writes the row when there is none. Safe to call from several processes at once: one works.
    """
    while (outcome := take_turn(name=name, period=period, now=now)) == "paused":
        pass
    return outcome == "done"


def take_turn(*, name: str, period: str, now: datetime) -> str:
    """Claim and work for one turn: "done", "paused", "later", "failed", or "busy" when it is not ours to run."""
    run = JobRun.objects.get_or_create(
        job=name, period=period, defaults={"created_at": now, "asked": find(name) is not None}
    )[0]
    if not _claim(run, now):
        return "busy"
    job = find(name)
    try:
        if job is None:
            raise JobError(f"No job is called {name!r}.")
        _work(job, run, now)
    except Paused:
        return "paused" if _release(run, retry_at=now) else "busy"
    except Later as wait:
        return "later" if _release(run, retry_at=wait.until, error=wait.why) else "busy"
    except LeaseLost:
        return "busy"
    except Exception as error:
        _fail(run, error)
        return "failed"
    return "done"


def answer(*, name: str, period: str, now: datetime) -> None:
    """A worker's turn at the door: one turn of one run, then ring again when it paused."""
    job = find(name)
    open_periods = JobRun.objects.open().filter(job=name, period__lt=period)
    if job and job.in_order and open_periods.exists():
        return
    if take_turn(name=name, period=period, now=now) == "paused" and job:
        doorbell.ring_run(name, period, queue=job.queue)


def run_again(*, run: JobRun, actor, now: datetime) -> bool:
    """Put a given-up, failed or finished run back to waiting, from its start; False while it is running."""
    closed = [JobRun.Status.DONE, JobRun.Status.DEAD, JobRun.Status.FAILED]
    found = JobRun.objects.filter(pk=run.pk, status__in=closed).update(
        status=JobRun.Status.WAITING,
        attempts=0,
        retry_at=None,
        cursor={},
        done=0,
        error="",
        finished_at=None,
        created_at=now,
        asked_by=str(actor),
    )
    if found:
        transaction.on_commit(lambda: doorbell.ring_run(run.job, run.period, queue="fast"), robust=True)
    return bool(found)


def heartbeat(run: JobRun, *, done: int | None = None, total: int | None = None, cursor=None, counts=None) -> None:
    """Keep the lease and store how far the run is. Call it inside the chunk's transaction, so that the
    resume point and the work commit together. Raises LeaseLost when another worker took over.
    """
    changes = {"done": done, "total": total, "cursor": cursor, "counts": counts}
    changes = {name: value for name, value in changes.items() if value is not None}
    if not JobRun.objects.held_by(run).update(lease_until=_clock(run) + LEASE, **changes):
        raise LeaseLost
    for name, value in changes.items():
        setattr(run, name, value)


def yield_if_long(run: JobRun) -> None:
    """Call between chunks, outside a transaction: after a turn of a minute the rest waits for another task."""
    if time.monotonic() - run.turn_began >= TURN:
        raise Paused


def _due_periods(job: Job, now: datetime) -> list[str]:
    """A job that cannot even tell its periods does not stop the others."""
    try:
        return job.periods(now)
    except Exception as error:
        failures.log_periods(job.name, failures.summary(error))
        return []


def _clock(run: JobRun) -> datetime:
    """Now, counted by the monotonic clock from the moment handed in: a clock that jumps breaks no lease."""
    return run.turn_now + timedelta(seconds=time.monotonic() - run.turn_began)


def _claim(run: JobRun, now: datetime) -> bool:
    token = get_random_string(32)
    claimed = (
        JobRun.objects.due(now)
        .filter(pk=run.pk)
        .update(
            status=JobRun.Status.RUNNING,
            lease_until=now + LEASE,
            lease_token=token,
            attempts=F("attempts") + 1,
            started_at=now,
        )
    )
    if not claimed:
        return False
    run.refresh_from_db()
    run.turn_now, run.turn_began = now, time.monotonic()
    if run.attempts > MAX_ATTEMPTS:
        _give_up(run, now)
        return False
    return run.lease_token == token


def _work(job: Job, run: JobRun, now: datetime) -> None:
    if job.one_transaction:
        with transaction.atomic():
            job.run(period=run.period, run=run, now=now)
            _finish(run)
    else:
        job.run(period=run.period, run=run, now=now)
        _finish(run)


def _finish(run: JobRun) -> None:
    ended = {"status": JobRun.Status.DONE, "finished_at": _clock(run), "error": "", "lease_until": None}
    if not JobRun.objects.held_by(run).update(**ended):
        raise LeaseLost


def _release(run: JobRun, *, retry_at: datetime, error: str = "") -> bool:
    """A pause is progress: the count of attempts starts again. `error` says what the run waits for."""
    resting = {"status": JobRun.Status.WAITING, "attempts": 0, "retry_at": retry_at, "lease_until": None}
    resting["error"] = error
    return bool(JobRun.objects.held_by(run).update(**resting))


def _fail(run: JobRun, error: Exception) -> None:
    summary = failures.summary(error)
    failures.log(run, summary)
    if run.attempts >= MAX_ATTEMPTS:
        _give_up(run, _clock(run), summary)
        return
    retry_at = _clock(run) + failures.back_off(run.attempts)
    JobRun.objects.held_by(run).update(status=JobRun.Status.FAILED, error=summary, retry_at=retry_at, lease_until=None)


def _give_up(run: JobRun, now: datetime, summary: str | None = None) -> None:
    error = summary or run.error or "Its worker ended again and again without an error."
    ended = {"status": JobRun.Status.DEAD, "error": error, "finished_at": now, "lease_until": None}
    with transaction.atomic():
        if JobRun.objects.held_by(run).update(**ended):
            failures.tell_administrators(run, now)
