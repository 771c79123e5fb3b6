from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.lib.tabular import TabularError
from crm.staff.backends import find_user
from crm.staff.loading import LoadError, load_people


class Command(BaseCommand):
    help = "Load employees from a CSV file (docs/people.md): all rows or none. Initial passwords are printed once."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", default="", help="user name of the administrator the changes are recorded for")

    def handle(self, *, file, by, **options):
        actor = find_user(by) if by else None
        if by and actor is None:
            raise CommandError(f"There is no employee {by!r}.")
        try:
            outcome = load_people(path=file, actor=actor, now=timezone.now())
        except LoadError as refused:
            raise CommandError("\n".join(["Nothing was loaded.", *map(str, refused.faults)])) from None
        except (TabularError, OSError) as error:
            raise CommandError(str(error)) from None
        for user, password in outcome.passwords:
            self.stdout.write(f"{user.employee_number}\t{user.username}\t{password}")
        self.stdout.write(f"added {outcome.added}, changed {outcome.changed}, unchanged {outcome.same}")
