"""What only PostgreSQL needs: indexes for names and pinyin. SQLite compares bytes and reads through."""

from django.db import migrations

GRAMS = r"""
CREATE OR REPLACE FUNCTION crm_grams(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT coalesce(array_agg(DISTINCT gram), '{}') FROM (
    SELECT substr(run[1], i, n) AS gram
    FROM regexp_matches(regexp_replace($1, '[|a-z0-9]+', '', 'g'), '[^\x01-\x7f]+', 'g') AS run,
         generate_series(1, length(run[1])) AS i, generate_series(1, 2) AS n
    WHERE i + n - 1 <= length(run[1])
  ) AS pieces
$$
"""
FORWARDS = [
    GRAMS,
    "CREATE INDEX customer_grams ON archives_customer USING gin (crm_grams(search_key))",
    # Byte order, as SQLite has it: the model's own indexes then serve order, prefix and seek alike.
    'ALTER TABLE archives_customer ALTER COLUMN pinyin TYPE varchar(200) COLLATE "C"',
]
BACKWARDS = [
    "DROP INDEX IF EXISTS customer_grams",
    'ALTER TABLE archives_customer ALTER COLUMN pinyin TYPE varchar(200) COLLATE "default"',
    "DROP INDEX IF EXISTS customer_pinyin_keys_trgm",
    "DROP FUNCTION IF EXISTS crm_grams(text)",
]
TRIGRAM = "CREATE INDEX customer_pinyin_keys_trgm ON archives_customer USING gin (pinyin_keys gin_trgm_ops)"


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for statement in FORWARDS:
        schema_editor.execute(statement)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if cursor.fetchone()[0]:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(TRIGRAM)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in BACKWARDS:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("archives", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
