"""The jobs of complaints, handed to the ledger in plain sight."""

from django.utils.translation import gettext_lazy as _

from complaints.briefings import reminding
from complaints.conduct import reminding as points
from complaints.handling import rerouting
from complaints.loading import running as loading
from complaints.overview import running as improvements
from crm.jobs.periods import daily, hourly
from crm.jobs.registry import Job

JOBS: list[Job] = [
    Job(
        name=rerouting.JOB,
        title=_("Replace who can no longer handle their open cases"),
        periods=hourly(rerouting.JOB),
        run=rerouting.run_reroute,
    ),
    Job(
        name=reminding.JOB,
        title=_("Remind of unread documents and missing briefings"),
        periods=daily(reminding.JOB, hour=10),
        run=reminding.run,
    ),
    Job(
        name="points-reminders",
        title=_("Remind of appeals against points and of overdue consequences"),
        periods=daily("points-reminders", hour=8),
        run=points.run,
    ),
    Job(name=loading.JOB, title=_("Load complaints from a file"), run=loading.run, queue="bulk"),
    Job(
        name=improvements.JOB,
        title=_("Remind of improvement tasks and count their effect"),
        periods=daily(improvements.JOB, hour=8),
        run=improvements.run,
    ),
]
