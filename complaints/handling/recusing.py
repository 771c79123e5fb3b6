"""回避: a handler says that they have an interest in the matter, and is replaced at once."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case, Recusal, Respondent
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.guarding import ensure_step
from complaints.intake.recusing import recuse_barred
from crm.lib.wording import typed


@transaction.atomic
def declare_interest(*, case: Case, actor, note: str, now: datetime) -> list[Recusal]:
    """From here on `actor` has no part in the case and does not see it any more."""
    ensure_step(case, Action.RECUSE, actor)
    note = typed(note, 200, field="note", missing=_("Say what your interest is."))
    act(case=case, action=Action.RECUSE, actor=actor, now=now, facts={"why": Respondent.Why.INTEREST})
    Respondent.objects.create(
        case=case, employee=actor, why=Respondent.Why.INTEREST, note=note, named_at=now, named_by=actor
    )
    return recuse_barred(case=case, actor=None, now=now)
