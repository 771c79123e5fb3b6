"""The ledger is append-only in the database itself: triggers refuse UPDATE and DELETE, whoever asks.

Put up after every `migrate` and `flush` (SQLite loses the triggers of a table that a migration rebuilds).
"""

from django.db.models import Model

MESSAGE = "The points ledger is append-only: reverse an entry by a new one."
# {table} and {message} are constants of the code, never input.
SQLITE = [
    "CREATE TRIGGER IF NOT EXISTS points_ledger_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    "CREATE TRIGGER IF NOT EXISTS points_ledger_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    # INSERT OR REPLACE takes the old row away without asking the trigger above.
    "CREATE TRIGGER IF NOT EXISTS points_ledger_replace BEFORE INSERT ON {table} "
    "WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR reverses_id = NEW.reverses_id "
    "OR (proposal_id = NEW.proposal_id AND reverses_id IS NULL AND NEW.reverses_id IS NULL)) "
    "BEGIN SELECT RAISE(ABORT, '{message}'); END",
]
SQLITE_DOWN = [f"DROP TRIGGER IF EXISTS points_ledger_{name}" for name in ("update", "delete", "replace")]
POSTGRESQL = [
    "CREATE OR REPLACE FUNCTION points_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "IF TG_OP <> 'TRUNCATE' OR EXISTS (SELECT 1 FROM {table}) THEN "
    "RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL; END $$",
    "CREATE TRIGGER points_ledger_rows BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION points_ledger_refuse()",
    "CREATE TRIGGER points_ledger_table BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION points_ledger_refuse()",
]
POSTGRESQL_DOWN = [
    "DROP TRIGGER IF EXISTS points_ledger_rows ON {table}",
    "DROP TRIGGER IF EXISTS points_ledger_table ON {table}",
]


def put_up(connection, ledger: type[Model]) -> None:
    """Idempotent."""
    if connection.vendor == "postgresql" and _stands(connection, ledger):
        return
    _run(connection, ledger, POSTGRESQL_DOWN + POSTGRESQL if connection.vendor == "postgresql" else SQLITE)


def take_down(connection, ledger: type[Model]) -> None:
    """For tests that empty their tables; the product never calls it."""
    _run(connection, ledger, POSTGRESQL_DOWN if connection.vendor == "postgresql" else SQLITE_DOWN)


def _stands(connection, ledger: type[Model]) -> bool:
    names = ["points_ledger_rows", "points_ledger_table"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = ANY(%s) AND tgenabled <> 'D'",
            [ledger._meta.db_table, names],
        )
        return cursor.fetchone()[0] == len(names)


def _run(connection, ledger: type[Model], statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(table=ledger._meta.db_table, message=MESSAGE))
