"""客户移交: a manager's customers pass to others in one operation, signed by a supervisor of transfer; preparing it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.customers.models import Customer
from archives.stewardship.models import HandOver, HandOverLine
from archives.stewardship.numbers import next_number
from archives.stewardship.rules import STEPS, Choice, Step, share_out
from archives.stewardship.selectors import (
    assisted,
    counts_of,
    loads_of,
    managed,
    managers_at,
    supervisors_for,
)
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.services import notify
from crm.staff.models import Branch, User

TRIES = 8


def prepare_hand_over(
    *, outgoing: User, branch: Branch, incoming: Sequence[User], supervisor: User, reason: str, note: str = "",
    choice: Choice, keys: Sequence[int] = (), actor: User, now: datetime,
) -> HandOver:  # fmt: skip
    """Write down who gets which customers of `outgoing` at `branch`; nothing passes before `supervisor` signs."""
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                check_people(outgoing=outgoing, branch=branch, incoming=incoming, supervisor=supervisor)
                return _prepare(outgoing, branch, incoming, supervisor, reason, note, choice, keys, actor, now)
        except IntegrityError:
            _refuse_second(outgoing, branch)
    raise Refused(_("Too many hand-overs at once: try again."))


def _refuse_second(outgoing: User, branch: Branch) -> None:
    open_one = HandOver.objects.filter(outgoing=outgoing, branch=branch, state=HandOver.State.PREPARED).first()
    if open_one:
        message = _("A hand-over of %(who)s is prepared already: %(number)s. Sign or cancel that one.")
        raise Refused(message % {"who": outgoing.name, "number": open_one.number}, request=open_one)


def _prepare(outgoing, branch, incoming, supervisor, reason, note, choice, keys, actor, now) -> HandOver:
    may_hand_over(actor, branch)
    refuse_own_signature(supervisor, actor)
    lines = plan(outgoing=outgoing, branch=branch, incoming=incoming, choice=choice, keys=keys)
    if not lines:
        raise Refused(_("%(who)s has no such customers at this branch.") % {"who": outgoing.name})
    counts = counts_of(outgoing=outgoing, branch=branch, choice=choice, keys=keys)
    hand_over = HandOver.objects.create(
        number=next_number(HandOver, "YJ", now),
        branch=branch,
        outgoing=outgoing,
        supervisor=supervisor,
        reason=reason,
        note=note,
        prepared_by=actor,
        prepared_at=now,
        counts={"preview": counts, "choice": asdict(choice), "incoming": [person.pk for person in incoming]},
    )
    add_lines(hand_over, lines)
    tell(person=supervisor, hand_over=hand_over, kind="hand-over-prepared", who=actor, now=now)
    return hand_over


def add_lines(hand_over: HandOver, lines: list[HandOverLine]) -> None:
    for line in lines:
        line.hand_over = hand_over
    HandOverLine.objects.bulk_create(lines, batch_size=500)


def plan(*, outgoing: User, branch: Branch, incoming: Sequence[User], choice: Choice, keys=()) -> list[HandOverLine]:
    """Unsaved lines: the most valuable customers first, each to whoever manages the fewest."""
    rows = managed(outgoing=outgoing, branch=branch, choice=choice, keys=keys)
    ranked = rows.order_by("-figures__balance_cents", "pk").values_list("pk", flat=True)
    shared = share_out(list(ranked), loads_of(incoming))
    helped = list(assisted(outgoing=outgoing, branch=branch, choice=choice).order_by("pk").values_list("pk", "manager"))
    barred = {pk: {shared.get(pk) or manager} for pk, manager in helped}  # nobody assists themselves
    helping = share_out([pk for pk, _manager in helped], {person.pk: 0 for person in incoming}, barred=barred)
    lines = [HandOverLine(customer_id=pk, incoming_id=person) for pk, person in shared.items()]
    return lines + [HandOverLine(customer_id=pk, incoming_id=p, was_assistant=True) for pk, p in helping.items()]


def check_people(*, outgoing: User, branch: Branch, incoming: Sequence[User], supervisor: User) -> None:
    """As they are now: the incoming manage at the branch, the supervisor may sign and is neither party."""
    if not incoming:
        raise Refused(_("Choose who takes the customers over."), fields={"incoming": [_("Choose somebody.")]})
    fit = set(managers_at(branch).values_list("pk", flat=True)) - {outgoing.pk}
    for person in incoming:
        if person.pk not in fit:
            message = _("%(who)s cannot take customers of this branch over.") % {"who": person.name}
            raise Refused(message, fields={"incoming": [message]})
    parties = {outgoing.pk, *(person.pk for person in incoming)}
    if supervisor.pk in parties or not supervisors_for(branch).filter(pk=supervisor.pk).exists():
        message = _("The supervisor of transfer must be entitled at this branch and neither give nor take.")
        raise Refused(message, fields={"supervisor": [message]})


def refuse_own_signature(supervisor: User, actor: User) -> None:
    if supervisor.pk == actor.pk:
        message = _("Whoever prepares a hand-over does not sign it: choose another supervisor of transfer.")
        raise Refused(message, fields={"supervisor": [message]})


def may_hand_over(actor: User, branch: Branch) -> None:
    """Raise NotYours unless `actor` may hand over there now: rights are read anew."""
    actor = User.objects.get(pk=actor.pk)
    scope = Branch.objects.in_scope_of(actor)
    if not actor.has_perm("archives.hand_over") or not scope.filter(pk=branch.pk).exists():
        raise NotYours(_("Your role does not include handing over customers of this branch."))


def cancel_hand_over(*, hand_over: HandOver, actor: User, now: datetime) -> HandOver:
    """Drop a prepared hand-over; nothing had passed yet."""
    with transaction.atomic():
        may_hand_over(actor, hand_over.branch)
        return claim(hand_over=hand_over, step=Step.CANCEL, ended_by=actor, ended_at=now)


def claim(*, hand_over: HandOver, step: Step, **changes) -> HandOver:
    """Move it from the state and version that the caller saw; whoever comes second gets TooLate."""
    to = STEPS.get((hand_over.state, step))
    if to is None:
        raise already(hand_over)
    claimed = HandOver.objects.filter(pk=hand_over.pk, state=hand_over.state, version=hand_over.version).update(
        state=to, version=F("version") + 1, **changes
    )
    hand_over = HandOver.objects.select_related("branch", "outgoing", "supervisor", "ended_by").get(pk=hand_over.pk)
    if not claimed:
        raise already(hand_over)
    return hand_over


def already(hand_over: HandOver) -> TooLate:
    if hand_over.state == HandOver.State.PREPARED:
        return TooLate(_("This has changed since you opened it. Look at it again."), request=hand_over)
    who, at = (
        (hand_over.ended_by, hand_over.ended_at)
        if hand_over.ended_at
        else (hand_over.supervisor, hand_over.done_at or hand_over.prepared_at)
    )
    sentence = _("Already settled by %(who)s at %(when)s: %(state)s.")
    when = at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    values = {"who": who.name if who else "", "when": when, "state": hand_over.get_state_display()}
    return TooLate(sentence % values, request=hand_over)


def tell(*, person: User, hand_over: HandOver, kind: str, who: User, now: datetime, **params) -> None:
    params = {"number": hand_over.number, "who": who.name, "from": hand_over.outgoing.name} | params
    link = reverse("stewardship:hand_over", args=[hand_over.number])
    notify(recipient=person, kind=kind, params=params, link=link, now=now)


def still_with(hand_over: HandOver) -> int:
    """Archives of the branch, hidden ones too, that the outgoing person still manages."""
    return Customer.everyone.filter(branch=hand_over.branch_id, manager=hand_over.outgoing_id).count()


def topped_up(hand_over: HandOver) -> list[HandOverLine]:
    """Lines for what came to the outgoing person after the preparation: a hand-over of all leaves nothing behind."""
    choice = Choice(**hand_over.counts["choice"])  # of selected ones nothing is added
    incoming = list(User.objects.filter(pk__in=hand_over.counts["incoming"]).order_by("employee_number"))
    known = set(hand_over.lines.values_list("customer", "was_assistant"))
    lines = plan(outgoing=hand_over.outgoing, branch=hand_over.branch, incoming=incoming, choice=choice)
    return [line for line in lines if (line.customer_id, line.was_assistant) not in known]
