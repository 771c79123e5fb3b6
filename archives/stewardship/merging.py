"""Merging two archives of one customer: the proposal, and what its approval does in one transaction."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.accounts.figures import refresh_figures
from archives.accounts.models import Account
from archives.changes.effects import Effect
from archives.changes.matters import propose_matter
from archives.changes.models import ChangeRequest, Kind, Modification, Reason
from archives.changes.proposing import may_propose
from archives.changes.routing import may_decide, route_for
from archives.customers.codes import Life
from archives.customers.models import Customer, CustomerFigures
from archives.customers.services import lock_customer, save_archive
from archives.customers.values import read
from archives.retention.models import Deletion, Hold
from archives.retention.services import bin_customer, open_holds
from archives.stewardship.merge_fields import (
    UNIQUE,
    all_choices,
    put,
    refuse_misfits,
    refuse_moved,
    values_taken,
)
from archives.stewardship.merge_preview import facts, loser_of, summary
from archives.stewardship.merge_rows import REQUESTS, move_requests, move_rows
from archives.stewardship.models import Merge
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up

# Under an inquiry or an audit an archive stays as it is; complaints and tasks move along.
FREEZING = [Hold.Kind.REGULATOR, Hold.Kind.AUDIT]


def propose_merge(
    *, survivor: Customer, loser: Customer, choices: dict[str, str], proposer, reason_text: str, evidence: Sequence = (),
    token: str | None = None, now: datetime,
) -> ChangeRequest:  # fmt: skip
    """A pending request to let `loser` go into `survivor`, with the side ("survivor" or "loser") chosen per field.

    Fields that differ and are not in `choices` follow the defaults. The versions of the two instances are what the
    proposer saw. Raise Refused with what stands in the way; nothing is written then.
    """
    seen = survivor.version, loser.version
    with transaction.atomic():
        earlier = ChangeRequest.objects.filter(token=token, proposer=proposer).first() if token else None
        if earlier:
            return earlier
        survivor, loser = lock_pair(survivor.pk, loser.pk)
        for customer in (survivor, loser):
            may_propose(customer, proposer)
        _refuse_unlike(survivor, loser)
        refuse_moved(survivor, loser, survivor_version=seen[0], loser_version=seen[1])
        complete = all_choices(survivor, loser, choices)
        upper = _sees_both(survivor, loser, proposer, now)
        request = propose_matter(
            kind=Kind.MERGE, customer=survivor, proposer=proposer, reason_code=Reason.DUPLICATE, reason_text=reason_text,
            details={"loser": loser.number, "choices": complete, "loser_version": loser.version},
            evidence=evidence, token=token, now=now,
        )  # fmt: skip
        if upper is not None:
            _escalate(request, upper, now)
    return request


def lock_pair(*keys: int) -> list[Customer]:
    """The two rows, locked in the order of their keys and returned as asked; hidden ones too."""
    rows = {pk: lock_customer(pk) for pk in sorted(set(keys))}
    return [rows[pk] for pk in keys]


def _refuse_unlike(survivor: Customer, loser: Customer) -> None:
    if survivor.pk == loser.pk:
        raise Refused(_("An archive cannot be merged with itself: choose another one."))
    if survivor.kind != loser.kind:
        raise Refused(_("A personal and a corporate archive are never the same customer."))
    for customer in (survivor, loser):
        if customer.life != Life.ACTIVE:
            raise Refused(_("%(number)s is no longer in use: it was deleted or merged.") % {"number": customer.number})


def _sees_both(survivor: Customer, loser: Customer, proposer, now: datetime):
    """None where whoever answers sees both archives; else the next level up that does, which decides instead."""
    assignee, _route = route_for(subject=survivor, proposer=proposer, today=local_day(now))
    if may_decide(assignee, loser):
        return None
    passed = {proposer.pk}
    while upper := next_level_up(survivor.branch, exclude=passed):
        if may_decide(upper, survivor) and may_decide(upper, loser):
            return upper
        passed.add(upper.pk)
    raise Refused(_("Nobody can be found who may decide for both branches: ask head office to name somebody."))


def _escalate(request: ChangeRequest, upper, now: datetime) -> None:
    ChangeRequest.objects.filter(pk=request.pk).update(escalated_to=upper, escalated_at=now)
    request.escalated_to, request.escalated_at = upper, now
    params = {"number": request.number, "customer": request.customer.number, "who": request.proposer.name}
    link = reverse("changes:detail", args=[request.number])
    notify(recipient=upper, kind="change-submitted", params=params, link=link, now=now)


def refuse_if_blocked(*, request: ChangeRequest, now: datetime) -> None:
    """Raise Refused where the two cannot be merged (any more)."""
    survivor, loser = request.customer, loser_of(request)
    if loser is None:
        raise Refused(_("The other archive is gone: reject this request."))
    survivor, loser = lock_pair(survivor.pk, loser.pk)
    _refuse_unlike(survivor, loser)
    _refuse_other_matters(request, survivor, loser)
    for customer in (survivor, loser):
        frozen = open_holds(customer, local_day(now)).filter(kind__in=FREEZING).first()
        if frozen is not None:
            message = _("%(kind)s: %(number)s stays as it is until it ends.")
            raise Refused(message % {"kind": frozen.get_kind_display(), "number": customer.number})
    version = request.details.get("loser_version", loser.version)
    refuse_moved(survivor, loser, survivor_version=request.base_version, loser_version=version)
    choices = all_choices(survivor, loser, request.details["choices"])
    refuse_misfits(survivor, values_taken(survivor, loser, choices), local_day(now))


def _refuse_other_matters(request: ChangeRequest, survivor: Customer, loser: Customer) -> None:
    pair = [survivor, loser]
    matters = ChangeRequest.objects.open().filter(kind__in=[Kind.DELETE, Kind.MERGE]).exclude(pk=request.pk)
    named = Q(kind=Kind.MERGE, details__loser__in=[customer.number for customer in pair])
    other = matters.filter(Q(customer__in=pair) | named).first()
    if other is not None:
        message = _("%(number)s (%(kind)s) is open on one of the two archives: it must be decided first.")
        raise Refused(message % {"number": other.number, "kind": other.get_kind_display()}, request=other)


def apply(*, request: ChangeRequest, actor, now: datetime) -> Merge:
    """Everything a merge does, in the transaction of the approval. `refuse_if_blocked` has asked under the locks."""
    survivor, loser = lock_pair(cast(int, request.customer_id), loser_of(request).pk)
    if not may_decide(actor, loser):
        raise NotYours(_("The other archive lies outside your branch: somebody who sees both decides."))
    taken = values_taken(survivor, loser, all_choices(survivor, loser, request.details["choices"]))
    before = {"survivor": {key: read(survivor, key) for key in taken}, "loser": {}}
    reason = f"{request.number} {request.reason_text}"
    core_id = loser.core_id if "core_id" not in taken else None
    before["loser"] = _take_off(loser, taken, actor, reason, now)
    moved = move_rows(source=loser, target=survivor, reason=request.number, now=now)
    carried = move_requests(source=loser, target=survivor, merge_number=request.number, now=now)
    if carried:
        moved.rows[REQUESTS] = carried
    survivor = write_values(survivor, taken, actor=actor, reason=reason, now=now)
    write_modifications(survivor, before["survivor"], request=request, actor=request.proposer, approver=actor, reason=request.reason_text, now=now)  # fmt: skip
    deletion = bin_customer(
        customer=loser, request=request, category=Deletion.MERGED, approver=actor, proposer=request.proposer, now=now
    )
    merge = Merge.objects.create(
        request=request,
        survivor=survivor,
        loser=loser,
        loser_number=loser.number,
        core_id=core_id,
        deletion=deletion,
        choices=request.details["choices"],
        before=json.dumps(before, ensure_ascii=False),
        moved={"rows": moved.rows, "left": moved.left},
        survivor_version=survivor.version,
        applied_at=now,
        undo_until=deletion.keep_until,
    )
    count_anew(survivor, loser, now)
    tell_managers(merge, kind="archives-merged", who=actor, now=now)
    return merge


def _take_off(loser: Customer, taken: dict[str, str], actor, reason: str, now: datetime) -> dict[str, str]:
    """What one archive only may hold leaves the loser before the survivor takes it; the texts taken off."""
    off = {key: text for key, text in taken.items() if key in UNIQUE and text}
    if off:
        for key in off:
            put(loser, key, "")
        save_archive(customer=loser, actor=actor, reason=reason, now=now)
    return off


def write_values(customer: Customer, values: dict[str, str], *, actor, reason: str, now: datetime) -> Customer:
    """`values` on the locked archive, saved even where none changes: its parts did. Refused where a document clashes."""
    for key, text in values.items():
        put(customer, key, text)
    try:
        with transaction.atomic():
            return save_archive(customer=customer, actor=actor, reason=reason, now=now)
    except IntegrityError as error:
        raise Refused(_("Another archive has this document by now: look for the duplicate first.")) from error


def write_modifications(customer: Customer, before: dict[str, str], *, request, actor, approver, reason: str, now) -> None:  # fmt: skip
    """One line of the modification record for each of the fields that were `before`."""
    Modification.objects.bulk_create(
        Modification(
            customer=customer, at=now, origin=Modification.Origin.REQUEST, field=key, old=old, new=read(customer, key), actor=actor,
            approver=approver, reason_code=Reason.DUPLICATE, reason_text=reason[:500], request=request,
            customer_version=customer.version,
        )
        for key, old in before.items()
    )  # fmt: skip


def count_anew(survivor: Customer, loser: Customer, now: datetime) -> None:
    """Balances and averages of both, also of the one without accounts now."""
    pair = [survivor.pk, loser.pk]
    refresh_figures(pair, today=local_day(now))
    empty = CustomerFigures.objects.filter(customer__in=pair).exclude(
        customer__in=Account.objects.filter(customer__in=pair).values("customer")
    )
    empty.exclude(balance_cents=0, average_cents=0).update(balance_cents=0, average_cents=0, as_of=local_day(now))


def tell_managers(merge: Merge, *, kind: str, who, now: datetime) -> None:
    """The managers of both archives, but not whoever did it."""
    managers = {merge.survivor.manager, merge.loser.manager if merge.loser else None} - {None, who}
    params = {"who": who.name, "number": merge.survivor.number, "loser": merge.loser_number}
    for manager in managers:
        notify(recipient=manager, kind=kind, params=params, link=reverse("stewardship:merge_undo", args=[merge.pk]), now=now)  # fmt: skip


def successors(core_ids: list[str]) -> dict[str, Customer]:
    """{number in the core system: the archive that remained} for numbers of archives that were merged away."""
    rows = Merge.objects.filter(state=Merge.State.APPLIED, core_id__in=core_ids).select_related("survivor")
    return {cast(str, merge.core_id): merge.survivor for merge in rows}


def also(request: ChangeRequest) -> list[int]:
    loser = loser_of(request)
    return [loser.pk] if loser else []


EFFECT = Effect(refuse_if_blocked=refuse_if_blocked, apply=apply, facts=facts, summary=summary, also=also)
