"""赔礼道歉: who apologised, when, how, and whether the customer forgave. Of the highest classes the head goes in person."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from complaints.cases.codes import Finding, Means
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.letters import template_for
from complaints.handling.models import Apology, LetterTemplate
from complaints.handling.stepping import at_field, known_means, past_moment
from crm.lib.wording import typed
from crm.staff.models import User
from crm.staff.roles import Role

IN_PERSON = frozenset({"diamond", "private"})  # classes whose apology the head brings in person
FACE_TO_FACE = frozenset({Means.VISIT, Means.MEETING})
AT_FAULT = frozenset({Finding.RESPONSIBLE, Finding.PARTLY})


def is_owed(case: Case) -> bool:
    return case.finding in AT_FAULT


def wants_the_head(case: Case) -> bool:
    return case.class_code in IN_PERSON


@transaction.atomic
def apologise(
    *, case: Case, actor, now: datetime, by: User | None, at: datetime | None, means: str, reaction: str, note: str = ""
) -> Apology:
    """Record an apology of this round. Where the head is asked for in person, anything else needs its reason."""
    means = known_means(means)
    if reaction not in Apology.Reaction.values:
        raise at_field("reaction", _("Say how the customer took it."))
    if by is None or by.pk not in set(apologisers(case).values_list("pk", flat=True)):
        raise at_field("by", _("Choose who apologised."))
    at = past_moment(at, field="at", earliest=case.received_at, now=now)
    note = typed(note, 500, field="note")
    if wants_the_head(case) and not (means in FACE_TO_FACE and is_head(by)) and not note:
        raise at_field("note", _("The head apologises to customers of this class in person: say why it was done otherwise."))  # fmt: skip
    act(case=case, action=Action.APOLOGISE, actor=actor, now=now, facts={"means": means, "reaction": reaction}, apologised_at=at)  # fmt: skip
    return Apology.objects.create(
        case=case, round=case.round, by=by, at=at, means=means, reaction=reaction, note=note,
        recorded_by=actor, recorded_at=now,
    )  # fmt: skip


def is_head(user: User) -> bool:
    return bool({Role.HEAD, Role.PRESIDENT} & set(user.roles))


def apologisers(case: Case):
    """Those who can have apologised: of the outlet, and who handles the case or leads it. The accused may, too."""
    handling = [case.investigator_id, case.contact_id, case.officer_id]
    return User.objects.active().filter(Q(branch=case.respondent_id) | Q(pk__in=[pk for pk in handling if pk]))


def template_or_none(case: Case) -> LetterTemplate | None:
    """The office's text for an apology of this severity."""
    return template_for(LetterTemplate.Kind.APOLOGY, finding=case.finding, level=case.level)
