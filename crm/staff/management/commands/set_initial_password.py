from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.staff.backends import find_user
from crm.staff.services import give_initial_password


class Command(BaseCommand):
    help = "Give an employee a random password for 24 hours, printed once; it must be changed at the first sign-in."

    def add_arguments(self, parser):
        parser.add_argument("username", help="user name or employee number")

    def handle(self, *, username, **options):
        user = find_user(username)
        if user is None:
            raise CommandError(f"There is no employee {username!r}.")
        if not user.is_active:
            raise CommandError(f"{user} is disabled.")
        self.stdout.write(give_initial_password(user=user, now=timezone.now()))
