"""A major complaint is told to the leaders within hours and reported in writing within a day (DOMAIN.md 1.3)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks import rules
from complaints.clocks.acting import act
from complaints.clocks.models import Clock
from complaints.clocks.services import stop_clock
from crm.lib.refusals import Refused, TooLate


@transaction.atomic
def report_major(*, case: Case, kind: str, actor, now: datetime) -> None:
    """Note that the leaders were told, or that the written report went out: its clock stops."""
    if kind not in rules.MAJOR:
        raise Refused(_("Only the two reports of a major case are noted here."))
    if not Clock.objects.of(case).open().filter(kind=kind).exists():
        raise TooLate(_("This was noted already, or the case is not a major one."))
    act(case=case, action=Action.SUPPLEMENT, actor=actor, now=now, facts={"clock": kind})
    stop_clock(case=case, kind=kind, now=now)
