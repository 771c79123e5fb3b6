"""Files of what was purged: named in the purge's own transaction, removed from disk after it."""

from datetime import datetime

from django.core.files.storage import default_storage
from django.db import connection

from archives.retention.models import PendingFile


def remember_files(names: list[str], now: datetime) -> int:
    """Write down which files a purge must remove; call inside its transaction."""
    names = sorted({name for name in names if name})
    PendingFile.objects.bulk_create([PendingFile(name=name, since=now) for name in names], ignore_conflicts=True)
    return len(names)


def remove_purged_files() -> int:
    """Remove every file that a committed purge left to remove; what is gone already counts as removed.

    A kill in between is finished by the next call. The journal of SQLite is emptied, so that nothing stays in it.
    """
    removed = 0
    for row in PendingFile.objects.order_by("pk"):
        default_storage.delete(row.name)
        removed += row.delete()[0]
    _empty_journal()
    return removed


def remove_job(*, period: str, run, now: datetime) -> None:
    remove_purged_files()


def _empty_journal() -> None:
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
