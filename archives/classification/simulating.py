"""What would move under other thresholds: set-based, nothing is written."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from archives.classification.computing import Question, decided, ranges, rows_of
from archives.classification.foreign import corrected
from archives.classification.models import Run
from archives.classification.schemes import steps_from
from crm.lib.dates import Quarter
from crm.staff.models import Branch

CHUNK = 20_000
Key = tuple[str, int, str, str, str]  # a move without its count


@dataclass(frozen=True)
class Move:
    """How many customers of a branch (of the run's day) go from `old` to `new`, and why."""

    kind: str
    branch: int
    old: str
    new: str
    verdict: str
    count: int


def simulate(
    *, levels: list[dict[str, Any]], quarter: Quarter | str, branch: Branch | None = None, new_customer_days: int = 30
) -> list[Move]:
    """Moves from the old classes that the quarter began with, by the rule, under `levels` (kind, code, floor_cents,
    grace_quarters). From the averages of the quarter's run where there is one, from the deposits otherwise."""
    quarter = Quarter.parse(quarter) if isinstance(quarter, str) else quarter
    run = Run.objects.filter(quarter=str(quarter)).exclude(state__in=[Run.State.WAITING, Run.State.COMPUTING]).first()
    question = Question(quarter, tuple(steps_from(levels)), new_customer_days, run=run.pk if run else 0)
    counts = _from_run(question) if run else _from_deposits(question)
    within = set(Branch.objects.subtree_of(branch).values_list("pk", flat=True)) if branch else None
    found = [Move(*key, count) for key, count in counts.items() if within is None or key[1] in within]
    return sorted(found, key=lambda move: (move.kind, move.branch, move.old, move.new, move.verdict))


def _from_run(question: Question) -> Counter[Key]:
    """The run's own old classes and averages, under another ladder."""
    facts = "SELECT customer_id, kind, branch_id, average_cents, days FROM archives_proposal WHERE run_id = %(run)s"
    before = """before AS (
        SELECT customer_id, old_code AS code, CASE WHEN verdict IN ('watch', 'down') THEN below - 1 ELSE below END AS below
        FROM archives_proposal WHERE run_id = %(run)s)"""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{decided(question, facts, before=before)} SELECT kind, branch_id, old_code, new_code, verdict, count(*)"  # noqa: S608
            " FROM decided GROUP BY kind, branch_id, old_code, new_code, verdict",
            question.parameters(0, 0),
        )
        return Counter({tuple(row[:5]): row[5] for row in cursor.fetchall()})


def _from_deposits(question: Question) -> Counter[Key]:
    return Counter(
        (row["kind"], row["branch_id"], row["old_code"], row["new_code"], row["verdict"])
        for row in computed_rows(question)
    )


def computed_rows(question: Question) -> Iterator[dict[str, Any]]:
    """What a run would propose, computed from the deposits chunk by chunk."""
    for after, until in ranges(CHUNK):
        yield from corrected(question, rows_of(question, after, until), after, until)
