"""A closed case again: a new round with its own clocks; the first one's results stay as they were."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case, CaseEvent, Recusal
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.clocks.codes import ClockKind
from complaints.clocks.models import Clock
from complaints.handling.assigning import barred_of, route_of
from complaints.handling.limits import REOPEN_DAYS, days_after, ended_at
from complaints.handling.models import Investigation, Resolution, Review
from complaints.handling.stepping import ensure_step
from complaints.handling.telling import tell
from crm.lib.dates import local_day
from crm.lib.refusals import Refused
from crm.lib.wording import typed

# Of one round; the next begins without them.
FRESH: dict[str, Any] = {"contacted_at": None, "finding": "", "apologised_at": None, "replied_at": None, "closed_at": None, "closed_in_time": None}  # fmt: skip


@transaction.atomic
def reopen(*, case: Case, actor, now: datetime, reason: str) -> Case:
    """Begin the next round within 30 days of closing (or of a review that overturned the result)."""
    reason = typed(reason, 300, field="reason", missing=_("Say why it is opened again."))
    ensure_step(case, Action.REOPEN, actor)
    last = reopen_until(case)
    if last is not None and local_day(now) > last:
        raise Refused(_("%(number)s could be opened again until %(day)s: register a new case that names it.") % {"number": case.number, "day": last})  # fmt: skip
    people = _people(case, now)
    act(case=case, action=Action.REOPEN, actor=actor, now=now, reason=reason, round=case.round + 1, reviewing_since=None, **FRESH, **people)  # fmt: skip
    for person in {case.investigator, case.contact}:
        tell(case=case, person=person, kind="case-reopened", now=now, by=actor)
    return case


def reopen_until(case: Case) -> date | None:
    """The last day on which it may be opened again; None for an open case."""
    end = ended_at(case)
    if end is None:
        return None
    overturned = case.reviews.filter(round=case.round, decision=Review.Decision.OVERTURNED).first()
    moments = [end, overturned.decided_at if overturned else None]
    return max(days_after(moment, REOPEN_DAYS) for moment in moments if moment)


def _people(case: Case, now: datetime) -> dict[str, Any]:
    """Who handles the new round: the same people, or by the tree where one is gone or may not any more."""
    barred = barred_of(case)
    fit = [p for p in (case.investigator, case.contact) if p and p.is_active and p.pk not in barred]
    if len(fit) == 2:
        return {}
    found = route_of(case, now)
    for one in found.replaced:
        why = case.respondents.get(employee=one.person).why
        Recusal.objects.create(case=case, role=one.role, person=one.person, replaced_by=one.by, reason=why, at=now)
    return {"investigator": found.investigator, "contact": found.contact}


@dataclass(frozen=True)
class Round:
    """What one round came to: rows and moments, read from what was kept of it."""

    number: int
    began: CaseEvent | None
    closed: CaseEvent | None
    report: Investigation | None
    solution: Resolution | None
    redress: list
    apologies: list
    replies: list
    calls: list
    reviews: list
    contacts: int
    in_time: bool | None


def rounds_of(case: Case) -> list[Round]:
    """Every round, the first one first."""
    return [_round(case, number) for number in range(1, case.round + 1)]


def _round(case: Case, number: int) -> Round:
    events = case.events.filter(round=number).select_related("actor")
    rows = {"round": number}
    return Round(
        number,
        events.filter(action=Action.REOPEN).first(),
        events.filter(action__in=[Action.CLOSE, Action.SETTLE]).last(),
        case.investigations.filter(**rows, returned_at=None).select_related("by", "on_behalf_of", "cause").first(),
        case.resolutions.filter(**rows).select_related("by").first(),
        list(case.redresss.filter(**rows).select_related("proposed_by", "decided_by")),
        list(case.apologies.filter(**rows).select_related("by")),
        list(case.replies.filter(**rows).select_related("sent_by")),
        list(case.callbacks.filter(**rows).select_related("by")),
        list(case.reviews.filter(**rows).select_related("branch", "decided_by")),
        case.contacts.filter(**rows).count(),
        _in_time(case, number),
    )


def _in_time(case: Case, number: int) -> bool | None:
    """By the statutory clock of that round; None where it is still running, or counts neither way."""
    ends = case.clocks.filter(round=number, kind=ClockKind.STATUTORY).values_list("end", flat=True)
    end = ends.first()
    return {Clock.End.MET: True, Clock.End.MISSED: False}.get(Clock.End(end)) if end else None
