"""The jobs of the archives, handed to the ledger in plain sight."""

from django.utils.translation import gettext_lazy as _

from archives.accounts.figures import refresh_job
from archives.changes import reminding
from archives.classification import late
from archives.classification import running as classing
from archives.customers import expiring
from archives.feeds import running
from archives.intelligence import prompting
from archives.retention import clock, due, files, finding
from archives.reviews import analysing, closing, opening, quarterly, quarterly_paper
from crm.jobs.periods import after_half_year, after_quarter, after_year, daily, hourly, monthly
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
        name="document-expiry",
        title=_("Tell of documents that are about to expire"),
        periods=daily("document-expiry", hour=8),
        run=expiring.run,
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
    Job(
        name=classing.JOB,
        title=_("Propose classes from the deposits of the quarter"),
        periods=after_quarter(classing.JOB, hour=7),
        run=classing.run,
        queue="bulk",
        in_order=True,
    ),
    Job(
        name="late-postings",
        title=_("Find whom late postings would place elsewhere"),
        periods=daily("late-postings", hour=9),
        run=late.run,
        queue="bulk",
    ),
    Job(
        name="half-year-analyses",
        title=_("Open and count the half-year analyses"),
        periods=after_half_year("half-year-analyses", hour=7, days=30),
        run=analysing.run_opening,
        queue="bulk",
        in_order=True,
    ),
    Job(
        name="annual-analyses",
        title=_("Open and count the annual analyses"),
        periods=after_year("annual-analyses", hour=7, days=30),
        run=analysing.run_opening,
        queue="bulk",
        in_order=True,
    ),
    Job(name=analysing.COMPUTE, title=_("Count an analysis anew"), run=analysing.run_compute, queue="bulk"),
    Job(
        name=opening.JOB,
        title=_("Open the monthly archive meetings"),
        periods=opening.month_periods(),
        run=opening.run,
        queue="bulk",
        in_order=True,
    ),
    Job(name=closing.FILING_JOB, title=_("File the minutes of a closed meeting"), run=closing.run_filing),
    Job(
        name=quarterly.JOB,
        title=_("Open the customer analysis meetings"),
        periods=after_quarter(quarterly.JOB, hour=7),
        run=quarterly.run,
    ),
    Job(
        name=quarterly.FILING_JOB,
        title=_("File the minutes of a customer analysis meeting"),
        run=quarterly_paper.run_filing,
    ),
    Job(name="import-feed", title=_("Load deposit files"), run=running.run, queue="bulk"),
]
