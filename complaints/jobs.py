"""The jobs of complaints, handed to the ledger in plain sight."""

from django.utils.translation import gettext_lazy as _

from complaints.briefings import reminding
from crm.jobs.periods import daily
from crm.jobs.registry import Job

JOBS: list[Job] = [
    Job(
        name=reminding.JOB,
        title=_("Remind of unread documents and missing briefings"),
        periods=daily(reminding.JOB, hour=10),
        run=reminding.run,
    ),
]
