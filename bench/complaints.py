"""The list and the board of 100,000 cases, beside the bare SQL of the same rows. Made inside a transaction, taken back."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from bench.timing import Measure, measure, replay, statements
from complaints.overview.counting import count
from complaints.overview.criteria import ANY, Criteria
from complaints.overview.listing import board_of, page_of
from crm.staff.models import Branch, User
from crm.staff.roles import Role

CASES = 100_000
RUNS = 9
FEW = 3
# A tenth is under way; limits from a week behind to a month ahead.
FILL = """
    INSERT INTO complaints_case (number, kind, state, version, round, level, urgency, source, received_at, registered_at,
        branch_id, respondent_id, customer_number, class_code, is_anonymous, people, product, "group", facts, demand,
        department, dispute, finding, satisfaction, is_repeat, regulator_number, outcome, nearest_at, closed_in_time)
    SELECT 'BENCH' || n, 'complaint', CASE WHEN n %% 10 = 0 THEN 'investigating' ELSE 'withdrawn' END, 1, 1, 'ordinary', '3',
        'counter', %(now)s - n * interval '5 minutes', %(now)s, b, b, '', '', true, 1, '', '', 'x', '', '', '', '', '',
        n %% 7 = 0, '', '', CASE WHEN n %% 10 = 0 THEN %(now)s - interval '7 days' + (n %% 37) * interval '1 day' END, n %% 50 <> 0
    FROM (SELECT n, (%(branches)s)[1 + n %% %(k)s] AS b FROM generate_series(1, %(cases)s) n) made
"""
RAW = """
    SELECT c.id, c.number, c.kind, c.state, c.version, c.level, c.received_at, c.nearest_at, c.is_repeat, b.name, k.name
    FROM complaints_case c JOIN staff_branch b ON b.id = c.respondent_id LEFT JOIN complaints_category k ON k.id = c.cause_id
    WHERE c.state IN ('registered','accepted','assigned','contacted','investigating','found','planned','replied')
    ORDER BY COALESCE(c.nearest_at, '9999-01-01'::timestamptz), c.received_at DESC, c.id DESC LIMIT 51
"""


def cases() -> Iterator[Measure]:
    """First page, board, figures by outlet: each beside its own statements sent bare, the page beside hand-written SQL."""
    now = timezone.now()
    user = User.objects.with_role(Role.SERVICE, Role.HEADOFFICE).filter(is_active=True).order_by("pk")[0]
    with transaction.atomic():
        _fill(now)
        yield measure(
            "cases: first page", lambda: page_of(Criteria(tab="all"), user, now), lambda: replay([RAW]), runs=RUNS
        )
        yield _same("cases: board", lambda: board_of(Criteria(tab="all"), user, now, by="due"), RUNS)
        yield _same("cases: figures by outlet", lambda: count(Criteria(tab="all", state=ANY), user, "outlet"), FEW)
        transaction.set_rollback(True)


def _same(name: str, ours, runs: int) -> Measure:
    sent = statements(ours, ("SELECT",))
    return measure(f"{name} ({len(sent)} SELECTs)", ours, lambda: replay(sent), runs=runs)


def _fill(now: datetime) -> None:
    branches = list(Branch.objects.filter(kind__in=["outlet", "direct_outlet"]).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"now": now, "branches": branches, "k": len(branches), "cases": CASES})
        cursor.execute("ANALYZE complaints_case")
