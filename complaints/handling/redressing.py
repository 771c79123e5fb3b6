"""Redress: proposed by one person, decided by one other within their limit; like cases are shown beside it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.limits import REDRESS_CENTS, SIMILAR_DAYS, may_grant
from complaints.handling.models import Redress
from complaints.handling.stepping import at_field, ensure_step
from complaints.handling.telling import tell
from crm.lib.dates import local_day
from crm.lib.money import from_cents, yuan
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import User
from crm.staff.roles import Role

MOST_CENTS = 100_000_000_00  # what nobody means: a slip of the keyboard


@transaction.atomic
def propose_redress(*, case: Case, actor, now: datetime, kind: str, amount_cents: int, reason: str) -> Redress:
    """Put up `amount_cents` (0 for what costs nothing) for somebody else's decision; the nearest approver is told."""
    if kind not in Redress.Kind.values:
        raise at_field("kind", _("Choose what the customer gets."))
    if not 0 <= amount_cents <= MOST_CENTS:
        raise at_field("amount", _("Look at the amount again."))
    if not amount_cents and kind in (Redress.Kind.REFUND, Redress.Kind.COMPENSATION):
        raise at_field("amount", _("Say how much."))
    reason = typed(reason, 500, field="reason", missing=_("Say why."))
    act(case=case, action=Action.REDRESS, actor=actor, now=now, facts={"step": "proposed", "cents": amount_cents})
    redress = Redress.objects.create(
        case=case, round=case.round, kind=kind, amount_cents=amount_cents, reason=reason, proposed_by=actor, proposed_at=now
    )  # fmt: skip
    approver = approver_for(case, amount_cents, actor)
    if approver is None:
        raise Refused(_("Nobody else may grant this amount: fill the post first."))
    tell(case=case, person=approver, kind="redress-proposed", now=now, by=actor, anchor="redress")
    return redress


@transaction.atomic
def decide_redress(*, case: Case, redress: Redress, actor, now: datetime, granted: bool, comment: str = "") -> Redress:
    """Yes or no of one person who did not propose it, within their limit. A refusal says why."""
    missing = "" if granted else _("Say why not.")
    comment = typed(comment, 300, field="comment", missing=missing)
    ensure_step(case, Action.REDRESS, actor)
    if redress.case_id != case.pk or redress.round != case.round:
        raise Refused(_("This redress belongs to an earlier round."))
    _refuse_decider(redress, actor)
    act(case=case, action=Action.REDRESS, actor=actor, now=now, facts={"step": "granted" if granted else "refused", "cents": redress.amount_cents})  # fmt: skip
    decided = Redress.objects.filter(pk=redress.pk, decided_at=None).update(
        granted=granted, comment=comment, decided_by=actor, decided_at=now
    )
    if not decided:
        redress.refresh_from_db()
        raise TooLate(_("%(who)s decided this redress already.") % {"who": redress.decided_by.name})
    redress.refresh_from_db()
    tell(case=case, person=redress.proposed_by, kind="redress-decided", now=now, by=actor, anchor="redress")
    return redress


def _refuse_decider(redress: Redress, actor) -> None:
    if redress.proposed_by_id == actor.pk:
        raise NotYours(_("Whoever proposed a redress does not grant it: another person does."))
    actor = User.objects.get(pk=actor.pk)  # rights as they are now
    if not may_grant(actor.roles, redress.amount_cents):
        raise NotYours(_("%(yuan)s yuan is above your limit: the next level decides.") % {"yuan": yuan(from_cents(redress.amount_cents))})  # fmt: skip


def may_decide(redress: Redress, user) -> bool:
    return (
        redress.decided_at is None and redress.proposed_by_id != user.pk and may_grant(user.roles, redress.amount_cents)
    )


@transaction.atomic
def note_payment(*, case: Case, redress: Redress, actor, now: datetime, paid_on: date | None) -> Redress:
    """The day on which the customer had it; after the closing too."""
    ensure_step(case, Action.PAY, actor)
    if redress.case_id != case.pk or not redress.granted or redress.decided_at is None:
        raise Refused(_("Only a granted redress is paid."))
    if paid_on is None or paid_on > local_day(now) or paid_on < local_day(redress.decided_at):
        raise at_field("paid_on", _("The day of payment lies between the decision and today."))
    act(case=case, action=Action.PAY, actor=actor, now=now, facts={"cents": redress.amount_cents})
    if not Redress.objects.filter(pk=redress.pk, paid_on=None).update(paid_on=paid_on):
        raise TooLate(_("The payment was noted already."))
    redress.refresh_from_db()
    return redress


def approver_for(case: Case, cents: int, proposer) -> User | None:
    """The nearest person whose limit holds `cents`: outlet head, president, service office, head office."""
    barred = set(case.respondents.values_list("employee", flat=True)) | {proposer.pk}
    everybody = User.objects.active().exclude(pk__in=barred)
    people = [
        outlet_head(case.respondent, barred),
        next_level_up(case.respondent, barred),
        everybody.with_role(Role.SERVICE).first(),
        everybody.with_role(Role.HEADOFFICE).first(),
    ]
    return next((person for person in people if person and may_grant(person.roles, cents)), None)


@dataclass(frozen=True)
class Similar:
    """What like cases got: granted redress of the same cause within a year, the newest first."""

    rows: list[Redress]
    count: int
    median_cents: int
    highest_cents: int


def similar(case: Case, now: datetime) -> Similar:
    rows = list(
        Redress.objects.filter(case__cause=case.cause_id, granted=True, decided_at__gte=now - timedelta(days=SIMILAR_DAYS))
        .exclude(case=case)
        .select_related("case", "case__respondent")
        .order_by("-decided_at")[:200]
    ) if case.cause_id else []  # fmt: skip
    amounts = [row.amount_cents for row in rows] or [0]
    return Similar(rows[:10], len(rows), int(median(amounts)), max(amounts))


def limits_shown() -> list[tuple[str, int | None]]:
    return [(str(Role(role).label), cents) for role, cents in REDRESS_CENTS.items()]
