"""Load a file of complaints: streamed, in chunks of one transaction each, never twice."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from archives.feeds.reading import Line, digest, header_of, lines, plain
from complaints.cases.codes import Face, Kind, State
from complaints.cases.models import Case, CaseEvent, Category
from complaints.cases.rules import Action
from complaints.clocks.services import start_clocks
from complaints.loading.models import CaseLoad, RefusedCase
from complaints.loading.profiles import Profile, load_profile
from complaints.loading.rows import BadRow, Row, at_noon, read_row
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused
from crm.lib.tabular import TabularError
from crm.staff.models import Branch, User

CHUNK = 1000


def begin_load(
    *, profile: Profile, path: Path, name: str, branch: Branch, actor: User | None, now: datetime
) -> CaseLoad:
    """The load of this file, known by its content: the same file again is the same load. Refused with why."""
    if actor is not None and not actor.has_perm("complaints.import_cases"):
        raise NotYours(_("The service office loads complaints from files."))
    sha256 = digest(path)
    load, created = CaseLoad.objects.get_or_create(
        profile=profile.name, sha256=sha256,
        defaults={"file_name": name[:120], "started_at": now, "by": actor, "branch": branch, "path": str(path)[:400]},
    )  # fmt: skip
    if not created and load.branch_id != branch.pk:
        raise Refused(_("This file was loaded for %(branch)s already.") % {"branch": load.branch.name})
    return load


def run_load(
    *, load: CaseLoad, path: Path, now: datetime, report: Callable[[CaseLoad], None] | None = None
) -> CaseLoad:
    """Load what is not loaded yet; a load that was ended goes on after its last chunk. Raise Refused where the file
    cannot be read at all; rows that cannot be are refused with line, column and reason.
    """
    if load.is_finished:
        return load
    profile = load_profile(load.profile)
    try:
        with plain(path) as file:
            rows = lines(file, delimiter=profile.delimiter, encoding=profile.encoding, after=load.rows + 1)
            _keep_header(load, file, profile)
            for chunk in _chunks(rows):
                _store(load, profile, chunk, now)
                if report is not None:
                    report(load)
    except TabularError as error:
        raise Refused(str(error)) from error
    CaseLoad.objects.filter(pk=load.pk, finished_at=None).update(finished_at=now)
    load.refresh_from_db()
    return load


def _chunks(rows: Iterator[Line]) -> Iterator[list[Line]]:
    chunk: list[Line] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _keep_header(load: CaseLoad, file: Path, profile: Profile) -> None:
    if not load.header:
        header = header_of(file, delimiter=profile.delimiter, encoding=profile.encoding)
        load.header = profile.delimiter.join(header)
        load.save(update_fields=["header"])


def _store(load: CaseLoad, profile: Profile, chunk: list[Line], now: datetime) -> None:
    """One chunk in one transaction, with the load's own count: a kill between two loses and doubles nothing."""
    good, bad = _sorted(load, profile, chunk, now)
    with transaction.atomic():
        fresh = CaseLoad.objects.select_for_update().get(pk=load.pk)
        keys = {f"{profile.source}:{row.key}" for row in good}
        known = set(Case.objects.filter(load_key__in=keys).values_list("load_key", flat=True))
        new = {f"{profile.source}:{row.key}": row for row in good}
        cases = _cases(fresh, {key: row for key, row in new.items() if key not in known}, now)
        RefusedCase.objects.bulk_create(bad)
        fresh.rows = chunk[-1].number - 1
        fresh.loaded += len(cases)
        fresh.known += len(good) - len(cases)
        fresh.refused += len(bad)
        fresh.save(update_fields=["rows", "loaded", "known", "refused"])
    load.refresh_from_db()


def _sorted(load, profile, chunk, now) -> tuple[list[Row], list[RefusedCase]]:
    good: list[Row] = []
    bad: list[RefusedCase] = []
    today = local_day(now)
    for line in chunk:
        try:
            if line.cells is None:
                raise BadRow("", line.problem)
            good.append(read_row(profile, line.cells, today))
        except BadRow as error:
            bad.append(
                RefusedCase(
                    load=load, line=line.number, column=error.column[:60], reason=error.reason[:200], raw=line.raw
                )
            )
    return good, bad


def _cases(load: CaseLoad, rows: dict[str, Row], now: datetime) -> list[Case]:
    categories = {(one.face, one.key): one for one in Category.objects.all()}
    numbers = _numbers(rows)
    cases = [_case(load, key, row, categories, numbers[key], now) for key, row in rows.items()]
    Case.objects.bulk_create(cases)
    CaseEvent.objects.bulk_create(
        CaseEvent(
            case=case, round=1, action=Action.REGISTER, to=case.state, actor=load.by, role="", at=now,
            facts={"load": load.pk, "outcome": case.outcome},
        )
        for case in cases
    )  # fmt: skip
    for case in cases:
        if case.state not in (State.CLOSED,):
            start_clocks(case=case, now=now)
    return cases


def _numbers(rows: dict[str, Row]) -> dict[str, str]:
    """Case numbers of the days they were received, after those that exist."""
    by_day: dict[str, list[str]] = defaultdict(list)
    for key, row in rows.items():
        by_day[f"TS{row.received:%Y%m%d}-"].append(key)
    found: dict[str, str] = {}
    for head, keys in by_day.items():
        last = Case.objects.filter(number__startswith=head).order_by("-number").values_list("number", flat=True).first()
        first = int(last.removeprefix(head)) + 1 if last else 1
        found |= {key: f"{head}{n:05d}" for n, key in enumerate(keys, start=first)}
    return found


def _case(load: CaseLoad, key: str, row: Row, categories: dict, number: str, now: datetime) -> Case:
    received = at_noon(row.received)
    return Case(
        number=number, kind=Kind.COMPLAINT, state=row.state, source=row.source, received_at=received,
        registered_at=now, registered_by=load.by, first_receiver=load.by, branch=load.branch, respondent=load.branch,
        is_anonymous=True, business=categories.get((Face.BUSINESS, row.business)),
        cause=categories.get((Face.CAUSE, row.cause)), product=row.product, facts=row.facts, outcome=row.outcome,
        closed_at=at_noon(row.closed) if row.closed else None, closed_in_time=row.in_time,
        satisfaction="2" if row.is_unsatisfied else "", load_key=key,
    )  # fmt: skip


def outcome_counts(load: CaseLoad) -> Counter:
    """How the loaded cases ended, for the page's report."""
    prefix = f"{load_profile(load.profile).source}:"
    return Counter(Case.objects.filter(load_key__startswith=prefix).values_list("outcome", flat=True))
