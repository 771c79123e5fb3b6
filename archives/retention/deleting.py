"""Proposing a deletion, and what its approval does: hidden at once, kept for a month, other open requests ended."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.changes.matters import propose_matter
from archives.changes.models import DELETE_REASONS, ChangeRequest, Kind, Reason
from archives.changes.rules import Action
from archives.changes.transitions import transition
from archives.customers.codes import Life
from archives.customers.models import Customer
from archives.retention.clock import reading
from archives.retention.hanging import blockers, hangs_on, requests_on
from archives.retention.lives import customer_of, item_of, lock_hidden, refuse_all, set_life
from archives.retention.models import Deletion
from archives.retention.rules import keep_until
from crm.lib.dates import local_day
from crm.lib.refusals import Refused, TooLate
from crm.notifications.services import notify


def propose_deletion(
    *, proposer, customer: Customer | None = None, item=None, category: str, reason_text: str, evidence: Sequence = (),
    token: str | None = None, now: datetime,
) -> ChangeRequest:  # fmt: skip
    """A pending request to delete `customer` or the intelligence `item`.

    Raise Refused while an open matter holds it, with the reason; nothing is written then.
    """
    if category not in DELETE_REASONS:
        message = _("Choose why it is to be deleted.")
        raise Refused(message, fields={"category": [message]})
    return propose_matter(
        kind=Kind.DELETE,
        customer=customer,
        item=item,
        proposer=proposer,
        reason_code=category,
        reason_text=reason_text,
        evidence=evidence,
        token=token,
        now=now,
    )


def refuse_if_blocked(*, request: ChangeRequest, now: datetime) -> None:
    """Raise Refused with everything that stands in the way of this deletion."""
    subject = lock_hidden(request.subject)
    refuse_all(blockers(subject, now, request=request))


def apply(*, request: ChangeRequest, actor, now: datetime) -> Deletion:
    """What the approval does, in its transaction."""
    return _bin(request.subject, request, request.reason_code, actor, request.proposer, now)


def bin_customer(
    *, customer: Customer, request: ChangeRequest, category: str, approver, proposer, now: datetime
) -> Deletion:
    """Hide `customer` and keep it for the month; other open requests on it end. Call inside a transaction."""
    return _bin(customer, request, category, approver, proposer, now)


def _bin(subject, request, category, approver, proposer, now) -> Deletion:
    seen = reading(now=now).seen_at
    subject = set_life(subject=subject, life=Life.BIN, actor=approver, reason=_reason(request), now=now)
    try:
        with transaction.atomic():
            deletion = Deletion.objects.create(
                customer=customer_of(subject),
                item=item_of(subject),
                number=subject.number,
                branch=subject.branch,
                category=category,
                request=request,
                proposer=proposer,
                approver=approver,
                approved_at=now,
                keep_until=keep_until(local_day(seen), settings.RETENTION_DAYS),
            )
    except IntegrityError as error:
        raise TooLate(_("It is in the recycle bin already.")) from error
    _end_others(subject, request, now)
    return deletion


def _reason(request: ChangeRequest) -> str:
    return f"{request.number} {request.reason_text}"


def _end_others(subject, request: ChangeRequest, now: datetime) -> None:
    """Open requests on what was deleted are superseded; their proposers are told."""
    for other in requests_on(subject).open().exclude(pk=request.pk).select_related("proposer"):
        with suppress(TooLate):  # withdrawn in this very moment
            transition(request=other, action=Action.SUPERSEDE, actor=None, now=now, reason=request.number)
            _tell_proposer(other, subject, request, now)


def _tell_proposer(other: ChangeRequest, subject, request: ChangeRequest, now: datetime) -> None:
    if other.proposer is not None:
        notify(
            recipient=other.proposer,
            kind="change-superseded",
            params={"number": other.number, "customer": subject.number, "deletion": request.number},
            link=reverse("changes:detail", args=[other.number]),
            now=now,
        )


def facts(request: ChangeRequest, user) -> list[tuple[str, str]]:
    """What the approver sees: why, what hangs on it, how long it is kept."""
    subject, day = request.subject, local_day(request.submitted_at)
    lines = [(_("Category"), str(Reason(request.reason_code).label))]
    lines += [(one.label, f"{one.count} · {one.text}") for one in hangs_on(subject, now=request.submitted_at, request=request)]  # fmt: skip
    span = (keep_until(day, settings.RETENTION_DAYS) - day).days
    lines.append((_("After the approval"), _("Hidden at once; can be restored for %(n)s days.") % {"n": span}))
    return lines


def summary(request: ChangeRequest) -> str:
    """One line for lists: what is to be deleted, and why."""
    number = request.subject.number if request.subject else ""
    return _("Delete %(number)s: %(category)s") % {"number": number, "category": Reason(request.reason_code).label}
