"""The jobs of the archives, handed to the ledger in plain sight."""

from django.utils.translation import gettext_lazy as _

from archives.accounts.figures import refresh_job
from archives.changes import reminding
from archives.feeds import running
from archives.retention import finding
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
    Job(name="import-feed", title=_("Load deposit files"), run=running.run, queue="bulk"),
]
