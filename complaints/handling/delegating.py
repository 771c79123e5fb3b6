"""The exception from investigating in person: asked for with a reason, decided by the office, shown and counted."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints.cases.codes import Role
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.assigning import person_named
from complaints.handling.guarding import ensure_step
from complaints.handling.models import Delegation, Investigation
from complaints.handling.telling import officers_of, tell
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.staff.models import User


@dataclass(frozen=True)
class Share:
    """Signed reports, and how many of them the investigator wrote in person."""

    personal: int
    total: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.personal / self.total) if self.total else None


def share_of_personal(cases) -> Share:
    """Of the signed reports of `cases` (a queryset): investigated in person, all."""
    signed = Investigation.objects.filter(case__in=cases, signed_at__isnull=False, returned_at=None)
    return Share(signed.filter(on_behalf_of=None).count(), signed.count())


@transaction.atomic
def ask_delegation(*, case: Case, actor, to: str, reason: str, now: datetime) -> Delegation:
    """The investigator, and nobody for them, asks the office to let another person investigate this round."""
    ensure_step(case, Action.DELEGATE, actor)
    if actor.pk != case.investigator_id:
        raise NotYours(_("Only the investigator may ask for a delegation."))
    person = person_named(to, case, field="to")
    if person == actor:
        raise Refused(_("You investigate yourself: name another person."), fields={"to": [_("Name another person.")]})
    reason = typed(reason, 300, field="reason", missing=_("Say why you cannot investigate in person."))
    act(case=case, action=Action.DELEGATE, actor=actor, now=now, facts={"step": "asked", "to": person.pk})
    try:
        with transaction.atomic():
            asked = Delegation.objects.create(
                case=case, round=case.round, to=person, reason=reason, asked_by=actor, asked_at=now
            )
    except IntegrityError as error:
        raise Refused(_("A delegation of this round was asked for already.")) from error
    for officer in officers_of(case):
        tell(case=case, person=officer, kind="case-delegation-asked", now=now, by=actor, anchor="people")
    return asked


@transaction.atomic
def decide_delegation(*, case: Case, delegation: Delegation, actor, granted: bool, now: datetime) -> Delegation:
    """The office's yes or no; never by who asked or who would get it."""
    if ensure_step(case, Action.DELEGATE, actor) != Role.OFFICE or actor.pk in (
        delegation.asked_by_id,
        delegation.to_id,
    ):
        raise NotYours(_("The service office decides, and nobody on their own delegation."))
    if granted:
        _still_fit(case, delegation)
    step = "granted" if granted else "refused"
    act(case=case, action=Action.DELEGATE, actor=actor, now=now, facts={"step": step, "to": delegation.to_id})
    won = Delegation.objects.filter(pk=delegation.pk, granted=None, ended_at=None).update(
        granted=granted, decided_by=actor, decided_at=now
    )
    if not won:
        raise TooLate(_("This delegation was decided already."))
    delegation.refresh_from_db()
    kind = "case-delegation-granted" if granted else "case-delegation-refused"
    tell(case=case, person=delegation.asked_by, kind=kind, now=now, by=actor, anchor="people")
    if granted:
        tell(case=case, person=delegation.to, kind="case-delegated", now=now, by=actor)
    return delegation


def _still_fit(case: Case, delegation: Delegation) -> None:
    person: User = delegation.to
    if not person.is_active or case.respondents.filter(employee=person).exists():
        raise Refused(_("%(name)s cannot take it any more: refuse it, and let another person be named.") % {"name": person.name})  # fmt: skip
