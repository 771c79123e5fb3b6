"""The nearest limit of all clocks of a case, as every list and board shows it: a word, a colour, a text."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.clocks.wording import moment_in_words, over_in_words, span_in_words

NEAR = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """`css` is a tone of the theme (tone-late, tone-warn, tone-info, tone-none); the word says the same."""

    word: str
    css: str
    text: str
    due: str = ""

    @property
    def icon(self) -> str:
        return {"tone-late": "late", "tone-none": "lock"}.get(self.css, "clock")


def nearest_line(case: Case, now: datetime) -> Line | None:
    """Asks the database nothing. None where no limit runs."""
    due = case.nearest_at
    if due is None:
        return Line(_("paused"), "tone-none", _("limits are paused")) if case.paused_at else None
    words = moment_in_words(due)
    if due < now:
        return Line(_("late"), "tone-late", over_in_words(now, due), words)
    left = _("%(span)s left") % {"span": span_in_words(due - now)}
    if due - now <= NEAR:
        return Line(_("near"), "tone-warn", left, words)
    return Line(_("running"), "tone-info", left, words)
