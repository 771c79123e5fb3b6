"""To and from regulators and other bodies: their number, the day they wait for, and the answer."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.models import Transfer
from complaints.handling.stepping import at_field, ensure_step
from crm.lib.dates import local_day
from crm.lib.refusals import Refused, TooLate
from crm.lib.wording import typed


@transaction.atomic
def pass_on(
    *, case: Case, actor, now: datetime, body: str, number: str = "", due_on: date | None = None, note: str = ""
) -> Transfer:
    """The matter is another body's: the case ends here, with who has it now."""
    row = _row(case, actor, now, Transfer.Direction.OUT, body, number, due_on, note)
    if not row.note:
        raise at_field("note", _("Say why it is passed on, and how the customer was told."))
    act(case=case, action=Action.TRANSFER, actor=actor, now=now)
    row.save(force_insert=True)
    return row


@transaction.atomic
def take_in(
    *, case: Case, actor, now: datetime, body: str, number: str = "", due_on: date | None = None, note: str = ""
) -> Transfer:
    """A regulator or another body passed this complaint on to the bank; their day becomes one of its limits."""
    row = _row(case, actor, now, Transfer.Direction.IN, body, number, due_on, note)
    if case.transfers.filter(direction=row.direction, body=row.body, number=row.number).exists():
        raise at_field("number", _("This was recorded already."))
    act(
        case=case, action=Action.TRANSFER_IN, actor=actor, now=now, facts={"due_on": f"{due_on or ''}"},
        regulator_number=row.number, regulator_due_on=due_on,
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def _row(case: Case, actor, now: datetime, direction: str, body: str, number: str, due_on: date | None, note: str) -> Transfer:  # fmt: skip
    body = typed(body, 80, field="body", missing=_("Name the body."))
    if due_on is not None and due_on < local_day(case.received_at):
        raise at_field("due_on", _("This is before the case was received."))
    return Transfer(
        case=case, round=case.round, direction=direction, body=body, number=typed(number, 40, field="number"), at=now,
        due_on=due_on, note=typed(note, 300, field="note"), by=actor,
    )  # fmt: skip


@transaction.atomic
def note_answer(*, case: Case, transfer: Transfer, actor, now: datetime) -> Transfer:
    """The body that passed it on had its answer, or the one it was passed to gave one."""
    ensure_step(case, Action.ANSWER_BODY, actor)
    if transfer.case_id != case.pk:
        raise Refused(_("This belongs to another case."))
    act(case=case, action=Action.ANSWER_BODY, actor=actor, now=now, facts={"direction": transfer.direction})
    if not Transfer.objects.filter(pk=transfer.pk, answered_at=None).update(answered_at=now):
        raise TooLate(_("The answer was noted already."))
    transfer.refresh_from_db()
    return transfer
