from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.jobs.selectors import job_states


class Command(BaseCommand):
    help = "List the jobs: what is due, the last periods, their state and errors."

    def add_arguments(self, parser):
        parser.add_argument("--last", type=int, default=3, help="how many periods to show of each job")

    def handle(self, *, last, **options):
        for state in job_states(timezone.now(), last=last):
            due = ", ".join(state.due[:5]) + (f" (+{len(state.due) - 5})" if len(state.due) > 5 else "")
            self.stdout.write(f"{state.job.name}  {state.job.title}\n  due: {due or '-'}")
            for run in state.last:
                self.stdout.write("  " + self.line(run))

    def line(self, run):
        ended = timezone.localtime(run.finished_at).strftime("%Y-%m-%d %H:%M") if run.finished_at else "-"
        progress = f"{run.done}/{run.total}" if run.total else str(run.done or "")
        error = run.error.splitlines()[0] if run.error else ""
        parts = [run.period, run.status, f"attempts {run.attempts}", f"ended {ended}", progress, error]
        return "  ".join(part for part in parts if part)
