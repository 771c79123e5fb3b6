"""The one domain error of change requests: what is refused, why, and what to do instead."""

from django.utils.translation import gettext as _


class Refused(Exception):
    """`message` is fit to show. `fields` says more by field key; `request` is the request to look at instead."""

    def __init__(self, message: str, *, fields: dict | None = None, request=None):
        super().__init__(message)
        self.message, self.fields, self.request = message, fields or {}, request


class Moved(Refused):
    """The live value changed after the proposal: the three values must be looked at first."""


class TooLate(Refused):
    """Somebody else was first, or the request has another round by now."""


class NotYours(Refused):
    """This person may not do this (any more)."""


def nothing_to_do() -> Refused:
    return Refused(_("Nothing would change: every value is already so in the archive."))
