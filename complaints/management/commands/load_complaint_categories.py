from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from complaints.intake.categories import load_codes
from crm.lib.tabular import TabularError


class Command(BaseCommand):
    help = "Load the official codes of JR/T 0169-2018 from a CSV file (face,key,code): all rows or none."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="CSV with face, key (or name) and code")
        parser.add_argument("--check", action="store_true", help="only compare and report")

    def handle(self, *, file, check, **options):
        try:
            report = load_codes(path=file, now=timezone.now(), apply=not check)
        except (TabularError, OSError) as error:
            raise CommandError(str(error)) from None
        if report.faults:
            raise CommandError("\n".join(["Nothing was loaded.", *report.faults]))
        for category, old, new in report.changed:
            self.stdout.write(f"{category.face} {category.key}: {old or '–'} → {new}")
        for category in report.without:
            self.stdout.write(f"{category.face} {category.key}: no code")
        done = "would change" if check else "changed"
        self.stdout.write(f"{done} {len(report.changed)}, unchanged {report.same}, without code {len(report.without)}")
