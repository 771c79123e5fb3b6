"""A pause for an external appraisal, test or valuation (鉴定、检测、评估): asked for, decided by another person of the
office, told to the customer before it begins; then the limits run on with exactly what was left of them.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints.cases.access import ensure_may
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks import rules, running
from complaints.clocks.acting import act
from complaints.clocks.asking import ensure_other, ensure_undecided, reason_of, statutory_of, told_customer
from complaints.clocks.models import Clock, ClockShift, Pause
from complaints.clocks.running import Desk
from complaints.clocks.telling import office_of, tell
from crm.lib.refusals import Refused, TooLate


@transaction.atomic
def ask_pause(*, case: Case, reason: str, note: str, actor, now: datetime) -> Pause:
    """Ask the office for a pause, for one of the listed reasons."""
    ensure_may(case, Action.ASK_PAUSE, actor)
    if reason not in Pause.Reason:
        text = _("Choose one of the listed reasons.")
        raise Refused(text, fields={"reason": [text]})
    note = reason_of(note, field="note")
    statutory_of(case, now)
    _ensure_none_open(case)
    act(case=case, action=Action.ASK_PAUSE, actor=actor, now=now, facts={"why": reason})
    try:
        with transaction.atomic():
            pause = Pause.objects.create(
                case=case, round=case.round, reason=reason, note=note, asked_by=actor, asked_at=now
            )
    except IntegrityError as error:
        raise TooLate(_("Another pause is open already.")) from error
    tell(case=case, people=office_of(case), kind="pause-asked", by=actor, now=now)
    return pause


@transaction.atomic
def decide_pause(
    *, pause: Pause, case: Case, grant: bool, comment: str = "", means: str = "", told_at: datetime | None = None, actor, now: datetime
) -> Pause:  # fmt: skip
    """Grant or refuse. A granted pause begins at once: the customer has been told, how and when is kept."""
    ensure_may(case, Action.PAUSE, actor)
    ensure_undecided(pause, case)
    ensure_other(pause, actor)
    values: dict = {"decided_by": actor, "decided_at": now, "granted": grant}
    if grant:
        statutory_of(case, now)
        values |= told_customer(means, told_at, pause.asked_at, now) | {"started_at": now, "comment": comment[:300]}
    else:
        values["comment"] = reason_of(comment, field="comment")
    changes: dict = {"paused_at": now} if grant else {}
    act(case=case, action=Action.PAUSE, actor=actor, now=now, facts={"granted": grant, "why": pause.reason}, **changes)
    if not Pause.objects.undecided().filter(pk=pause.pk).update(**values):
        raise TooLate(_("Somebody decided on this already."))
    if grant:
        _hold(case, now)
    tell(case=case, people=[pause.asked_by, case.investigator], kind="pause-granted" if grant else "pause-refused", by=actor, now=now)  # fmt: skip
    pause.refresh_from_db()
    return pause


@transaction.atomic
def resume(*, case: Case, actor, now: datetime) -> list[ClockShift]:
    """End the pause: every limit runs on with what was left of it."""
    ensure_may(case, Action.RESUME, actor)
    pause = Pause.objects.standing().filter(case=case).first()
    if pause is None:
        raise Refused(_("The case is not paused."))
    act(case=case, action=Action.RESUME, actor=actor, now=now, paused_at=None)
    if not Pause.objects.standing().filter(pk=pause.pk).update(ended_at=now):
        raise TooLate(_("Somebody ended the pause already."))
    desk = Desk.of([case])
    shifts = running.run_on(
        clocks=Clock.objects.of(case).paused(), at=now, desk=desk, case=case, why=ClockShift.Why.PAUSE, actor=actor
    )
    running.keep_nearest(case)
    tell(case=case, people=[case.officer, case.investigator, case.contact], kind="pause-ended", by=actor, now=now)
    return shifts


def _ensure_none_open(case: Case) -> None:
    if Pause.objects.open().filter(case=case).exists():
        raise Refused(_("Another pause is open already."))


def _hold(case: Case, now: datetime) -> None:
    clocks = Clock.objects.of(case).running().filter(round=case.round, kind__in=rules.PAUSABLE)
    running.pause(clocks=clocks, at=now, desk=Desk.of([case]), case=case)
    running.keep_nearest(case)
