"""退回重办: the office gives a case back for another investigation; what was signed is kept beside the new draft."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.investigating import set_aside
from complaints.handling.telling import tell
from crm.lib.wording import typed


@transaction.atomic
def return_for_rework(*, case: Case, actor, now: datetime, reason: str) -> Case:
    """Open the report again: finding and answer are to be given anew, a given apology stays. The investigator is told."""
    reason = typed(reason, 300, field="reason", missing=_("Say what has to be looked at again."))
    was = case.finding
    act(case=case, action=Action.RETURN, actor=actor, now=now, reason=reason, facts={"finding": was}, finding="", replied_at=None)  # fmt: skip
    set_aside(case=case, now=now)
    tell(case=case, person=case.investigator, kind="case-returned", now=now, by=actor, anchor="report")
    return case
