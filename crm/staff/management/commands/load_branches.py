from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from crm.lib.tabular import TabularError
from crm.staff.loading import LoadError, load_branches


class Command(BaseCommand):
    help = "Load the tree of branches from a CSV file (docs/people.md): all rows or none."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        try:
            outcome = load_branches(path=file)
        except LoadError as refused:
            raise CommandError("\n".join(["Nothing was loaded.", *map(str, refused.faults)])) from None
        except (TabularError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"added {outcome.added}, changed {outcome.changed}, unchanged {outcome.same}")
