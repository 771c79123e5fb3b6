"""What the counts of a job run are called on the page of the jobs."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

LABELS = {
    "told": _("told"),
    "waiting": _("Waiting"),
    "rerouted": _("passed to another decider"),
    "reminded": _("reminded"),
    "escalated": _("escalated"),
    "prompted": _("asked to confirm"),
    "nobody": _("nobody to ask"),
    "marked": _("marked"),
    "given up": _("given up"),
    "sessions": _("ended sessions"),
    "sign-ins": _("old sign-ins"),
    "failures": _("old failed sign-ins"),
    "first": _("First class"),
    "up": _("Upgrade"),
    "watch": _("Level kept, watched"),
    "down": _("Downgrade"),
    "same": _("Unchanged"),
    "pending": _("To be assessed"),
}


def results_of(counts: dict[str, int]) -> list[tuple[str, int]]:
    """(words, number): a number of days as days, a count without words by its key."""
    return [(_label(key), n) for key, n in counts.items()]


def _label(key: str) -> str:
    if key.isdecimal():
        return ngettext("%(n)s day before", "%(n)s days before", int(key)) % {"n": key}
    return str(LABELS.get(key, key))
