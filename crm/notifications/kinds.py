"""What a notice says, by kind: one line each, filled with the notice's `params` in the reader's language."""

from django.utils.translation import gettext_lazy as _

KINDS = {
    "job-given-up": _("The job %(job)s for %(period)s failed too often and was given up."),
    "calendar-missing": _("The working calendar of %(year)s is missing; deadlines in that year count weekends only."),
}


class _Shown(dict):
    """A parameter that an old notice does not carry shows as a dash instead of breaking the page."""

    def __missing__(self, key):
        return "–"


def text_of(kind: str, params: dict) -> str:
    """The notice's sentence; an unknown kind (of a later version) shows its key."""
    sentence = KINDS.get(kind)
    return str(sentence) % _Shown(params) if sentence else kind
