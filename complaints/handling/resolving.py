"""The solution (处理方案), and what is settled at once: inquiries and suggestions."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.letters import lines
from complaints.handling.models import Resolution
from complaints.handling.stepping import known_means

TEXT = 2000


@transaction.atomic
def decide_solution(*, case: Case, actor, now: datetime, text: str) -> Resolution:
    """What the bank will do. One a round; written again it replaces the former as long as nothing was answered."""
    text = lines(text, TEXT, field="text", missing=_("Say what the bank will do."))
    act(case=case, action=Action.PLAN, actor=actor, now=now)
    found, _created = Resolution.objects.update_or_create(
        case=case, round=case.round, defaults={"text": text, "by": actor, "at": now}
    )
    return found


@transaction.atomic
def settle(*, case: Case, actor, now: datetime, text: str, means: str) -> Resolution:
    """Answer an inquiry or a suggestion at once and close it; a complaint is never settled this way."""
    text = lines(text, TEXT, field="text", missing=_("Write what was answered."))
    means = known_means(means)
    act(case=case, action=Action.SETTLE, actor=actor, now=now, facts={"means": means}, replied_at=now, closed_at=now)
    return Resolution.objects.create(case=case, round=case.round, text=text, by=actor, at=now)
