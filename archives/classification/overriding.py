"""Single customers kept at, or put into, a class against the rule: two people, a reason, an end."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from archives.classification.confirming import OPEN, already
from archives.classification.models import Override, Proposal, Run, Unit
from archives.classification.units import unit_of
from crm.lib.dates import Quarter, local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.staff.models import Branch

RIGHT = "archives.override_class"
QUARTERS = 4


def override(
    *, proposal: Proposal, code: str, reason: str, approver, until: date, actor, now: datetime
) -> Override:  # fmt: skip
    """Fix the class of one customer until a day at most four quarters ahead, while the unit waits.

    Claims the unit's version: a confirmation that has not seen the override is refused. An earlier
    override of the same customer ends.
    """
    run = Run.objects.select_related("scheme").get(pk=proposal.run_id)
    _check_people(actor, approver, proposal)
    _check_terms(run, proposal, code, reason, until, now)
    with transaction.atomic():
        _claim(proposal, run)
        Override.objects.filter(customer=proposal.customer_id, ended_at=None).update(ended_at=now)
        Proposal.objects.filter(pk=proposal.pk).update(override_code=code)
        return Override.objects.create(
            customer_id=proposal.customer_id,
            run=run,
            code=code,
            reason=reason.strip()[:300],
            proposed_by=actor,
            approver=approver,
            until=until,
            at=now,
        )


def end_override(*, proposal: Proposal, actor, now: datetime) -> None:
    """Before the confirmation the proposal counts again; after it the class stays, and the next quarter decides."""
    if not actor.has_perm(RIGHT):
        raise NotYours(_("Overrides are set and ended by those who lead the outlet or stand above it."))
    run = Run.objects.get(pk=proposal.run_id)
    with transaction.atomic():
        unit = unit_of(proposal)
        if unit is not None and unit.state == Unit.State.WAITING:
            _claim(proposal, run)
            Proposal.objects.filter(pk=proposal.pk).update(override_code="")
        standing = Override.objects.filter(customer=proposal.customer_id, run=run, ended_at=None)
        if not standing.update(ended_at=now):
            raise Refused(_("There is no override to end."))


def _check_people(actor, approver, proposal: Proposal) -> None:
    if not actor.has_perm(RIGHT):
        raise NotYours(_("Overrides are set and ended by those who lead the outlet or stand above it."))
    if approver.pk == actor.pk:
        message = _("Another person approves an override.")
        raise Refused(message, fields={"approver": message})
    reaches = Branch.objects.in_scope_of(approver).filter(pk=proposal.branch_id)
    if not approver.has_perm(RIGHT) or not reaches.exists():
        message = _("%(who)s may not approve overrides of this customer.") % {"who": approver.name}
        raise Refused(message, fields={"approver": message})


def _check_terms(run: Run, proposal: Proposal, code: str, reason: str, until: date, now: datetime) -> None:
    if not run.scheme.levels.filter(kind=proposal.kind, code=code).exists():
        message = _("Choose a class of this kind of customer.")
        raise Refused(message, fields={"code": message})
    if not reason.strip():
        raise Refused(_("Give a reason."), fields={"reason": _("Give a reason.")})
    if until < local_day(now):
        raise Refused(_("The end lies in the past."), fields={"until": _("The end lies in the past.")})
    if until > last_day_of(Quarter.parse(run.quarter)):
        message = _("An override lasts four quarters at most, until %(day)s.")
        message %= {"day": last_day_of(Quarter.parse(run.quarter))}
        raise Refused(message, fields={"until": message})


def last_day_of(quarter: Quarter) -> date:
    """The last day an override set in the run of `quarter` may stand."""
    for _n in range(QUARTERS):
        quarter = quarter.next
    return quarter.last


def _claim(proposal: Proposal, run: Run) -> None:
    """Raise the version of the waiting unit, so that a confirmation on its way sees that something moved."""
    if run.state not in OPEN:
        raise TooLate(_("The run of %(quarter)s is not open for overrides.") % {"quarter": run.quarter})
    unit = unit_of(proposal)
    if unit is None:
        raise Refused(_("This customer belongs to no meeting of the run."))
    claimed = Unit.objects.filter(pk=unit.pk, state=Unit.State.WAITING).update(version=F("version") + 1)
    if not claimed:
        raise already(Unit.objects.select_related("confirmed_by").get(pk=unit.pk))
