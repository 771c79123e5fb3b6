"""The ledger's job that loads a registered delivery; the period is the load's number."""

from datetime import datetime

from archives.feeds.models import FeedLoad
from archives.feeds.services import run_load
from crm.jobs.models import JobRun
from crm.jobs.services import heartbeat, yield_if_long


def run(*, period: str, run: JobRun, now: datetime) -> None:
    """Go on where the last finished batch ended; yields to other jobs about once a minute."""
    load = FeedLoad.objects.get(pk=int(period))

    def report(file) -> None:
        """Reconciling (no file) is not interrupted: it would begin anew each turn."""
        heartbeat(run, done=sum(load.files.values_list("rows", flat=True)))
        if file is not None:
            yield_if_long(run)

    run_load(load=load, now=now, report=report)
