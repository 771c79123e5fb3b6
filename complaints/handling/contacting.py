"""First contact first (第一时间联系): attempts to reach the customer, and what they unlock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.codes import Means
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.guarding import ensure_step
from complaints.handling.models import Contact
from crm.lib.dates import local_day, minute_of
from crm.lib.refusals import Refused
from crm.lib.wording import typed

NEEDED, NEEDED_DAYS = 3, 2
Result = Contact.Result
FAILED = frozenset({Result.NO_ANSWER, Result.WRONG})
TOUCHED = frozenset({Result.REACHED, Result.REFUSED})  # whoever says that they do not want to talk was reached


@dataclass(frozen=True)
class ContactState:
    """Attempts of the present round. `enough`: the customer may be answered."""

    attempts: int = 0
    failed: int = 0
    days: int = 0  # on which an attempt failed
    reached: bool = False
    enough: bool = False
    needed: int = NEEDED
    needed_days: int = NEEDED_DAYS


def judge(attempts: Iterable[tuple[str, date]]) -> ContactState:
    """Reached once is enough; failed attempts only: three, on at least two days. With nobody to reach: saying so."""
    rows = list(attempts)
    failed = [day for result, day in rows if result in FAILED]
    reached = any(result in TOUCHED for result, _day in rows)
    nobody = any(result == Result.NOBODY for result, _day in rows)
    tried = len(failed) >= NEEDED and len(set(failed)) >= NEEDED_DAYS
    return ContactState(len(rows), len(failed), len(set(failed)), reached, reached or nobody or tried)


def contact_state(case: Case) -> ContactState:
    rows = Contact.objects.filter(case=case, round=case.round).values_list("result", "at")
    return judge((result, local_day(at)) for result, at in rows)


def can_be_reached(case: Case) -> bool:
    """False for an anonymous complainant who left nothing."""
    if not case.is_anonymous or case.customer_id:
        return True
    return any(one.customer_id or one.phone or one.email or one.address for one in case.parties.all())


def round_began(case: Case) -> datetime:
    again = case.events.filter(action=Action.REOPEN, round=case.round).order_by("pk").first()
    return again.at if again else case.received_at


@transaction.atomic
def record_contact(
    *, case: Case, actor, at: datetime | None, means: str, result: str, note: str, now: datetime
) -> Contact:
    """An attempt by the outlet's head or the investigator; the first one unlocks the investigation."""
    ensure_step(case, Action.CONTACT, actor)
    values = {"at": _moment(case, at, now), "result": _result(case, result), "means": _means(means, result)}
    missing = _("Say what the customer said.") if result in TOUCHED else ""
    note = typed(note, 500, field="note", missing=missing)
    made = Contact.objects.create(case=case, round=case.round, by=actor, note=note, recorded_at=now, **values)
    act(
        case=case, action=Action.CONTACT, actor=actor, now=now, contacted_at=case.contacted_at or made.at,
        facts={"result": made.result, "means": made.means},
    )  # fmt: skip
    return made


def _moment(case: Case, at: datetime | None, now: datetime) -> datetime:
    if at is None:
        raise _at("at", _("Say when: day and time."))
    if at > now:
        raise _at("at", _("That time has not come yet: write down what was done."))
    if at < minute_of(round_began(case)):
        raise _at("at", _("That is before the bank received it: look at day and time again."))
    return at


def _result(case: Case, result: str) -> str:
    if result not in Result.values:
        raise _at("result", _("Choose how it went."))
    if result == Result.NOBODY and can_be_reached(case):
        raise _at("result", _("This complainant can be reached: record an attempt."))
    return result


def _means(means: str, result: str) -> str:
    if result == Result.NOBODY:
        return ""
    if means not in Means.values:
        raise _at("means", _("Choose how you tried to reach the customer."))
    return means


def _at(field: str, message: str) -> Refused:
    return Refused(message, fields={field: [message]})
