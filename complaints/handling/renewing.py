"""New facts and reasons: what arrived is kept word for word, and the period starts again that day (Order 2020 No. 3)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.letters import lines
from complaints.handling.telling import tell
from complaints.intake.models import Supplement


@transaction.atomic
def add_new_facts(*, case: Case, actor, now: datetime, text: str) -> Supplement:
    """Note what is new; the limits restart with the step, the investigator is told."""
    text = lines(text, 2000, field="text", missing=_("Write what is new."))
    act(case=case, action=Action.NEW_FACTS, actor=actor, now=now)
    tell(case=case, person=case.investigator, kind="case-new-facts", now=now, by=actor)
    return Supplement.objects.create(case=case, round=case.round, customer=case.customer, text=text, by=actor, at=now)
