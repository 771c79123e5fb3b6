"""The targets every bank starts with (DOMAIN.md 1.3 and 10) stand as soon as the tables do, and again after a flush."""

from datetime import date

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

# clock, level, unit, amount
TARGETS = [
    ("register", "", "wh", 1),
    ("acknowledge", "", "wd", 1),
    ("contact", "", "wh", 2),
    ("contact_red", "", "h", 24),
    ("plan", "", "wd", 1),
    ("internal", "", "wd", 5),
    ("internal", "complex", "wd", 10),
    ("internal", "major", "wd", 10),
    ("statutory", "", "d", 15),
    ("major_notice", "", "h", 2),
    ("major_report", "", "h", 24),
    ("regulator", "", "d", 15),
    ("review", "", "d", 30),
    ("call_back", "", "wd", 3),
]
FROM = date(2000, 1, 1)


def after_migrate(sender, *, using=DEFAULT_DB_ALIAS, **kwargs) -> None:
    """Called by Django when `migrate` or `flush` ends; nothing where the table is not there yet or holds a version."""
    from complaints.clocks.models import Target

    if Target._meta.db_table not in connections[using].introspection.table_names():
        return
    if Target.objects.using(using).exists():
        return
    now = timezone.now()
    Target.objects.using(using).bulk_create(
        Target(kind=kind, level=level, unit=unit, amount=amount, valid_from=FROM, set_at=now)
        for kind, level, unit, amount in TARGETS
    )
