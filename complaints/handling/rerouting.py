"""A tree that changes mid-case keeps every case answerable: whoever left, moved or is away too long is replaced."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from complaints.cases.codes import Role
from complaints.cases.models import Case
from complaints.cases.rules import HANDLED
from complaints.handling.absence import away_from
from complaints.handling.assigning import TREE, barred_of, give, how_of, route_of
from complaints.handling.models import Delegation
from complaints.handling.telling import officers_of, tell
from crm.jobs.services import heartbeat, yield_if_long
from crm.lib.dates import local_day
from crm.lib.refusals import Refused
from crm.staff.models import Branch, User

JOB = "reroute-cases"
CHUNK = 100
ROLES = {"investigator": Role.INVESTIGATOR, "contact": Role.CONTACT}
LEFT, MOVED, AWAY, BARRED = "left", "moved", "away", "barred"


def reroute_open_cases(*, now: datetime, after: int = 0, limit: int | None = None) -> tuple[int, int | None]:
    """Replace handlers of open cases who cannot act: (cases changed, the last id looked at or None at the end).

    Inactive; barred; no longer leading the branch complained about, where the tree had named them; absent past the
    limit. Each case in its own transaction, with its event. Safe to run twice and beside people's own steps.
    """
    cases = Case.objects.open().filter(state__in=HANDLED, pk__gt=after).order_by("pk").for_page()
    rows = list(cases[:limit] if limit else cases)
    fits: dict[tuple[int, int], bool] = {}
    changed = sum(_mend(case, fits, now) for case in rows)
    return changed, rows[-1].pk if limit and len(rows) == limit else None


def run_reroute(*, period: str, run, now: datetime) -> None:
    """The ledger's job: in chunks, by id."""
    after, done = (run.cursor or {}).get("after", 0), run.done
    while after is not None:
        changed, after = reroute_open_cases(now=now, after=after, limit=CHUNK)
        done += changed
        with transaction.atomic():
            heartbeat(run, done=done, cursor={"after": after} if after else {})
        if after is not None:
            yield_if_long(run)


def _mend(case: Case, fits: dict, now: datetime) -> int:
    why = {role: reason for role in ROLES if (reason := _unfit(case, role, fits, now))}
    gone = Delegation.objects.filter(
        Q(to__is_active=False), case=case, round=case.round, ended_at=None
    ).exclude(granted=False)  # fmt: skip
    try:
        with transaction.atomic():
            ended = gone.update(ended_at=now)
            if why:
                _replace(case, why, now)
    except Refused:
        _stuck(case, now)
        return 0
    return int(bool(ended or why))


def _unfit(case: Case, role: str, fits: dict, now: datetime) -> str:
    """Why the present person cannot act in `role`; empty where they can."""
    person: User | None = getattr(case, role)
    if person is None or not person.is_active:
        return LEFT
    if person.pk in barred_of(case):
        return BARRED
    if how_of(case)[role] == TREE and not _leads(person, case, fits):
        return MOVED
    return AWAY if person.pk in away_from(case, ROLES[role], now) else ""


def _leads(person: User, case: Case, fits: dict) -> bool:
    """Still leads the branch complained about, or stands above it."""
    key = (person.pk, case.respondent_id)
    if key not in fits:
        scope = Branch.objects.in_scope_of(person)
        fits[key] = person.has_perm("complaints.view_branch_cases") and scope.filter(pk=case.respondent_id).exists()
    return fits[key]


def _replace(case: Case, why: dict[str, str], now: datetime) -> None:
    found = route_of(case, now)
    changes = {role: getattr(found, role) for role in why if getattr(found, role).pk != getattr(case, f"{role}_id")}
    if not changes:  # nobody better: whoever is there goes on
        return
    give(case=case, actor=None, now=now, how=TREE, changes=changes, why=",".join(sorted(set(why.values()))))


def _stuck(case: Case, now: datetime) -> None:
    """Nobody is left to take it: the office is told, once a day."""
    with transaction.atomic():
        for officer in officers_of(case):
            tell(case=case, person=officer, kind="case-stuck", now=now, key=f"{local_day(now)}")
