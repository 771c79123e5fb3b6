"""A quarter's proposals, set-based: averages, levels and verdicts of a range of customers in one statement.

The verdict stands as SQL here and as Python in `rules`; a test proves both equal. Money in other currencies
is counted in Python, through the rule. What is asked for is a `Question`; its ladder goes into the statement as
values, so that thresholds need not be stored to be tried.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from archives.accounts.averages import average_parameters, average_sql
from archives.accounts.dialect import days_between, greatest, half_up
from archives.classification.models import Run, Scheme
from archives.classification.rules import Step
from archives.classification.schemes import steps_of
from crm.lib.dates import Quarter

LOWEST = -(2**62)
COLUMNS = (
    "customer_id", "branch_id", "manager_id", "kind", "old_code", "new_code", "verdict", "average_cents",
    "closing_cents", "month_cents", "days", "below", "override_code",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What to compute: a quarter by a ladder. `source` limits to one core system.

    `since` takes as old classes not those of today but those by the averages of an earlier quarter.
    `run` is the run asked for: overrides set in it do not count, they stand on its proposals.
    """

    quarter: Quarter
    steps: tuple[Step, ...]
    new_customer_days: int = 30
    source: str = ""
    since: Quarter | None = None
    run: int = 0

    @classmethod
    def of(cls, run: Run, scheme: Scheme | None) -> "Question":
        assert scheme is not None  # only a run that still waits has none
        return cls(Quarter.parse(run.quarter), tuple(steps_of(scheme)), scheme.new_customer_days, run=run.pk)

    @property
    def month(self) -> date:
        return self.quarter.last.replace(day=1)

    def parameters(self, after: int, until: int) -> dict[str, Any]:
        names = average_parameters(self.quarter.first, self.quarter.last, self.source)
        names |= {"month": self.month, "after": after, "until": until, "run": self.run}
        names["new_days"] = self.new_customer_days
        for n, step in enumerate(self.steps):
            names |= {f"kind{n}": step.kind, f"code{n}": step.code}
        if self.since:
            names |= {
                "since_first": self.since.first,
                "since_last": self.since.last,
                "since_next": self.since.next.first,
            }
        return names


def ladder_sql(steps: tuple[Step, ...]) -> str:
    """Rows (kind, rank, code, floor, ceiling, grace); nothing lies below the lowest floor."""
    rows = []
    for n, step in enumerate(steps):
        above = [s.floor_cents for s in steps if s.kind == step.kind and s.rank > step.rank]
        is_lowest = not any(s.kind == step.kind and s.rank < step.rank for s in steps)
        floor, ceiling = LOWEST if is_lowest else step.floor_cents, min(above, default=-LOWEST)
        rows.append(f"SELECT %(kind{n})s, {step.rank:d}, %(code{n})s, {floor:d}, {ceiling:d}, {step.grace_quarters:d}")
    return "(kind, rank, code, floor, ceiling, grace) AS (" + " UNION ALL ".join(rows) + ")"


def rank_sql(steps: tuple[Step, ...], kind: str, code: str) -> str:
    """The rank of a class; NULL where the ladder does not know it."""
    whens = [f"WHEN {kind} = %(kind{n})s AND {code} = %(code{n})s THEN {step.rank:d}" for n, step in enumerate(steps)]
    return f"(CASE {' '.join(whens)} END)"


# From `facts` (customer_id, kind, average_cents, days, …): the same decisions as rules.decide.
_SEEN = """
    SELECT f.*, COALESCE(b.code, '') AS old_code, COALESCE(b.below, 0) AS below_before,
           o.rank AS old_rank, o.grace AS grace, v.code AS fixed_code, v.rank AS fixed_rank,
           l.code AS level_code, l.rank AS level_rank
    FROM facts f
    JOIN ladder l ON l.kind = f.kind AND f.average_cents >= l.floor AND f.average_cents < l.ceiling
    LEFT JOIN before b ON b.customer_id = f.customer_id
    LEFT JOIN ladder o ON o.kind = f.kind AND o.code = b.code
    LEFT JOIN fixed x ON x.customer_id = f.customer_id
    LEFT JOIN ladder v ON v.kind = f.kind AND v.code = x.code
"""
_JUDGED = """
    SELECT s.*, CASE
        WHEN fixed_code IS NOT NULL THEN CASE
            WHEN old_rank IS NULL THEN 'first' WHEN fixed_rank > old_rank THEN 'up'
            WHEN fixed_rank < old_rank THEN 'down' ELSE 'same' END
        WHEN days < %(new_days)s THEN 'pending'
        WHEN old_rank IS NULL THEN 'first'
        WHEN level_rank > old_rank THEN 'up'
        WHEN level_rank = old_rank THEN 'same'
        WHEN below_before + 1 > grace THEN 'down'
        ELSE 'watch' END AS verdict
    FROM seen s
"""
_DECIDED = """
    SELECT j.*, CASE WHEN fixed_code IS NOT NULL THEN fixed_code
                     WHEN verdict IN ('pending', 'watch') THEN old_code ELSE level_code END AS new_code,
           CASE WHEN fixed_code IS NOT NULL THEN 0
                WHEN verdict = 'pending' THEN below_before
                WHEN verdict IN ('watch', 'down') THEN below_before + 1 ELSE 0 END AS below,
           '' AS override_code
    FROM judged j
"""
BEFORE = "before AS (SELECT customer_id, code, below FROM archives_customerclass {within})"
FIXED = """fixed AS (
    SELECT v.customer_id, v.code FROM archives_override v JOIN (
        SELECT max(id) AS id FROM archives_override
        WHERE ended_at IS NULL AND until >= %(last)s AND run_id <> %(run)s {within} GROUP BY customer_id
    ) newest ON newest.id = v.id)"""
WITHIN = "customer_id > %(after)s AND customer_id <= %(until)s"


def decided(question: Question, facts: str, *, before: str = "", within: str = "") -> str:
    """The common table expressions up to `decided`, over the statement `facts`; a SELECT follows."""
    before = before or BEFORE.format(within=f"WHERE {within}" if within else "")
    fixed = FIXED.format(within=f"AND {within}" if within else "")
    return (
        f"WITH ladder{ladder_sql(question.steps)}, facts AS ({facts}), {before}, {fixed},"
        f" seen AS ({_SEEN}), judged AS ({_JUDGED}), decided AS ({_DECIDED})"
    )


def _facts(question: Question) -> str:
    """Every live customer of the range with an account opened by the quarter's end."""
    averages = average_sql(one=False, source=bool(question.source), within=True, month=True)
    source = "AND source = %(source)s" if question.source else ""
    month_days = (question.quarter.last - question.month).days + 1
    days = days_between("%(next)s", greatest("%(first)s", "w.opened_on"))
    return f"""
        SELECT c.id AS customer_id, c.branch_id, c.manager_id, c.kind,
               {half_up("COALESCE(s.total, 0)", question.quarter.days)} AS average_cents,
               COALESCE(s.closing, 0) AS closing_cents,
               {half_up("COALESCE(s.month, 0)", month_days)} AS month_cents, {days} AS days
        FROM archives_customer c
        JOIN (SELECT customer_id, min(opened_on) AS opened_on FROM archives_account
              WHERE opened_on <= %(last)s AND {WITHIN} {source} GROUP BY customer_id) w ON w.customer_id = c.id
        LEFT JOIN ({averages}) s ON s.customer_id = c.id
        WHERE c.life = 'active' AND c.id > %(after)s AND c.id <= %(until)s
    """  # noqa: S608 - names only


def _before(question: Question) -> str:
    """Classes by the averages of `question.since`: of everybody with an account by its end, without any rule."""
    if question.since is None:
        return ""
    sums = average_sql(one=False, source=bool(question.source), within=True)
    for name in ("first", "last", "next"):
        sums = sums.replace(f"%({name})s", f"%(since_{name})s")
    return f"""before AS (
        SELECT s.customer_id, l.code, 0 AS below FROM ({sums}) s JOIN archives_customer c ON c.id = s.customer_id
        JOIN ladder l ON l.kind = c.kind
            AND {half_up("s.total", question.since.days)} >= l.floor
            AND {half_up("s.total", question.since.days)} < l.ceiling)"""  # noqa: S608


def chunk_sql(question: Question, lead: str = "") -> str:
    """SELECT of COLUMNS for the customers of a range, behind the columns of `lead`."""
    head = decided(question, _facts(question), before=_before(question), within=WITHIN)
    return f"{head} SELECT {lead}{', '.join(COLUMNS)} FROM decided"  # noqa: S608


def rows_of(question: Question, after: int, until: int) -> list[dict[str, Any]]:
    """What would be proposed for the customers of a range; writes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(chunk_sql(question), question.parameters(after, until))
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def insert_chunk(question: Question, after: int, until: int) -> int:
    """Write the proposals of a range; those that stand already stay as they are. The number of new ones."""
    sql = (
        f"INSERT INTO archives_proposal (run_id, {', '.join(COLUMNS)})"
        f" {chunk_sql(question, '%(run)s, ')} WHERE true ON CONFLICT (run_id, customer_id) DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, question.parameters(after, until))
        return cursor.rowcount


def ranges(size: int, *, after: int = 0) -> Iterator[tuple[int, int]]:
    """Ranges (after, until] of customer ids with about `size` archives each."""
    sql = "SELECT max(id) FROM (SELECT id FROM archives_customer WHERE id > %s ORDER BY id LIMIT %s) part"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [after, size])
            until = cursor.fetchone()[0]
        if until is None:
            return
        yield after, until
        after = until


def redecide(run: Run, question: Question) -> int:
    """Decide anew, from the averages that stand, where a customer's class is no longer the one a proposal began with.

    Happens when an earlier quarter is confirmed after this one was computed.
    """
    facts = """
        SELECT p.customer_id, p.kind, p.average_cents, p.days FROM archives_proposal p
        LEFT JOIN archives_customerclass c ON c.customer_id = p.customer_id
        WHERE p.run_id = %(run)s AND (c.code IS NULL OR c.run_id IS NULL OR c.run_id <> %(run)s)
            AND p.old_code <> COALESCE(c.code, '')
        UNION ALL
        SELECT p.customer_id, p.kind, p.average_cents, p.days FROM archives_proposal p
        JOIN archives_customerclass c ON c.customer_id = p.customer_id
        WHERE p.run_id = %(run)s AND (c.run_id IS NULL OR c.run_id <> %(run)s)
            AND p.old_code = c.code AND p.verdict IN ('watch', 'down', 'pending')
    """
    with_decided = decided(question, facts)
    sql = (
        " UPDATE archives_proposal SET old_code = d.old_code, new_code = d.new_code,"
        " verdict = d.verdict, below = d.below FROM decided d"
        " WHERE archives_proposal.run_id = %(run)s AND archives_proposal.customer_id = d.customer_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(with_decided + sql, question.parameters(0, 0))
        return cursor.rowcount
