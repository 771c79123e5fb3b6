"""Showing one masked value to one person for a minute: with a reason, counted, and written down."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from archives.customers.codes import RevealReason
from archives.customers.fields import CUSTOMER_FIELDS, PART_FIELDS, PART_LABELS
from archives.customers.masking import may_reveal, present
from archives.customers.models import Customer
from archives.customers.parts import PARTS
from archives.customers.services import ArchiveError
from archives.customers.values import read, read_row
from crm.privacy.log import record
from crm.privacy.models import AccessEvent

QUOTA = 50  # reveals a person and 24 hours


def reveal(*, customer: Customer, name: str, user, reason: str, request, now: datetime) -> tuple[str, str, str]:
    """(label, plain value, masked value) of `name`: a field key or `part:row:field`.

    Raise Http404 for what does not exist, PermissionDenied for what `user` may not reveal, ArchiveError past the quota.
    """
    field, text = _find(customer, name)
    if not may_reveal(user, customer, field):
        raise PermissionDenied
    if left_today(user=user, now=now) <= 0:
        raise ArchiveError(
            _("You have revealed %(n)s values within a day; ask your outlet head or wait.") % {"n": QUOTA}
        )
    record(
        AccessEvent.Action.REVEAL,
        request=request,
        actor=user,
        obj_type="customer",
        obj_id=customer.pk,
        label=customer.number,
        fields=name,
        reason=reason,
        now=now,
    )
    plain = present(field, text, user=user, customer=customer, revealed=frozenset({field.key}))
    return str(field.label), plain, present(field, text, user=user, customer=customer)


def left_today(*, user, now: datetime) -> int:
    """How many values `user` may still reveal within the running 24 hours."""
    done = AccessEvent.objects.filter(
        actor=user, action=AccessEvent.Action.REVEAL, at__gte=now - timedelta(days=1), at__lte=now
    )
    return QUOTA - done.count()


def reason_told(text: str) -> str:
    """A reason of the log as people read it: the code's words, and what was explained."""
    code, colon, note = text.partition(": ")
    return f"{RevealReason(code).label}{colon}{note}" if code in RevealReason.values else text


def fields_told(text: str) -> str:
    """A field of the log by its label: `mobile`, `contactpoint:3:value`, or `CR-…:mobile` of a request."""
    if text in CUSTOMER_FIELDS:
        return str(CUSTOMER_FIELDS[text].label)
    first, _colon, rest = text.partition(":")
    key = rest.rpartition(":")[2]
    if first in PART_FIELDS and key in PART_FIELDS[first]:
        return f"{PART_LABELS[first]} · {PART_FIELDS[first][key].label}"
    return f"{first} · {CUSTOMER_FIELDS[key].label}" if key in CUSTOMER_FIELDS else text


def _find(customer: Customer, name: str):
    part, _colon, rest = name.partition(":")
    if not rest:
        if name not in CUSTOMER_FIELDS or customer.kind not in CUSTOMER_FIELDS[name].kinds:
            raise Http404
        return CUSTOMER_FIELDS[name], read(customer, name)
    pk, _colon, key = rest.partition(":")
    if part not in PARTS or key not in PART_FIELDS[part] or not (pk.isascii() and pk.isdigit() and len(pk) < 18):
        raise Http404
    row = PARTS[part].objects.filter(customer=customer, pk=int(pk)).first()
    if row is None:
        raise Http404
    return PART_FIELDS[part][key], read_row(part, row)[key]
