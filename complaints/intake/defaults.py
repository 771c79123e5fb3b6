"""The three faces of JR/T 0169-2018 stand as soon as the tables do, and again after a flush. Names only: codes are loaded."""

import csv
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections
from simple_history.utils import bulk_create_with_history

SEED = Path(__file__).with_name("categories.csv")


def after_migrate(sender, *, using=DEFAULT_DB_ALIAS, **kwargs) -> None:
    """Called by Django when `migrate` or `flush` ends; nothing where the tables are not there yet."""
    from complaints.cases.models import Category

    tables = {Category._meta.db_table, Category.history.model._meta.db_table}
    if tables <= set(connections[using].introspection.table_names()):
        ensure_categories()


def seed_rows() -> list[dict[str, str]]:
    with SEED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ensure_categories() -> int:
    """Add what is missing of the seed; how many that were. What the bank renamed, coded or switched off stays so."""
    from complaints.cases.models import Category

    known = {(row.face, row.key): row for row in Category.objects.only("pk", "face", "key")}
    waiting = [row for row in seed_rows() if (row["face"], row["key"]) not in known]
    added = len(waiting)
    while waiting:  # parents first: a level of the tree each time round
        ready = [row for row in waiting if not row["parent"] or (row["face"], row["parent"]) in known]
        if not ready:
            raise LookupError(f"{SEED.name} names a parent that is not there: {waiting[0]['parent']}")
        waiting = [row for row in waiting if row not in ready]
        made = [_category(row, known.get((row["face"], row["parent"]))) for row in ready]
        for category in bulk_create_with_history(made, Category):
            known[category.face, category.key] = category
    return added


def _category(row: dict[str, str], parent):
    from complaints.cases.models import Category

    return Category(
        face=row["face"],
        key=row["key"],
        parent=parent,
        name=row["zh"],
        name_en=row["en"],
        order=int(row["order"]),
        is_service=row["is_service"] == "1",
    )
