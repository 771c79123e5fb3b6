"""The ledger's job that loads an uploaded file of complaints; the period is the load's number."""

from datetime import datetime
from pathlib import Path

from complaints.loading.models import CaseLoad
from complaints.loading.services import run_load
from crm.jobs.models import JobRun
from crm.jobs.services import heartbeat, yield_if_long

JOB = "import-complaints"


def run(*, period: str, run: JobRun, now: datetime) -> None:
    """Go on where the last finished chunk ended; yields to other jobs about once a minute."""
    load = CaseLoad.objects.get(pk=int(period))

    def report(load: CaseLoad) -> None:
        heartbeat(run, done=load.rows)
        yield_if_long(run)

    path = Path(load.source.path) if load.source else Path(load.path)
    done = run_load(load=load, path=path, now=now, report=report)
    heartbeat(run, done=done.rows, counts={"loaded": done.loaded, "known": done.known, "refused": done.refused})
