"""What people type beside a decision: opinions, reasons, notes."""

from django.utils.translation import gettext as _

from crm.lib.blanks import clean_text, is_blank
from crm.lib.refusals import Refused


def typed(text: str, limit: int, *, field: str = "", missing: str = "") -> str:
    """`text` cleaned. Refused, at `field`, where it is longer than `limit`; and with `missing` where nothing is said."""
    try:
        clean = clean_text(text or "", limit)
    except ValueError as error:
        raise _at(field, _("This takes at most %(n)s characters: shorten it.") % {"n": limit}) from error
    if missing and is_blank(clean):
        raise _at(field, missing)
    return clean


def _at(field: str, message: str) -> Refused:
    return Refused(message, fields={field: [message]} if field else {})
