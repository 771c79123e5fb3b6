"""Medians of warm runs, ours and the raw SQL's in turn."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Measure:
    """Seconds of one piece of work, and of the bare SQL that does the same."""

    name: str
    ours: float
    raw: float
    runs: int

    @property
    def ratio(self) -> float:
        return self.ours / self.raw


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def measure(name: str, ours: Callable[[], object], raw: Callable[[], object], *, runs: int) -> Measure:
    """Each once to warm up, then in turn `runs` times."""
    ours()
    raw()
    return paired(name, [(seconds(ours), seconds(raw)) for _run in range(runs)])


def paired(name: str, pairs: list[tuple[float, float]]) -> Measure:
    """The medians of (our seconds, raw seconds)."""
    return Measure(name, median(pair[0] for pair in pairs), median(pair[1] for pair in pairs), len(pairs))


def statements(act: Callable[[], object], kinds: tuple[str, ...]) -> list[str]:
    """The statements that `act` sends, as the database gets them."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured.captured_queries if query["sql"].startswith(kinds)]


def replay(sent: list[str]) -> None:
    """Send statements as they are and fetch what they return."""
    with connection.cursor() as cursor:
        for sql in sent:
            cursor.execute(sql)
            if cursor.description:
                cursor.fetchall()


def undone(act: Callable[[], Any]) -> Any:
    """What `act` returns; what it wrote is taken back."""
    with transaction.atomic():
        result = act()
        transaction.set_rollback(True)
    return result
