"""Fills an empty database with the invented bank."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.staff.models import Branch
from crm.workbench.demo.bank import load_bank


class Command(BaseCommand):
    help = "Load the demo bank: branches, employees, customers, 18 months of accounts. The same from the same seed."

    def add_arguments(self, parser):
        parser.add_argument("--customers", type=int, default=3000, help="how many customers (a fifth are companies)")
        parser.add_argument("--seed", type=int, default=20261124)
        parser.add_argument("--if-empty", action="store_true", help="do nothing where branches exist already")

    def handle(self, *, customers, seed, if_empty, **options):
        if Branch.objects.exists():
            if if_empty:
                return
            raise CommandError("The database is not empty: load_demo only fills a fresh one.")
        if not 1 <= customers <= 5_000_000:
            raise CommandError("--customers takes a number from 1 to 5,000,000.")
        started = time.monotonic()

        def report(text: str):
            self.stdout.write(f"[{time.monotonic() - started:6.1f} s] {text}")
            self.stdout.flush()

        load_bank(customers=customers, seed=seed, now=timezone.now(), report=report)
        report(f"The demo bank stands. Password of every login: {settings.DEMO_PASSWORD} (works with DEMO=1 only)")
