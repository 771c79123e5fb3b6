"""Confirming a unit: only now do classes change, set-based, each with its evidence, in one transaction."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from archives.classification.computing import Question, rank_sql, redecide
from archives.classification.models import ClassChange, Run, Unit
from archives.classification.units import proposals_of_unit
from archives.customers.models import Customer
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import NotYours, Refused, TooLate

OPEN = (Run.State.HELD, Run.State.PROPOSED)
# What each customer of the unit gets: an override wins over the proposal, nobody without either. Without joins, so
# that the database knows how many rows come: the ranks stand in the statement.
_CHOSEN = """
    SELECT p.customer_id, p.kind, p.average_cents, p.override_code <> '' AS is_override,
           CASE WHEN p.override_code <> '' THEN p.override_code ELSE p.new_code END AS code,
           CASE WHEN p.override_code = '' AND p.verdict IN ('watch', 'pending') THEN p.below ELSE 0 END AS below
    FROM archives_proposal p
    WHERE p.run_id = %(run)s AND p.branch_id IN ({branches}) AND (p.new_code <> '' OR p.override_code <> '') {without}
"""
_HISTORY = """
    INSERT INTO archives_classchange (customer_id, old_code, new_code, verdict, average_cents, scheme_id, run_id,
                                      unit_id, meeting_number, is_override, effective_on, at)
    SELECT n.customer_id, COALESCE(c.code, ''), n.code,
        CASE WHEN {old_rank} IS NULL THEN 'first' WHEN {rank} > {old_rank} THEN 'up' ELSE 'down' END,
        n.average_cents, %(scheme)s, %(run)s, %(unit)s, %(meeting)s, n.is_override, {day}, {moment}
    FROM ({chosen}) n LEFT JOIN archives_customerclass c ON c.customer_id = n.customer_id
    WHERE c.code IS NULL OR c.code <> n.code
"""
_MOVE = """
    UPDATE archives_customerclass SET code = n.code, rank = {rank},
        since = CASE WHEN archives_customerclass.code = n.code THEN since ELSE {day} END,
        average_cents = n.average_cents, below = n.below, run_id = %(run)s
    FROM ({chosen}) n WHERE archives_customerclass.customer_id = n.customer_id
"""
_ADD = """
    INSERT INTO archives_customerclass (customer_id, code, rank, since, average_cents, below, run_id)
    SELECT n.customer_id, n.code, {rank}, {day}, n.average_cents, n.below, %(run)s FROM ({chosen}) n
    WHERE NOT EXISTS (SELECT 1 FROM archives_customerclass c WHERE c.customer_id = n.customer_id)
"""


def confirm_unit(*, unit: Unit, version: int, actor, meeting_number: str, effective_on: date, now: datetime) -> Unit:
    """Apply what a unit's meeting confirmed; `version` is the one that the meeting saw. `actor` None: the clock.

    Hidden and purged archives are passed over. TooLate for whoever comes second, or after an override that
    the meeting has not seen; Refused while an earlier quarter of the unit waits, or the run is held.
    """
    if actor is not None and not actor.has_perm("archives.run_meeting"):
        raise NotYours(_("Classes are confirmed by whoever holds the customer-analysis meeting."))
    try:
        return _confirmed(unit, version, actor, meeting_number, effective_on, now)
    except IntegrityError:  # an archive was purged between the snapshot and the commit: without it now
        return _confirmed(unit, version, actor, meeting_number, effective_on, now)


@transaction.atomic
def _confirmed(unit: Unit, version: int, actor, meeting_number: str, effective_on: date, now: datetime) -> Unit:
    run = Run.objects.select_related("scheme").get(pk=unit.run_id)
    _refuse_out_of_turn(unit, run)
    confirmed: dict[str, Any] = {"confirmed_by": actor, "confirmed_at": now, "effective_on": effective_on}
    claimed = Unit.objects.filter(pk=unit.pk, state=Unit.State.WAITING, version=version).update(
        state=Unit.State.CONFIRMED, version=F("version") + 1, meeting_number=meeting_number, **confirmed
    )
    unit = Unit.objects.select_related("branch", "confirmed_by").get(pk=unit.pk)
    if not claimed:
        raise already(unit)
    question = Question.of(run, run.scheme)
    _write(unit, run, question)
    _close(run)
    for later in Run.objects.filter(quarter__gt=run.quarter, state__in=OPEN).select_related("scheme"):
        redecide(later, Question.of(later, later.scheme))
    return unit


def _close(run: Run) -> None:
    """The run is confirmed with its last unit; of two last ones at once the second sees the first."""
    Run.objects.select_for_update(no_key=True).get(pk=run.pk)  # a key lock would cross the foreign keys of the other
    if not Unit.objects.filter(run=run, state=Unit.State.WAITING).exists():
        Run.objects.filter(pk=run.pk, state=Run.State.PROPOSED).update(
            state=Run.State.CONFIRMED, version=F("version") + 1
        )


def _refuse_out_of_turn(unit: Unit, run: Run) -> None:
    if run.state == Run.State.HELD:
        raise Refused(_("The run of %(quarter)s is held: head office releases it first.") % {"quarter": run.quarter})
    earlier = Unit.objects.filter(run__quarter__lt=run.quarter, state=Unit.State.WAITING, run__state__in=OPEN)
    for other in earlier.select_related("run"):
        if set(other.branches) & set(unit.branches):
            raise Refused(_("Confirm %(quarter)s first.") % {"quarter": other.run.quarter})


def _write(unit: Unit, run: Run, question: Question) -> None:
    """History first, while the old classes stand; then those who have a class, then those who get their first."""
    branches = ", ".join(str(int(pk)) for pk in unit.branches)
    names = question.parameters(0, 0) | {
        "scheme": run.scheme_id,
        "unit": unit.pk,
        "meeting": unit.meeting_number,
        "day": unit.effective_on,
        "now": unit.confirmed_at,
    }
    postgresql = connection.vendor == "postgresql"
    parts = {
        "chosen": _CHOSEN.format(branches=branches, without=_without(unit, run)),
        "rank": rank_sql(question.steps, "n.kind", "n.code"),
        "old_rank": rank_sql(question.steps, "n.kind", "c.code"),
        "day": "%(day)s::date" if postgresql else "%(day)s",
        "moment": "%(now)s::timestamptz" if postgresql else "%(now)s",
    }
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY.format(**parts), names)
        cursor.execute(_MOVE.format(**parts), names)
        if ClassChange.objects.filter(unit=unit, verdict="first").exists():  # whoever had no class yet
            cursor.execute(_ADD.format(**parts), names)
    if postgresql:
        connection.check_constraints()  # now, where a purge that overtook us can still be answered


def _without(unit: Unit, run: Run) -> str:
    """Those whom a confirmation passes over: archives hidden meanwhile, classes of a later quarter."""
    rows = proposals_of_unit(unit)
    hidden = Customer.everyone.exclude(life="active").values("pk")  # few, by an index of their own
    skipped = set(rows.filter(customer__in=hidden).values_list("customer", flat=True))
    if Unit.objects.filter(run__quarter__gt=run.quarter, state=Unit.State.CONFIRMED).exists():
        later = rows.filter(customer__customer_class__run__quarter__gt=run.quarter)
        skipped |= set(later.values_list("customer", flat=True))
    return f"AND p.customer_id NOT IN ({', '.join(str(int(pk)) for pk in skipped)})" if skipped else ""


def already(unit: Unit) -> TooLate:
    if unit.state == Unit.State.WAITING:
        return TooLate(_("A class was decided otherwise since you opened this page. Look at it again."))
    when = unit.confirmed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    who = unit.confirmed_by.name if unit.confirmed_by else _("the system")
    sentence = _("Already confirmed by %(who)s at %(when)s.")
    return TooLate(sentence % {"who": who, "when": when})


def changes_of(unit: Unit):
    return ClassChange.objects.filter(unit=unit).select_related("customer")
