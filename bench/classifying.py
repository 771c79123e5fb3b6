"""The quarter's reclassification: proposing, and confirming, beside bare statements that write the same rows."""

import time
from collections.abc import Iterator
from datetime import date

from django.db import connection, transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from archives.accounts.averages import average_parameters, average_sql
from archives.accounts.dialect import half_up
from archives.classification import running
from archives.classification.computing import Question, insert_chunk, ranges
from archives.classification.confirming import confirm_unit
from archives.classification.foreign import correct_proposals
from archives.classification.schemes import scheme_for
from archives.classification.units import open_units
from archives.models import Customer, Run, Unit
from bench.timing import Measure, paired, seconds, undone
from crm.lib.dates import Quarter

QUARTER = Quarter(2026, 3)
DAY = date(2026, 10, 20)
RUNS = 3
BULK = 2_000

# Everybody has a class already; about a quarter of them move with the run.
SEED = """
    INSERT INTO archives_customerclass (customer_id, code, rank, since, average_cents, below, run_id)
    SELECT p.customer_id, l.code, l.rank, date '2026-07-20', p.average_cents, 0, NULL
    FROM archives_proposal p JOIN archives_level n ON n.scheme_id = %(scheme)s AND n.kind = p.kind AND n.code = p.new_code
    JOIN archives_level l ON l.scheme_id = n.scheme_id AND l.kind = p.kind
        AND l.rank = CASE WHEN p.customer_id %% 4 <> 0 THEN n.rank WHEN n.rank = 0 THEN 1 ELSE n.rank - 1 END
    WHERE p.run_id = %(run)s
"""
HISTORY = """
    INSERT INTO archives_classchange (customer_id, old_code, new_code, verdict, average_cents, scheme_id, run_id,
                                      unit_id, meeting_number, is_override, effective_on, at)
    SELECT p.customer_id, c.code, p.new_code, 'up', p.average_cents, %(scheme)s, %(run)s, %(unit)s, 'B', false,
           %(day)s::date, now()
    FROM archives_proposal p JOIN archives_customerclass c ON c.customer_id = p.customer_id
    WHERE p.run_id = %(run)s AND c.code <> p.new_code
"""
UPDATE = """
    UPDATE archives_customerclass c SET code = p.new_code, rank = l.rank, average_cents = p.average_cents,
        since = CASE WHEN c.code = p.new_code THEN c.since ELSE %(day)s::date END, below = p.below, run_id = %(run)s
    FROM archives_proposal p JOIN archives_level l ON l.scheme_id = %(scheme)s AND l.kind = p.kind AND l.code = p.new_code
    WHERE p.run_id = %(run)s AND c.customer_id = p.customer_id
"""
PROPOSE = f"""
    INSERT INTO archives_proposal (run_id, customer_id, branch_id, manager_id, kind, old_code, new_code, verdict,
                                   average_cents, closing_cents, month_cents, days, below, override_code)
    SELECT %(run)s, c.id, c.branch_id, c.manager_id, c.kind, '',
           (SELECT l.code FROM archives_level l WHERE l.scheme_id = %(scheme)s AND l.kind = c.kind
            AND (l.rank = 0 OR l.floor_cents <= {half_up("s.total", QUARTER.days)}) ORDER BY l.rank DESC LIMIT 1),
           'first', {half_up("s.total", QUARTER.days)}, s.closing, {half_up("s.month", 30)}, {QUARTER.days}, 0, ''
    FROM archives_customer c JOIN ({average_sql(one=False, month=True)}) s ON s.customer_id = c.id
    WHERE c.life = 'active'
"""  # fmt: skip


def reclassification() -> Iterator[Measure]:
    """All of it is taken back at the end."""
    with transaction.atomic():
        run = Run.objects.create(quarter=str(QUARTER), state="computing", scheme=scheme_for(QUARTER))
        question = Question.of(run, run.scheme)
        pairs = [(undone(lambda: seconds(lambda: _proposed(question))), undone(lambda: seconds(lambda: _raw_proposals(run)))) for _n in range(RUNS)]  # fmt: skip
        yield paired("proposing a quarter", pairs)
        count = _proposed(question)
        open_units(run)
        Run.objects.filter(pk=run.pk).update(state="proposed")
        names = {"run": run.pk, "scheme": run.scheme_id, "day": DAY, "unit": Unit.objects.filter(run=run)[0].pk}
        _execute(SEED, names)
        _execute("ANALYZE archives_proposal", {})
        _execute("ANALYZE archives_customerclass", {})
        connection.check_constraints()
        undone(lambda: _confirmed(run))
        pairs = [(undone(lambda: seconds(lambda: _confirmed(run))), undone(lambda: seconds(lambda: _raw_classes(names)))) for _n in range(RUNS)]  # fmt: skip
        confirming = paired(f"confirming {count:,} classes", pairs)
        yield confirming
        yield _beside_bulk(confirming, count)
        transaction.set_rollback(True)


def _proposed(question: Question) -> int:
    done = 0
    for after, until in ranges(running.CHUNK):
        done += insert_chunk(question, after, until)
        correct_proposals(question, after, until)
    connection.check_constraints()
    return done


def _raw_proposals(run: Run) -> None:
    names = average_parameters(QUARTER.first, QUARTER.last, "") | {"month": QUARTER.last.replace(day=1)}
    _execute(PROPOSE, names | {"run": run.pk, "scheme": run.scheme_id})
    connection.check_constraints()


def _confirmed(run: Run) -> None:
    now = timezone.now()
    for unit in Unit.objects.filter(run=run, state="waiting"):
        confirm_unit(unit=unit, version=unit.version, actor=None, meeting_number="B", effective_on=DAY, now=now)


def _raw_classes(names: dict) -> None:
    """With the checks of foreign keys that a commit would make, as in ours."""
    _execute(HISTORY, names)
    _execute(UPDATE, names)
    connection.check_constraints()


def _beside_bulk(confirming: Measure, count: int) -> Measure:
    """The same number of rows by simple_history's bulk update, reckoned from a few thousand."""
    customers = list(Customer.objects.order_by("pk")[:BULK])
    for customer in customers:
        customer.last_contact_on = DAY

    def bulk():
        began = time.perf_counter()
        bulk_update_with_history(customers, Customer, ["last_contact_on"], batch_size=500)
        return (time.perf_counter() - began) * count / BULK

    return Measure(f"the same by bulk_update_with_history (of {BULK:,})", confirming.ours, undone(bulk), 1)


def _execute(sql: str, names: dict) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, names)
