"""升级: the next level up is told of a case that its people do not bring to an end."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.assigning import REASON, barred_of
from complaints.handling.guarding import ensure_step
from complaints.handling.telling import officers_of, tell
from crm.lib.refusals import Refused
from crm.lib.wording import typed
from crm.staff.hierarchy import next_level_up
from crm.staff.models import User


def superior_of(case: Case) -> User | None:
    """The next level above those who handle the case, with no part in the matter."""
    handling = {pk for pk in (case.investigator_id, case.contact_id) if pk}
    return next_level_up(case.respondent, barred_of(case) | handling)


@transaction.atomic
def escalate_case(*, case: Case, actor, reason: str, now: datetime) -> Case:
    ensure_step(case, Action.ESCALATE, actor)
    reason = typed(reason, REASON, field="reason", missing=_("Say why it goes to the next level."))
    if case.escalated_at:
        raise Refused(_("The next level knows already."))
    superior = superior_of(case)
    if superior is None:
        raise Refused(_("Nobody stands above %(branch)s: fill the post first.") % {"branch": case.respondent.name})
    facts = {"to": superior.pk}
    act(case=case, action=Action.ESCALATE, actor=actor, now=now, reason=reason, facts=facts, escalated_at=now)
    for person in [superior, *officers_of(case)]:
        tell(case=case, person=person, kind="case-escalated", now=now, by=actor)
    return case
