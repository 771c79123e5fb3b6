"""A duty given to somebody else, in one step: asked by the person, decided by the head or the level above."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.duty.access import may_decide_swap
from complaints.duty.models import Duty, Roster, Swap
from complaints.duty.selectors import holds_post
from complaints.duty.services import claim, claim_duty, ensure_available, ensure_to_come, facts_of, note
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import User
from crm.staff.roles import Role

REASON = 200


def decider_for(duty: Duty, asker: User) -> User | None:
    """Who is told: the outlet's head; for a head's own duty, and where there is none, the next level up."""
    head = None if Role.HEAD in asker.roles else outlet_head(duty.branch, {asker.pk})
    return head or next_level_up(duty.branch, {asker.pk})


@transaction.atomic
def ask_swap(*, duty: Duty, actor, now: datetime, to: User, reason: str, in_return: Duty | None = None) -> Swap:
    """Refused for somebody else's duty, one that has begun, and where the other person cannot take it."""
    if duty.person_id != actor.pk:
        raise NotYours(_("Only whoever has the duty asks to swap it."))
    text = typed(reason, REASON, field="reason", missing=_("Say why: the head decides by it."))
    if duty.roster.state != Roster.State.PUBLISHED:
        raise Refused(_("This roster is not published yet: tell your head instead."))
    ensure_to_come(duty=duty, now=now)
    if to.pk == actor.pk:
        _at("to", _("Choose somebody else than yourself."))
    _ensure_can_take(duty, to, in_return)
    if in_return is not None:
        _ensure_return(duty, actor, to, in_return, now)
    try:
        with transaction.atomic():
            swap = Swap.objects.create(duty=duty, to=to, in_return=in_return, reason=text, asked_by=actor, asked_at=now)
    except IntegrityError as error:
        raise TooLate(_("A swap of this duty waits for its decision already.")) from error
    note(roster=duty.roster, action="ask", actor=actor, now=now, to=to.pk, **facts_of(duty))
    decider = decider_for(duty, actor)
    if decider:
        params = {"who": actor.name, "to": to.name, "day": duty.day.isoformat()}
        notify(recipient=decider, kind="swap-asked", params=params, link=reverse("duty:swap", args=[swap.pk]), now=now)
    return swap


@transaction.atomic
def withdraw_swap(*, swap: Swap, actor, now: datetime) -> None:
    if swap.asked_by_id != actor.pk:
        raise NotYours(_("Only whoever asked takes it back."))
    _claim(swap, actor, False, now)
    note(roster=swap.duty.roster, action="withdraw", actor=actor, now=now, **facts_of(swap.duty))


@transaction.atomic
def decide_swap(*, swap: Swap, actor, now: datetime, granted: bool) -> Swap:
    """One yes or no. A yes moves the duty at once; both learn it."""
    if not may_decide_swap(actor, swap):
        raise NotYours(_("This swap is for the head to decide, or for the next level up: never for whoever asked."))
    if granted:  # rosters before swaps, as everywhere: two who wait for each other would wait for ever
        for roster in sorted({one.roster for one in (swap.duty, swap.in_return) if one}, key=lambda r: r.pk):
            claim(roster=roster)
    _claim(swap, actor, granted, now)
    if granted:
        _move(swap, now)
    action = "grant" if granted else "refuse"
    note(roster=swap.duty.roster, action=action, actor=actor, now=now, asked_by=swap.asked_by_id, **facts_of(swap.duty))
    params = {"decider": actor.name, "day": swap.duty.day.isoformat(), "to": swap.to.name, "who": swap.asked_by.name}
    kind, link = ("swap-granted" if granted else "swap-refused"), reverse("duty:mine")
    told = [swap.asked_by, swap.to] if granted else [swap.asked_by]
    for person in told:
        if person != actor:
            notify(recipient=person, kind=kind, params=params, link=link, now=now)
    return swap


def _claim(swap: Swap, actor, granted: bool, now: datetime) -> None:
    if not Swap.objects.open().filter(pk=swap.pk).update(granted=granted, decided_by=actor, decided_at=now):
        fresh = Swap.objects.select_related("decided_by").get(pk=swap.pk)
        who = fresh.decided_by.name if fresh.decided_by else _("somebody")
        raise TooLate(_("%(who)s has decided this swap already.") % {"who": who})
    swap.refresh_from_db(fields=["granted", "decided_by", "decided_at"])


def _move(swap: Swap, now: datetime) -> None:
    """Give the duty to the other person; refused where it is no longer the asker's or no longer fits.

    The rosters are claimed already.
    """
    duty, back = swap.duty, swap.in_return
    for one, owner in ((duty, swap.asked_by), (back, swap.to)):
        if one is None:
            continue
        claim_duty(duty=one, version=one.version)
        if one.person_id != owner.pk:
            raise TooLate(_("The duty of %(day)s belongs to somebody else by now.") % {"day": one.day})
        ensure_to_come(duty=one, now=now)
    _ensure_can_take(duty, swap.to, back)
    _hand(duty, swap.to)
    if back:
        _ensure_can_take(back, swap.asked_by, None)
        _hand(back, swap.asked_by)


def _hand(duty: Duty, person: User) -> None:
    old = duty.person
    duty.person, duty.missed_at = person, None
    duty.stands_in_for = None if holds_post(person, duty.post) else (duty.stands_in_for or old)
    if duty.stands_in_for == person:
        duty.stands_in_for = None
    duty.save()


def _ensure_can_take(duty: Duty, person: User, back: Duty | None) -> None:
    """Works there, is not absent, has nothing else then (but for the duty given in return)."""
    trial = Duty(
        pk=duty.pk, roster=duty.roster, branch=duty.branch, day=duty.day, post=duty.post, starts=duty.starts,
        ends=duty.ends, person=person,
    )  # fmt: skip
    try:
        ensure_available(duty=trial, without=back.pk if back else None)
    except Refused as refusal:
        _at("to", refusal.message)


def _ensure_return(duty: Duty, actor: User, to: User, back: Duty, now: datetime) -> None:
    if back.person_id != to.pk or back.branch_id != duty.branch_id or back.roster.state != Roster.State.PUBLISHED:
        _at("in_return", _("Choose a published duty of the other person."))
    if back.day == duty.day or back.day < local_day(now):
        _at("in_return", _("What is given in return lies on another day to come."))
    try:
        _ensure_can_take(back, actor, duty)
    except Refused as refusal:
        _at("in_return", refusal.message)


def _at(field: str, message: str):
    raise Refused(message, fields={field: [message]})
