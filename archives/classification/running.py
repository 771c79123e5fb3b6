"""The life of a quarter's run: wait for the deposits, propose in chunks, stop where too much would move, hand to
the meetings. Every step is safe to repeat; a run that was computed is never computed again.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from archives.accounts.models import Account
from archives.classification.computing import Question, insert_chunk, ranges, redecide
from archives.classification.confirming import confirm_unit
from archives.classification.coverage import missing_days
from archives.classification.foreign import correct_proposals
from archives.classification.models import Proposal, Run, Unit
from archives.classification.schemes import scheme_for
from archives.classification.telling import tell_given_up, tell_held, tell_proposed, tell_waiting
from archives.classification.units import open_units
from crm.jobs.models import JobRun
from crm.jobs.registry import JobError, Later
from crm.jobs.services import LeaseLost, heartbeat, queue_run, run_again, yield_if_long
from crm.lib.dates import SHANGHAI, Quarter, local_day
from crm.lib.refusals import NotYours, Refused, TooLate

JOB = "reclassification"
CHUNK = 20_000  # customers a transaction
AGAIN = timedelta(hours=1)
State = Run.State


def run(*, period: str, run: JobRun, now: datetime) -> None:
    """The ledger's job; the period is the quarter. Comes again each hour until its deposits are there."""
    quarter = Quarter.parse(period)
    found = Run.objects.get_or_create(quarter=str(quarter))[0]
    if found.state == State.WAITING and not _begin(found, quarter, now):
        heartbeat(run, counts={"given up": 1})
        return
    if found.state == State.COMPUTING:
        _compute(found, run)
        _finish(found, now)
    if found.state == State.PROPOSED and applies_at_once():
        _apply(found, run, now)
    heartbeat(run, counts=found.counts)


def applies_at_once() -> bool:
    return settings.RECLASSIFICATION_CONFIRM == "auto"


def _begin(found: Run, quarter: Quarter, now: datetime) -> bool:
    """To computing where every day is there; Later where not. False once a later quarter has overtaken this one."""
    if Run.objects.filter(quarter__gt=found.quarter).exclude(state=State.WAITING).exists():
        return False
    spans = missing_days(quarter)
    if spans:
        return _wait(found, quarter, [[first.isoformat(), last.isoformat()] for first, last in spans], now)
    try:
        scheme = scheme_for(quarter)
    except Refused as refusal:
        raise JobError(refusal.message) from refusal
    began = {"state": State.COMPUTING, "scheme": scheme, "missing_days": [], "version": F("version") + 1}
    Run.objects.filter(pk=found.pk, state=State.WAITING).update(**began)
    found.refresh_from_db()
    return True


def _wait(found: Run, quarter: Quarter, spans: list, now: datetime) -> bool:
    """A quarter is waited for until the next one has ended too, so that one lost day does not stop all later ones."""
    with transaction.atomic():
        Run.objects.filter(pk=found.pk, state=State.WAITING).update(missing_days=spans)
        found.missing_days = spans
        if local_day(now) > quarter.next.last:
            tell_given_up(run=found, now=now)
            return False
        tell_waiting(run=found, now=now)
    days = ", ".join(first if first == last else f"{first} - {last}" for first, last in spans[:20])
    raise Later(now + AGAIN, f"deposits are missing for {days}")


def _compute(found: Run, job_run: JobRun) -> None:
    """Propose from where the last chunk ended; each chunk, the cursor and the ledger's mark commit together."""
    question = Question.of(found, found.scheme)
    if not job_run.total:
        opened = Account.objects.filter(opened_on__lte=question.quarter.last)
        heartbeat(job_run, total=opened.aggregate(n=Count("customer", distinct=True))["n"])
    done = Proposal.objects.filter(run=found).count()
    for after, until in ranges(CHUNK, after=found.cursor):
        with transaction.atomic():
            moved = Run.objects.filter(pk=found.pk, state=State.COMPUTING, cursor=after).update(cursor=until)
            if not moved:
                raise LeaseLost
            done += insert_chunk(question, after, until)
            correct_proposals(question, after, until)
            heartbeat(job_run, done=done)
        yield_if_long(job_run)


@transaction.atomic
def _finish(found: Run, now: datetime) -> None:
    """Count, hold or propose, open the units and tell whom it concerns."""
    redecide(found, Question.of(found, found.scheme))
    counts, percent = counts_of(found)
    units = open_units(found)
    held = percent > found.scheme.held_percent
    state = State.HELD if held else State.PROPOSED if units else State.CONFIRMED
    ended = {"state": state, "counts": counts, "moved_percent": percent, "computed_at": now}
    if not Run.objects.filter(pk=found.pk, state=State.COMPUTING).update(**ended, version=F("version") + 1):
        raise LeaseLost
    found.refresh_from_db()
    if held:
        tell_held(run=found, now=now)
    elif not applies_at_once():
        tell_proposed(run=found, now=now)


def counts_of(found: Run) -> tuple[dict[str, int], Decimal]:
    """Customers by verdict, and the percentage of those with a class that would move."""
    rows = Proposal.objects.filter(run=found).order_by()
    counts = dict(rows.values_list("verdict").annotate(n=Count("pk")))
    moved = Count("pk", filter=Q(verdict__in=["up", "down"]))
    figures = rows.exclude(old_code="").aggregate(all=Count("pk"), moved=moved)
    share = Decimal(100 * figures["moved"]) / figures["all"] if figures["all"] else Decimal(0)
    return counts, share.quantize(Decimal("0.01"))


def _apply(found: Run, job_run: JobRun, now: datetime) -> None:
    """Without a meeting: every unit that waits, each in one transaction."""
    for unit in Unit.objects.filter(run=found, state=Unit.State.WAITING).order_by("pk"):
        confirm_unit(
            unit=unit, version=unit.version, actor=None, meeting_number="", effective_on=local_day(now), now=now
        )
        heartbeat(job_run)
        yield_if_long(job_run)
    found.refresh_from_db()


def release_run(*, run: Run, actor, reason: str, now: datetime) -> Run:
    """Let a held run go to the meetings (or apply, where the bank does without them)."""
    if not actor.has_perm("archives.release_run"):
        raise NotYours(_("A held run is released by head office."))
    if not reason.strip():
        raise Refused(_("Give a reason."), fields={"reason": _("Give a reason.")})
    with transaction.atomic():
        released = {"released_by": actor, "released_at": now, "release_reason": reason.strip()[:300]}
        claimed = Run.objects.filter(pk=run.pk, state=State.HELD, version=run.version).update(
            state=State.PROPOSED, version=F("version") + 1, **released
        )
        run = Run.objects.select_related("released_by", "scheme").get(pk=run.pk)
        if not claimed:
            raise _already_released(run)
        if applies_at_once():
            _queue(run, actor, now)
        else:
            tell_proposed(run=run, now=now)
    return run


def _queue(run: Run, actor, now: datetime) -> None:
    ledger = queue_run(job=JOB, period=run.quarter, now=now)
    run_again(run=ledger, actor=actor, now=now)


def _already_released(run: Run) -> Refused:
    if not run.released_by:
        return TooLate(_("This run is not held."))
    when = run.released_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return TooLate(_("Already released by %(who)s at %(when)s.") % {"who": run.released_by.name, "when": when})
