"""What mentions an archive without a foreign key to it: notices, rows that a feed refused, reasons in the access log."""

import re
from collections import Counter

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from archives.customers.models import Customer
from archives.feeds.models import RefusedRow, StagedHolder
from archives.intelligence.models import Intelligence
from crm.notifications.models import Notice
from crm.privacy.encryption import normalise
from crm.privacy.models import AccessEvent

LONG = 6  # characters from which a number is looked for inside a cell too
CHUNK = 500


def sweep_traces(subject: Customer | Intelligence, requests: list[str], *, merged: bool = False) -> Counter:
    """Remove them; how many rows of which table went. `requests` are the numbers of its change requests.

    `merged`: what a core system delivers of the person belongs to the remaining archive.
    """
    counts = Counter(notice=_remove_notices([subject.number, *requests]))
    if isinstance(subject, Customer):
        AccessEvent.objects.of_customer(subject.pk).exclude(reason="").update(reason="")
    if isinstance(subject, Customer) and not merged:
        counts.update(refusedrow=_remove_refused(subject), stagedholder=_remove_staged(subject))
    return +counts


def _remove_notices(numbers: list[str]) -> int:
    named = Q()
    for number in numbers:
        named |= Q(told__contains=f'"{number}"') | Q(link__contains=f"/{number}/")
    return Notice.objects.annotate(told=Cast("params", TextField())).filter(named).delete()[0]


def _remove_staged(customer: Customer) -> int:
    source, _, key = (customer.core_id or "").partition(":")
    return StagedHolder.objects.filter(source=source, customer_key=key).delete()[0] if key else 0


def _remove_refused(customer: Customer) -> int:
    """Refused rows in which one of the customer's keys, numbers or names stands."""
    cells, pieces = _needles(customer)
    found = [
        pk
        for pk, raw in RefusedRow.objects.values_list("pk", "raw").iterator(chunk_size=2000)
        if _mentions(raw, cells, pieces)
    ]
    for start in range(0, len(found), CHUNK):
        RefusedRow.objects.filter(pk__in=found[start : start + CHUNK]).delete()
    return len(found)


def _needles(customer: Customer) -> tuple[set[str], set[str]]:
    """What must be a whole cell, and what may stand anywhere in one (long numbers, names of four characters)."""
    key = (customer.core_id or "").partition(":")[2]
    texts = [key, customer.number, customer.id_number, customer.uscc, customer.mobile, customer.phone, customer.email]
    texts += [row.number for row in customer.identitydocument_rows.all()]
    texts += [row.value for row in customer.contactpoint_rows.all()]
    texts += [account.number for account in customer.accounts.all()]
    found = {normalise(text) for text in texts if text} | {customer.name, customer.former_name}
    cells = found - {""}
    long = {text for text in cells if len(text) >= LONG or (len(text) >= 4 and not text.isascii())}
    return cells, long


def _mentions(raw: str, cells: set[str], pieces: set[str]) -> bool:
    parts = {part for cell in re.split(r"[,;|\t\"]", raw) for part in (cell.strip(), normalise(cell))}
    return not parts.isdisjoint(cells) or any(piece in part for piece in pieces for part in parts)
