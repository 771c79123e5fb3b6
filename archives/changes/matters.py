"""Matters: requests decided by one yes or no on the whole (deletion, merge). What approval does is the kind's Effect."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from archives.changes.effects import Effect, effect_of
from archives.changes.evidence import keep_evidence
from archives.changes.models import ChangeRequest
from archives.changes.proposing import TRIES, clean_reason, may_propose, next_number
from archives.changes.routing import capacity_of, route_for
from archives.changes.rules import Action
from archives.changes.telling import tell_deciders, tell_proposer
from archives.changes.transitions import already, record_event, transition
from archives.customers.services import lock_customer
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused
from crm.lib.wording import typed
from crm.staff.models import User


def propose_matter(
    *, kind: str, customer=None, item=None, proposer, reason_code: str, reason_text: str, details: dict | None = None,
    evidence: Sequence = (), token: str | None = None, now: datetime,
) -> ChangeRequest:  # fmt: skip
    """A pending request about `customer` or the intelligence `item`; the decider is told.

    The same `token` again returns the request it made. Raise Refused with the reason where something stands in the
    way, or somebody else has proposed the same already.
    """
    subject = customer or item
    for _attempt in range(TRIES):
        earlier = _of_token(token, proposer)
        if earlier:
            return earlier
        try:
            with transaction.atomic():
                may_propose(subject, proposer)
                reason = clean_reason(reason_code, reason_text)
                return _propose(kind, customer, item, proposer, reason_code, reason, details, evidence, token, now)
        except IntegrityError:
            _refuse_second(customer, item)
    raise Refused(_("Too many proposals at once: try again."))


def _of_token(token, proposer) -> ChangeRequest | None:
    return ChangeRequest.objects.filter(token=token, proposer=proposer).first() if token else None


def _propose(kind, customer, item, proposer, reason_code, reason_text, details, evidence, token, now) -> ChangeRequest:
    subject = lock_customer(customer.pk) if customer else item
    assignee, route = route_for(subject=subject, proposer=proposer, today=local_day(now))
    request = ChangeRequest(
        number=next_number(now),
        customer=subject if customer else None,
        item=item,
        branch=subject.branch,
        kind=kind,
        details=details or {},
        token=token or None,
        base_version=subject.version,
        reason_code=reason_code,
        reason_text=reason_text,
        proposer=proposer,
        submitted_at=now,
        assignee=assignee,
        route=route,
    )
    effect_of(kind).refuse_if_blocked(request=request, now=now)
    request.save(force_insert=True)
    record_event(request=request, action=Action.SUBMIT, before="", actor=proposer, reason=reason_text, now=now)
    tell_deciders(request=request, kind="change-submitted", now=now)
    keep_evidence(request=request, files=evidence, actor=proposer, now=now)
    return request


def _refuse_second(customer, item) -> None:
    """After a collision: the friendly answer where an open matter on the same subject stands in the way."""
    open_ones = ChangeRequest.objects.open().filter(customer=customer, item=item)
    there = open_ones.filter(kind__in=MATTERS).first()
    if there is not None:
        message = _("%(kind)s of this was proposed already: %(number)s waits for a decision.")
        raise Refused(message % {"kind": there.get_kind_display(), "number": there.number}, request=there)


MATTERS = ["delete", "merge"]


def decide_matter(*, request: ChangeRequest, actor, accept: bool, comment: str = "", now: datetime) -> ChangeRequest:
    """Approve or reject the whole; approving does what the kind's Effect does, in one transaction.

    Raise Refused (TooLate, NotYours) with nothing changed. A rejection needs its reason.
    """
    comment = typed(comment, 500, missing="" if accept else _("Say why you reject: the proposers will read it."))
    with transaction.atomic():
        actor = User.objects.select_related("branch").get(pk=actor.pk)  # rights as they are now
        if request.customer_id:
            for pk in sorted({request.customer_id, *effect_of(request.kind).also(request)}):
                lock_customer(pk)
        fresh = ChangeRequest.objects.for_routing().get(pk=request.pk)
        if fresh.version != request.version:
            raise already(fresh) or Refused(_("This request has changed since you opened it. Look at it again."))
        capacity = capacity_of(request=fresh, actor=actor, today=local_day(now))
        if not fresh.is_open:
            raise already(fresh) or Refused(_("This cannot be done in the request's present state."))
        if capacity is None:
            raise NotYours(_("You may not decide this request (any more)."))
        effect = effect_of(fresh.kind)
        if accept:
            effect.refuse_if_blocked(request=fresh, now=now)
        return _settle(fresh, effect, capacity, actor, accept, comment, now)


def _settle(fresh: ChangeRequest, effect: Effect, capacity, actor, accept: bool, comment: str, now) -> ChangeRequest:
    fresh = transition(
        request=fresh,
        action=Action.APPROVE if accept else Action.REJECT,
        actor=actor,
        now=now,
        reason=comment,
        decided_by=actor,
        on_behalf_of=capacity.on_behalf_of,
        decided_at=now,
        comment=comment,
    )
    if accept:
        effect.apply(request=fresh, actor=actor, now=now)
    tell_proposer(request=fresh, kind="change-approved" if accept else "change-rejected", now=now)
    return fresh
