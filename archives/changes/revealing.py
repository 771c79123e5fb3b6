"""Showing one masked value of a request, old and new, to compare with the evidence: with a reason, counted, logged."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from archives.changes.models import ChangeItem, ChangeRequest
from archives.changes.rows import unpack
from archives.customers.fields import CUSTOMER_FIELDS, PART_FIELDS
from archives.customers.masking import may_reveal, present
from archives.customers.revealing import QUOTA, left_today
from crm.lib.refusals import Refused
from crm.privacy.catalogue import Field
from crm.privacy.log import record
from crm.privacy.models import AccessEvent


def reveals_of(request: ChangeRequest, items: list[ChangeItem], *, user) -> list[tuple[str, str]]:
    """(name to ask for, label) of every masked value in `items`."""
    found = []
    for item in items:
        for field, old, new in _values(item):
            if (old or new) and may_reveal(user, request.customer, field):
                found.append((f"{item.pk}:{field.key}", str(field.label)))
    return found


def reveal_item(*, request: ChangeRequest, name: str, user, reason: str, http_request, now: datetime):
    """(label, old, new) in plain. Http404 for what is not there, PermissionDenied, Refused past the quota."""
    field, old, new = _find(request, name)
    if not may_reveal(user, request.customer, field):
        raise PermissionDenied
    if left_today(user=user, now=now) <= 0:
        raise Refused(_("You have revealed %(n)s values within a day; ask your outlet head or wait.") % {"n": QUOTA})
    record(
        AccessEvent.Action.REVEAL,
        request=http_request,
        actor=user,
        obj_type="customer",
        obj_id=request.customer_id,
        label=request.customer.number,
        fields=f"{request.number}:{field.key}",
        reason=reason,
        now=now,
    )
    plain = {"user": user, "customer": request.customer, "revealed": frozenset({field.key})}
    return str(field.label), present(field, old, **plain), present(field, new, **plain)


def _find(request: ChangeRequest, name: str) -> tuple[Field, str, str]:
    pk, _colon, key = name.partition(":")
    for item in request.items.all():
        if str(item.pk) == pk:
            for field, old, new in _values(item):
                if field.key == key:
                    return field, old, new
    raise Http404


def _values(item: ChangeItem) -> list[tuple[Field, str, str]]:
    if not item.field.startswith("part:"):
        return [(CUSTOMER_FIELDS[item.field], item.old, item.new)]
    old, new = unpack(item.old), unpack(item.new)
    fields = PART_FIELDS[item.field.removeprefix("part:")].fields
    return [(field, old.get(field.key, ""), new.get(field.key, "")) for field in fields]
