"""Archives written many at once: derived columns set, history copied by INSERT … SELECT in the same transaction."""

from datetime import datetime

from django.db import connection
from django.db.models import F

from archives.customers.completeness import assess
from archives.customers.fields import EDITABLE
from archives.customers.models import Customer, CustomerFigures
from archives.customers.values import read
from crm.lib.pinyin import name_keys


def derive(customer: Customer, people: set[str]) -> Customer:
    """Set name keys, completeness and gaps of an unsaved customer; `people` are its MANDATORY_PEOPLE keys."""
    keys = name_keys(customer.name, corporate=customer.kind == "C")
    customer.pinyin = keys.sort or f"~{customer.number}"
    customer.pinyin_keys, customer.search_key = keys.keys, keys.search_key
    values = {key: read(customer, key) for key in EDITABLE}
    customer.completeness, missing = assess(values, kind=customer.kind, people=people)
    customer.missing = f" {' '.join(missing)} " if missing else ""
    return customer


def open_many(customers: list[Customer], *, reason: str, now: datetime) -> list[Customer]:
    """Insert derived customers with their figures and history rows; call inside a transaction."""
    Customer.objects.bulk_create(customers)
    CustomerFigures.objects.bulk_create([CustomerFigures(customer=customer) for customer in customers])
    write_history(Customer, [c.pk for c in customers], kind="+", reason=reason, now=now)
    return customers


def change_many(*, keys: list[int], still: dict, changes: dict, actor, reason: str, now: datetime) -> list[int]:
    """Set `changes` on those archives of `keys`, hidden ones too, that are `still` so; return the keys changed.

    Version + 1 and one history row each. Call inside a transaction. For columns on which neither names nor
    gaps depend: manager, assistant, branch.
    """
    changed: list[int] = []
    keys = sorted(keys)
    for start in range(0, len(keys), 500):
        rows = Customer.everyone.filter(pk__in=keys[start : start + 500], **still).order_by("pk")
        if connection.features.has_select_for_update:
            rows = rows.select_for_update()
        some = list(rows.values_list("pk", flat=True))
        Customer.everyone.filter(pk__in=some).update(version=F("version") + 1, **changes)
        changed += some
    write_history(Customer, changed, kind="~", reason=reason, now=now, actor=actor)
    return changed


def write_history(model, keys: list[int], *, kind: str, reason: str, now: datetime, actor=None) -> None:
    """One history row ('+' or '~') for each of the rows `keys`, copied inside the database."""
    history = model.history.model
    columns = [f.column for f in history._meta.concrete_fields if not f.column.startswith("history_")]
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    target, source = history._meta.db_table, model._meta.db_table
    with connection.cursor() as cursor:
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(
                f"INSERT INTO {target} ({names}, history_date, history_type, history_change_reason, history_user_id)"  # noqa: S608
                f" SELECT {names}, %s, %s, %s, %s FROM {source} WHERE id IN ({marks})",
                [connection.ops.adapt_datetimefield_value(now), kind, reason[:100], actor.pk if actor else None, *some],
            )
