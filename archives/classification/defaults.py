"""The thresholds that every bank starts with stand as soon as the tables do, and again after a flush."""

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone


def after_migrate(sender, *, using=DEFAULT_DB_ALIAS, **kwargs) -> None:
    """Called by Django when `migrate` or `flush` ends; nothing where the tables are not there yet."""
    from archives.classification.models import Level, Scheme
    from archives.classification.schemes import ensure_default_scheme

    connection = connections[using]
    if {Scheme._meta.db_table, Level._meta.db_table} <= set(connection.introspection.table_names()):
        ensure_default_scheme(timezone.now())
