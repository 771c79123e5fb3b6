"""What every step of this half asks first: that the caller saw the case as it is, and what people typed."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.cases.access import ensure_may
from complaints.cases.codes import Means
from complaints.cases.models import Case
from complaints.cases.rules import step
from complaints.cases.transitions import too_late
from crm.lib.dates import minute_of
from crm.lib.refusals import Refused


def refuse_stale(case: Case, version: int) -> None:
    """TooLate, saying who was first, where a page of `version` is older than `case`."""
    if case.version != version:
        raise too_late(case)


def ensure_step(case: Case, action: str, actor) -> None:
    """Before anything is told of the case: the step is possible now, and it is `actor`'s."""
    if step(case.state, action, case.kind) is None:
        raise Refused(impossible(case))
    ensure_may(case, action, actor)


def impossible(case: Case) -> str:
    return _("The case %(number)s is at “%(state)s”: this step is not possible now.") % {"number": case.number, "state": case.get_state_display()}  # fmt: skip


def known_means(means: str) -> str:
    if means not in Means.values:
        raise at_field("means", _("Choose how."))
    return means


def past_moment(moment: datetime | None, *, field: str, earliest: datetime, now: datetime) -> datetime:
    """`moment` between the minute of the case's receipt and now."""
    if moment is None:
        raise at_field(field, _("Say when."))
    if moment > now:
        raise at_field(field, _("This lies in the future."))
    if moment < minute_of(earliest):
        raise at_field(field, _("This is before the case was received."))
    return moment


def at_field(field: str, message: str) -> Refused:
    return Refused(message, fields={field: [message]})


def link_of(case: Case, page: str = "case", anchor: str = "") -> str:
    """The address of the case's page, or of one of its steps."""
    url = reverse(f"complaints:{page}", args=[case.number])
    return f"{url}#{anchor}" if anchor else url
