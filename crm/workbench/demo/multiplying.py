"""The large bank for measuring: copies of invented customers made inside PostgreSQL, set-based.

A copy has a number, document index, accounts and postings of its own; its names, encrypted texts and
amounts are its template's.
"""

from datetime import datetime
from io import StringIO

from django.db import connection, transaction

from archives.customers.numbers import number_of
from archives.models import Account, Customer, CustomerFigures, Posting

TEMPLATES = 20_000
OWN = {
    Customer: {
        "id": "c.id",
        "number": "c.number",
        "core_id": "t.core_id || '-' || c.copy",
        "uscc": "CASE WHEN t.uscc IS NULL THEN NULL ELSE substr(upper(md5(t.uscc || c.copy)), 1, 18) END",
        "id_index": "md5(t.id_index || c.copy)",
    },
    CustomerFigures: {"customer_id": "c.id"},
    Account: {
        "id": "c.id",
        "customer_id": "c.customer_id",
        "core_key": "md5(t.core_key || c.copy)",
        "number_index": "md5(t.number_index || c.copy)",
    },
    Posting: {"id": "nextval(pg_get_serial_sequence('archives_posting', 'id'))", "account_id": "c.id"},
}


def multiply(*, total: int, now: datetime, report) -> None:
    """Fill up to `total` customers with copies of those that are there."""
    templates = list(Customer.objects.order_by("pk").values_list("pk", "kind"))
    with transaction.atomic(), connection.cursor() as cursor:
        _plan_customers(cursor, templates, total)
        _copy(cursor, Customer, "demo_customer")
        report(f"{total:,} customers")
        _copy(cursor, CustomerFigures, "demo_customer", on="customer_id")
        _history(cursor, Customer, "demo_customer", now)
        report("their history")
        cursor.execute(
            "CREATE TEMP TABLE demo_account ON COMMIT DROP AS SELECT a.id AS template, c.copy, c.id AS customer_id,"
            " (SELECT max(id) FROM archives_account) + row_number() OVER (ORDER BY c.id, a.id) AS id"
            " FROM archives_account a JOIN demo_customer c ON c.template = a.customer_id"
        )
        _copy(cursor, Account, "demo_account")
        _history(cursor, Account, "demo_account", now)
        report("accounts")
        _copy(cursor, Posting, "demo_account", on="account_id")
        for model in (Customer, Account):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        report("postings")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _plan_customers(cursor, templates: list[tuple[int, str]], total: int) -> None:
    """demo_customer: which template, which copy, the new id and number."""
    cursor.execute(
        "CREATE TEMP TABLE demo_customer (template bigint, copy text, id bigint, number text) ON COMMIT DROP"
    )
    top, rows = max(pk for pk, _kind in templates), StringIO()
    for n in range(total - len(templates)):
        pk, kind = templates[n % len(templates)]
        copy, new = n // len(templates) + 1, top + n + 1
        rows.write(f"{pk}\t{copy}\t{new}\t{number_of(kind, 10_000_000 + n)}\n")
    rows.seek(0)
    cursor.cursor.copy_expert("COPY demo_customer FROM STDIN", rows)
    cursor.execute("CREATE INDEX ON demo_customer (template)")
    cursor.execute("ANALYZE demo_customer")


def _copy(cursor, model, plan: str, on: str = "id") -> None:
    own = OWN[model]
    columns = [field.column for field in model._meta.concrete_fields if field.column != "open_token"]
    source = ", ".join(own.get(column, f"t.{column}") for column in columns)
    table = model._meta.db_table
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {source} FROM {table} t JOIN {plan} c ON c.template = t.{on}"
    )


def _history(cursor, model, plan: str, now: datetime) -> None:
    history = model.history.model._meta
    columns = ", ".join(f.column for f in history.concrete_fields if not f.column.startswith("history_"))
    cursor.execute(
        f"INSERT INTO {history.db_table} ({columns}, history_date, history_type, history_change_reason)"
        f" SELECT {columns}, %s, '+', 'demo' FROM {model._meta.db_table} WHERE id IN (SELECT id FROM {plan})",
        [now],
    )
