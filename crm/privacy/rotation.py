"""Writes encrypted cells anew under the newest key. No value changes, so there is no history of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from crm.privacy.encryption import EncryptedTextField, decrypt, encrypt, newest_key


@dataclass
class Tally:
    written: int = 0
    unreadable: int = 0


def encrypted_columns() -> Iterator[tuple[type[models.Model], EncryptedTextField]]:
    """Every encrypted column of every table, those of the histories too."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField) and field.model._meta.concrete_model is model:
                yield model, field


def rotate_column(model: type[models.Model], field: EncryptedTextField, *, size: int = 1000) -> Tally:
    """A chunk a transaction, in order of the key; cells under the newest key are passed over.

    Killed and started again it goes on where it was. A cell that changed meanwhile is left to its writer,
    who used the newest key. Cells whose key is gone are counted and kept.
    """
    tally, last = Tally(), None
    while True:
        with transaction.atomic():
            cells = _old_cells(model, field, last, size)
            if not cells:
                return tally
            _rewrite(model, field, cells, tally)
        last = cells[-1][0]


def _names(model, field) -> tuple[str, str, str]:
    quote = connection.ops.quote_name
    return quote(model._meta.db_table), quote(model._meta.pk.column), quote(field.column)


def _old_cells(model, field, last, size) -> list[tuple]:
    table, key, column = _names(model, field)
    beyond = f" AND {key} > %s" if last is not None else ""
    sql = (
        f"SELECT {key}, {column} FROM {table} "  # noqa: S608  names come from the models
        f"WHERE {column} IS NOT NULL AND {column} NOT LIKE %s{beyond} ORDER BY {key} LIMIT %s"
    )
    values = [f"{newest_key(settings.FIELD_KEYS)}:%", *([last] if last is not None else []), size]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _rewrite(model, field, cells, tally) -> None:
    table, key, column = _names(model, field)
    fresh = []
    for pk, cell in cells:
        try:
            fresh.append((encrypt(decrypt(cell, purpose=field.purpose), purpose=field.purpose), pk, cell))
        except ValueError:
            tally.unreadable += 1
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s",  # noqa: S608  as above
            fresh,
        )
    tally.written += len(fresh)
