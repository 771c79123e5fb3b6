"""Registering a case: the one way in, whoever brings it and whatever is still unknown."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from archives.classification.selectors import class_of
from complaints.cases.models import Case, CaseEvent, CaseFlag, Respondent
from complaints.cases.numbers import next_number
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.clocks.holding import follow_hold
from complaints.clocks.services import start_clocks
from complaints.intake.evidence import keep_files
from complaints.intake.recusing import stand_in_for_first
from complaints.intake.registering import Registration, cleaned, party_of
from complaints.intake.repeats import Repeat, repeat_of
from complaints.intake.telling import tell_escalated, tell_registered
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.staff.models import User

TRIES = 25


def register(
    *, actor, now: datetime, token: str | None = None, files: Sequence = (), authority_files: Sequence = (), **told
) -> Case:
    """A case from what was `told` (fields of `registering.Registration`; `source`, `respondent` and `facts` must be).

    `actor` receives it first and follows it to the end (首问负责制). The same `token` again returns the case it made.
    Raise Refused with messages by field; nothing is written then.
    """
    for _attempt in range(TRIES):
        earlier = Case.objects.filter(token=token, registered_by=actor).first() if token else None
        if earlier:
            return earlier
        actor = _present(actor)
        clean = cleaned(Registration(**told), now)
        _refuse_second(clean)
        try:
            with transaction.atomic():
                case = _write(clean, actor, token, now)
                keep_files(case=case, files=files, actor=actor, now=now, authority=authority_files)
                return case
        except IntegrityError:
            continue  # the number, the form or the lobby event was taken in the same moment
    raise Refused(_("Too many at once: try again."))


def _present(actor) -> User:
    """The actor with the rights of this moment."""
    actor = User.objects.select_related("branch").get(pk=actor.pk)
    if not actor.is_active or not actor.has_perm("complaints.register_case"):
        raise NotYours(_("Your role does not include registering cases."))
    return actor


def _refuse_second(told: Registration) -> None:
    if told.lobby_event is None:
        return
    twin = Case.objects.filter(lobby_event=told.lobby_event).only("number").first()
    if twin:
        raise TooLate(_("This lobby event is the case %(number)s already.") % {"number": twin.number})


def _write(told: Registration, actor: User, token: str | None, now: datetime) -> Case:
    case = _create(told, actor, token, now)
    for party in [party_of(person, case) for person in told.parties]:
        party.save()
    CaseFlag.objects.bulk_create(CaseFlag(case=case, flag=flag) for flag in told.flags)
    Respondent.objects.bulk_create(
        Respondent(case=case, employee=person, named_at=now, named_by=actor)
        for person in dict.fromkeys(told.respondents)
    )
    repeat = _note_repeat(case)
    facts = {"source": case.source, "level": case.level, "people": case.people}
    if repeat.grounds:
        facts["repeats"] = repeat.grounds
    CaseEvent.objects.create(case=case, round=1, action=Action.REGISTER, to=case.state, role="first", actor=actor, facts=facts, at=now)  # fmt: skip
    start_clocks(case=case, now=now)
    follow_hold(case=case, actor=actor, now=now)
    stand_in_for_first(case=case, now=now)
    tell_registered(case=case, actor=actor, now=now)
    if repeat.escalates:
        act(case=case, action=Action.ESCALATE, actor=None, now=now, facts={"repeats": repeat.grounds}, escalated_at=now)
        tell_escalated(case=case, actor=actor, now=now)
    return case


def _create(told: Registration, actor: User, token: str | None, now: datetime) -> Case:
    customer = told.customer or next((person.customer for person in told.parties if person.customer), None)
    confirmed = class_of(customer) if customer else None
    return Case.objects.create(
        number=next_number(now),
        token=token or None,
        kind=told.kind,
        level=told.level,
        urgency=told.urgency,
        source=told.source,
        received_at=told.received_at or now,
        registered_at=now,
        registered_by=actor,
        first_receiver=actor,
        branch=actor.branch,
        respondent=told.respondent,
        customer=customer,
        customer_number=customer.number if customer else "",
        class_code=confirmed.code if confirmed else "",
        is_anonymous=told.is_anonymous,
        people=told.people,
        channel=told.channel,
        business=told.business,
        cause=told.cause,
        product=told.product,
        amount_cents=told.amount_cents,
        group=told.group,
        facts=told.facts,
        demand=told.demand,
        regulator_number=told.regulator_number,
        regulator_due_on=told.regulator_due_on,
        lobby_event=told.lobby_event,
        **told.extra,
    )


def _note_repeat(case: Case) -> Repeat:
    repeat = repeat_of(case)
    if repeat.grounds:
        case.is_repeat, case.repeat_of = True, repeat.of
        case.save(update_fields=["is_repeat", "repeat_of"])
    return repeat
