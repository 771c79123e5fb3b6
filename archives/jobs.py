"""The jobs of the archives, handed to the ledger in plain sight."""

from django.utils.translation import gettext_lazy as _

from archives.accounts.figures import refresh_job
from archives.changes import reminding
from archives.feeds import running
from archives.intelligence import prompting
from archives.retention import clock, due, files, finding
from crm.jobs.periods import daily, hourly, monthly
from crm.jobs.registry import Job

JOBS = [
    Job(
        name="reroute-requests",
        title=_("Let open change requests follow their manager and branch"),
        periods=hourly("reroute-requests"),
        run=reminding.run_reroute,
    ),
    Job(
        name="change-reminders",
        title=_("Remind of change requests and escalate them"),
        periods=daily("change-reminders", hour=8),
        run=reminding.run,
    ),
    Job(
        name="refresh-figures",
        title=_("Balances and averages of the quarter so far"),
        periods=daily("refresh-figures", hour=6),
        run=refresh_job,
        queue="bulk",
    ),
    Job(
        name=finding.JOB,
        title=_("Find archives that look dead"),
        periods=monthly(finding.JOB, hour=4),
        run=finding.run,
        queue="bulk",
    ),
    Job(
        name="watch-clock",
        title=_("Watch the clock that purges go by"),
        periods=hourly("watch-clock"),
        run=clock.watch_clock,
    ),
    Job(
        name="retention-due",
        title=_("Find what is due for purge"),
        periods=daily("retention-due", hour=7),
        run=due.run,
    ),
    Job(
        name="remove-purged-files",
        title=_("Remove the files of what was purged"),
        periods=hourly("remove-purged-files"),
        run=files.remove_job,
    ),
    Job(
        name="stale-intelligence",
        title=_("Ask whether intelligence that goes out of date is still right"),
        periods=daily("stale-intelligence", hour=8),
        run=prompting.run,
    ),
    Job(name="import-feed", title=_("Load deposit files"), run=running.run, queue="bulk"),
]
