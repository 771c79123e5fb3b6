"""The minute's sweep over a great many clocks: time follows what is due, beside the SQL that claims and writes as much.

Everything is made by INSERT … SELECT inside one transaction and taken back.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from bench.timing import Measure, paired, seconds
from complaints.clocks.sweep import sweep_clocks
from complaints.models import Case
from crm.staff.models import Branch, User
from crm.staff.roles import Role

CLOCKS = 2_000_000
A_CASE = 4  # running clocks of one case
DUE = 5_000
FEW = 3
# Copies of one case, each with its own number and people.
CASES = """
    INSERT INTO complaints_case (number, investigator_id, contact_id, {columns})
    SELECT 'BENCH' || n, (%(people)s)[1 + n %% %(n)s], (%(people)s)[1 + n %% %(n)s], {columns}
    FROM complaints_case t, generate_series(1, %(cases)s) n WHERE t.number = 'BENCH'
"""
CLOCK = """
    INSERT INTO complaints_clock (case_id, round, kind, unit, amount, started_at, first_due_at, due_at, is_certain,
        paused_amount, lap, said_level, "end", next_warning_at)
    SELECT c.id, 1, k.kind, k.unit, 15, %(now)s, d.due, d.due, true, 0, 1, 0, '', d.warn
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM complaints_case WHERE number LIKE 'BENCH_%%') c
    CROSS JOIN (VALUES ('statutory', 0, 'd'), ('internal', 1, 'wd'), ('plan', 2, 'wd'), ('contact_red', 3, 'h')) k (kind, place, unit)
    CROSS JOIN LATERAL (SELECT %(now)s + interval '15 days' AS due,
        %(now)s + interval '8 days' + ((c.n * 4 + k.place) || ' milliseconds')::interval AS warn) d
"""
BRING = """
    UPDATE complaints_clock SET next_warning_at = %(now)s - interval '1 minute', started_at = %(now)s - interval '10 days',
        due_at = %(now)s + interval '5 days'
    WHERE id IN (SELECT id FROM complaints_clock WHERE next_warning_at > %(now)s ORDER BY next_warning_at DESC LIMIT %(due)s)
"""
RAW = """
    WITH due AS (
        SELECT id FROM complaints_clock WHERE next_warning_at <= %(now)s ORDER BY next_warning_at, id
        FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE complaints_clock k SET said_level = 50, next_warning_at = k.due_at FROM due WHERE k.id = due.id RETURNING k.id
    )
    INSERT INTO complaints_clockwarning (clock_id, lap, level, at, told) SELECT id, 1, 50, %(now)s, 1 FROM claimed
"""


def sweep() -> Iterator[Measure]:
    """`DUE` of `CLOCKS` are due; then a tenth of it; then nothing, beside the bare index read."""
    yield from sweep_of(CLOCKS, DUE)


def sweep_of(clocks: int, due: int) -> Iterator[Measure]:
    now = timezone.now()
    with transaction.atomic():
        _fill(clocks, now)
        for count in (due, due // 10, 0):
            pairs = [_pair(count, now) for _run in range(FEW)]
            yield paired(f"sweep of {clocks:,} clocks, {count:,} due", pairs)
        transaction.set_rollback(True)


def _fill(clocks: int, now: datetime) -> None:
    people = list(User.objects.with_role(Role.PRESIDENT, Role.HEAD).values_list("pk", flat=True)) or [_anybody()]
    officer = User.objects.with_role(Role.SERVICE).values_list("pk", flat=True).first() or _anybody()
    branch = Branch.objects.filter(kind=Branch.Kind.OUTLET).order_by("pk")[0]
    values = {"now": now, "people": people, "n": len(people), "cases": clocks // A_CASE}
    Case.objects.create(
        number="BENCH", state="investigating", source="counter", received_at=now, registered_at=now, facts="x",
        branch=branch, respondent=branch, officer_id=officer,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CASES.format(columns=", ".join(_copied())), values)
        cursor.execute(CLOCK, values)
        cursor.execute("ANALYZE complaints_case")
        cursor.execute("ANALYZE complaints_clock")


def _copied() -> list[str]:
    """Columns of a case as the table has them, but those that each copy has of its own."""
    own = {"id", "number", "investigator_id", "contact_id"}
    return [connection.ops.quote_name(field.column) for field in Case._meta.concrete_fields if field.column not in own]


def _anybody() -> int:
    return User.objects.order_by("pk")[0].pk


def _pair(due: int, now: datetime) -> tuple[float, float]:
    """(our seconds, the raw statement's seconds), each from the same state."""

    def ours():
        assert sweep_clocks(now=now) == due

    def raw():
        with connection.cursor() as cursor:
            cursor.execute(RAW, {"now": now})

    return _from_here(ours, due, now), _from_here(raw, due, now)


def _from_here(act, due: int, now: datetime) -> float:
    point = transaction.savepoint()
    with connection.cursor() as cursor:
        cursor.execute(BRING, {"now": now, "due": due})
    took = seconds(act)
    transaction.savepoint_rollback(point)
    return took
