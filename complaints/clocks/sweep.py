"""Every minute: which limits came near or passed, and who is told. Safe in parallel, twice, late or never on time.

It reads only what is due, by a partial index. Each batch is one transaction: rows are claimed (locked where the
database can skip what another sweep holds, then written by compare-and-set), warnings and notices go with them.
"""

from collections import Counter, defaultdict
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Case as SqlCase
from django.db.models import DateTimeField, SmallIntegerField, Value, When
from django.urls import reverse

from complaints.clocks import rules, running
from complaints.clocks.codes import ONE_DAY, THREE_DAYS
from complaints.clocks.models import Clock, ClockWarning
from complaints.clocks.recipients import People
from complaints.clocks.running import Desk
from complaints.clocks.wording import moment_in_words
from crm.notifications.services import notify
from crm.staff.models import User

BATCH = 500
BATCHES = 40  # the next minute does the rest
CHUNK = 100  # rows a statement writes
FEW = 5  # notices one person gets from one sweep; what is more comes as one digest
PEOPLE = ["officer", "investigator", "contact", "respondent"]
DAYS = {THREE_DAYS: 3, ONE_DAY: 1}

FROM_VALUES = """
    UPDATE complaints_clock k SET said_level = v.level, next_warning_at = v.at
    FROM (VALUES {values}) AS v (id, level, at)
    WHERE k.id = v.id AND k.stopped_at IS NULL AND k.paused_at IS NULL AND k.next_warning_at <= %s
"""


def sweep_clocks(*, now: datetime) -> int:
    """Tell of every limit that reached a level until `now`; how many clocks did."""
    said: Counter[int] = Counter()
    total = 0
    for _batch in range(BATCHES):
        done = _sweep(now, said)
        total += done
        if done < BATCH:
            break
    return total


@transaction.atomic
def _sweep(now: datetime, said: Counter[int]) -> int:
    clocks = _claim(now)
    if not clocks:
        return 0
    desk, people = Desk.of([clock.case for clock in clocks]), People.of([clock.case for clock in clocks])
    warnings: list[ClockWarning] = []
    tellings: dict[User, list[ClockWarning]] = defaultdict(list)
    for clock in clocks:
        moments = running.moments_of(clock, desk.calendar(clock.case, clock.kind))
        levels = rules.reached(moments, clock.said_level, now)
        warnings += [ClockWarning(clock=clock, lap=clock.lap, level=level, at=now) for level in levels]
        if levels:
            clock.said_level = levels[-1]
            told = people.for_warning(clock, levels[-1])
            warnings[-1].told = len(told)
            for person in told:
                tellings[person].append(warnings[-1])
        coming = rules.next_warning(moments, clock.said_level)
        clock.next_warning_at = coming[1] if coming else None
    _write(clocks, now)
    ClockWarning.objects.bulk_create(warnings)
    for person, rows in sorted(tellings.items(), key=lambda pair: pair[0].pk):
        _tell(person, rows, said, now)
    return len(clocks)


def _claim(now: datetime) -> list[Clock]:
    rows = Clock.objects.to_warn(now).select_related("case", *(f"case__{name}" for name in PEOPLE))
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return list(rows[:BATCH])


def _write(clocks: list[Clock], now: datetime) -> None:
    """Only where the clock still stands as it was read; elsewhere the whole batch is taken back and comes again."""
    written = 0
    for start in range(0, len(clocks), CHUNK):
        rows = clocks[start : start + CHUNK]
        written += _from_values(rows, now) if connection.vendor == "postgresql" else _by_cases(rows, now)
    if written != len(clocks):
        raise RuntimeError("clocks moved while they were swept")


def _from_values(rows: list[Clock], now: datetime) -> int:
    """PostgreSQL joins the values: much quicker than as many CASEs."""
    values = ", ".join(["(%s, %s, %s::timestamptz)"] * len(rows))
    params = [value for row in rows for value in (row.pk, row.said_level, row.next_warning_at)]
    with connection.cursor() as cursor:
        cursor.execute(FROM_VALUES.format(values=values), [*params, now])
        return cursor.rowcount


def _by_cases(rows: list[Clock], now: datetime) -> int:
    moments = [When(pk=row.pk, then=Value(row.next_warning_at, DateTimeField())) for row in rows]
    levels = [When(pk=row.pk, then=Value(row.said_level)) for row in rows]
    return (
        Clock.objects.running()
        .filter(pk__in=[row.pk for row in rows], next_warning_at__lte=now)
        .update(
            next_warning_at=SqlCase(*moments, output_field=DateTimeField()),
            said_level=SqlCase(*levels, output_field=SmallIntegerField()),
        )
    )


def _tell(person: User, rows: list[ClockWarning], said: Counter[int], now: datetime) -> None:
    if said[person.pk] + len(rows) > FEW:
        key = f"clocks:{person.pk}:{now:%Y%m%d%H%M}"
        notify(
            recipient=person, kind="clock-digest", params={}, link=reverse("clocks:warnings"), now=now, dedupe_key=key
        )
        said[person.pk] = FEW
        return
    said[person.pk] += len(rows)
    for row in rows:
        _tell_one(person, row, now)


def _tell_one(person: User, row: ClockWarning, now: datetime) -> None:
    clock = row.clock
    days = DAYS.get(row.level)
    kind = f"clock-{clock.kind}" if days is None else f"clock-{clock.kind}-days"
    params = {"number": clock.case.number, "percent": row.level, "days": days, "due": moment_in_words(clock.due_at)}
    key = f"clock:{clock.pk}:{clock.lap}:{row.level}:{person.pk}"
    link = reverse("complaints:case", args=[clock.case.number])
    notify(recipient=person, kind=kind, params=params, link=f"{link}#clocks", now=now, dedupe_key=key)
