"""What PostgreSQL does better for feeds: COPY to a staging table, one set-based insert. SQLite inserts in batches."""

from io import StringIO

from django.db import connection

from archives.accounts.models import Account, Posting

COLUMNS = (
    "account_id",
    "core_key",
    "booked_on",
    "amount_cents",
    "code",
    "memo",
    "stated_cents",
    "reverses",
    "loaded_on",
)


def insert_postings(postings: list[Posting]) -> None:
    """Insert `postings`; one already there under (account, core_key) stays as it is."""
    if not postings:
        return
    if connection.vendor != "postgresql":
        Posting.objects.bulk_create(postings, ignore_conflicts=True, batch_size=2000)
        return
    table = Posting._meta.db_table
    names = ", ".join(COLUMNS)
    text = StringIO()
    for posting in postings:
        text.write("\t".join(_cell(getattr(posting, column)) for column in COLUMNS) + "\n")
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS feed_staging (LIKE {table}) ON COMMIT DELETE ROWS")
        cursor.execute("ALTER TABLE feed_staging ALTER COLUMN id DROP NOT NULL")
        cursor.cursor.copy_expert(f"COPY feed_staging ({names}) FROM STDIN", text)
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM feed_staging ON CONFLICT (account_id, core_key) DO NOTHING"  # noqa: S608
        )
        cursor.execute("TRUNCATE feed_staging")


def add_to_balances(moved: dict[int, int]) -> None:
    """Add cents to the balances of accounts by key: what a batch moved, whatever the length of their history."""
    table = Account._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            rows = [(cents, pk) for pk, cents in moved.items()]
            cursor.executemany(f"UPDATE {table} SET balance_cents = balance_cents + %s WHERE id = %s", rows)  # noqa: S608
            return
        cursor.execute(
            f"UPDATE {table} a SET balance_cents = a.balance_cents + m.cents"  # noqa: S608
            " FROM unnest(%s::bigint[], %s::bigint[]) AS m (id, cents) WHERE a.id = m.id",
            [list(moved), list(moved.values())],
        )


def _cell(value) -> str:
    if value is None:
        return r"\N"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
