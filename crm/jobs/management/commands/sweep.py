from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.jobs.services import sweep


class Command(BaseCommand):
    help = "Run everything that is due here and now, oldest first: what a worker does, without a broker."

    def handle(self, **options):
        done = sweep(timezone.now())
        self.stdout.write(f"{done} runs done")
