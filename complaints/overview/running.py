"""Once a day: remind owners of improvement tasks, and count the effect of those whose weeks are over."""

from datetime import datetime

from django.db import transaction

from complaints.overview.improving import check_effect, remind
from complaints.overview.models import Improvement
from crm.jobs.models import JobRun
from crm.lib.dates import local_day

JOB = "improvement-tasks"


def run(*, period: str, run: JobRun, now: datetime) -> None:
    for one in Improvement.objects.open().for_page():
        with transaction.atomic():
            remind(improvement=one, now=now)
    for one in Improvement.objects.to_check(local_day(now)).for_page():
        check_effect(improvement=one, now=now)
