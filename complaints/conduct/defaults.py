"""The catalogue that every bank starts with and the ledger's guard stand as soon as the tables do, also after a flush."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

FILE = Path(__file__).with_name("catalogue.json")


def after_migrate(sender, *, using=DEFAULT_DB_ALIAS, **kwargs) -> None:
    """Called by Django when `migrate` or `flush` ends; nothing where the tables are not there yet."""
    from complaints.conduct.ledger_guard import put_up
    from complaints.conduct.models import PointEntry, PointRule

    connection = connections[using]
    if {PointRule._meta.db_table, PointEntry._meta.db_table} <= set(connection.introspection.table_names()):
        ensure_default_rules(timezone.now())
        put_up(connection, PointEntry)


def ensure_default_rules(now: datetime) -> int:
    """Write the first version of every item of the file that is not known yet; what the office did with them stays."""
    from complaints.conduct.models import PointRule

    data = json.loads(FILE.read_text(encoding="utf-8"))
    known = set(PointRule.objects.values_list("code", flat=True))
    rows = [
        PointRule(
            code=line["code"],
            kind=line["kind"],
            item=line["item"],
            item_en=line["item_en"],
            points=Decimal(line["points"]),
            award_cents=line.get("award", 0) * 100,
            basis=line.get("basis", data["basis"]),
            valid_from=date.fromisoformat(data["valid_from"]),
            set_at=now,
        )
        for line in data["items"]
        if line["code"] not in known
    ]
    PointRule.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
