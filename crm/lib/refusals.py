"""The one domain error: what is refused, why, and what to do instead."""


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
