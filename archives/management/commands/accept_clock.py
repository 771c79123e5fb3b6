"""After a wrong clock was set right: purges wait for a steady day again instead of for the wrong clock's date."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from archives.retention.services import accept_clock


class Command(BaseCommand):
    help = "accept_clock: the system's clock was wrong and is right now; purges can only become later by it"

    def handle(self, **options):
        clock = accept_clock(now=timezone.now())
        self.stdout.write(f"Watched anew from {clock.seen_at.isoformat()}; vouched for: {clock.trusted_at.isoformat()}")
