"""Which jobs exist. Each app hands its own over in `AppConfig.ready`: `register(Job(...))`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class JobError(Exception):
    """A failure whose message is safe to show to administrators (no personal data in it)."""


class Paused(Exception):
    """Raised by `services.yield_if_long`: the chunk is committed, the rest follows in another task."""


class Later(Exception):
    """Raised by a job that has to wait for something outside: nothing failed, ask again at `until`.

    The run waits with `why` on it (safe to show, no personal data); attempts are not counted.
    """

    def __init__(self, until: datetime, why: str):
        super().__init__(why)
        self.until, self.why = until, why


def on_demand(now: datetime) -> list[str]:
    """Periods of a job that only `services.queue_run` starts."""
    return []


@dataclass(frozen=True, kw_only=True)
class Job:
    """`periods(now)` lists what is due, oldest first (see `periods.py`); what is done already may be in it.

    `run(period=, run=, now=)` must be safe to run twice for one period. Work in chunks, each one
    transaction that calls `services.heartbeat(run, done=, total=, cursor=)` inside, then
    `services.yield_if_long(run)` outside. A small job may set `one_transaction`: its work and the
    ledger's mark then commit together, exactly once.
    `in_order`: a period waits until every earlier period of the job is done or given up.
    """

    name: str
    run: Callable[..., None]
    periods: Callable[[datetime], list[str]] = on_demand
    title: "str | StrPromise" = ""
    queue: str = "fast"
    in_order: bool = False
    one_transaction: bool = False


_JOBS: dict[str, Job] = {}


def register(job: Job) -> None:
    known = _JOBS.setdefault(job.name, job)
    if known is not job:
        raise ValueError(f"Two jobs are called {job.name!r}.")


def find(name: str) -> Job | None:
    return _JOBS.get(name)


def jobs() -> list[Job]:
    return sorted(_JOBS.values(), key=lambda job: job.name)
