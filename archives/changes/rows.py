"""Rows of an archive's parts inside change items: packed as JSON, found again, compared."""

import json

from django.utils.translation import gettext as _

from archives.customers.parts import PARTS
from archives.customers.values import read_row
from crm.lib.refusals import Refused


def pack(values: dict[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""


def unpack(text: str) -> dict[str, str]:
    return json.loads(text) if text else {}


def row_of(customer, part: str, pk: int):
    """A live row of this customer's part; Refused where it is gone."""
    row = PARTS[part].objects.filter(customer=customer, pk=pk, is_removed=False).first()
    if row is None:
        raise Refused(_("This entry is no longer in the archive: open the page again."))
    return row


def live_row(customer, part: str, pk: int) -> str:
    """The packed present row, '' where it is gone or new."""
    row = PARTS[part].objects.filter(customer=customer, pk=pk, is_removed=False).first() if pk else None
    return pack(read_row(part, row)) if row else ""
