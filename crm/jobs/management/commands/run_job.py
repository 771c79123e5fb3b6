from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.jobs.models import JobRun
from crm.jobs.registry import find, jobs
from crm.jobs.services import run_job


class Command(BaseCommand):
    help = "Run one period of a job here and now: the given one, or everything that is due."

    def add_arguments(self, parser):
        parser.add_argument("name")
        parser.add_argument("--period", help="a period label as `manage.py jobs` shows it")

    def handle(self, *, name, period, **options):
        job = find(name)
        if job is None:
            raise CommandError(f"No job is called {name!r}. There are: {', '.join(j.name for j in jobs())}")
        now = timezone.now()
        periods = [period] if period else job.periods(now)
        if not periods:
            self.stdout.write(f"{name}: nothing is due")
        failed = [label for label in periods if not self.run_period(name, label, now)]
        if failed:
            raise CommandError(f"{name}: not done: {', '.join(failed)}")

    def run_period(self, name, period, now):
        """True when the period is done, by this call or before it."""
        ran = run_job(name=name, period=period, now=now)
        run = JobRun.objects.get(job=name, period=period)
        error = f": {run.error.splitlines()[0]}" if run.error else ""
        self.stdout.write(f"{name} {period}: {'done now' if ran else run.get_status_display()}{error}")
        return run.status == JobRun.Status.DONE
