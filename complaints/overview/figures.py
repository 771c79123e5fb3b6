"""What the dashboard counts: each figure is a condition, so that its rows are those it counted and no others."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.cases.codes import OPEN
from complaints.handling.models import Contact, Investigation, Redress

RATED = ("5", "4", "3", "2", "1")
UNSATISFIED = ("2", "1")


@dataclass(frozen=True)
class Figure:
    """`what` decides; `formula` is printed beside the figures."""

    label: "str | Promise"
    formula: "str | Promise"
    what: Q


def _case_in(rows: QuerySet) -> Q:
    return Q(pk__in=rows.order_by().values("case"))


def attempts() -> QuerySet[Contact]:
    """Attempts to reach the customer in the first round; where there is nobody to reach there is no first contact."""
    return Contact.objects.filter(round=1).exclude(result=Contact.Result.NOBODY)


def _reports(**more) -> QuerySet[Investigation]:
    return Investigation.objects.filter(signed_at__isnull=False, returned_at=None, **more)


ENDED = ~Q(state__in=OPEN)
FIGURES: dict[str, Figure] = {
    "received": Figure(_("Received"), _("cases received in the period"), Q()),
    "open": Figure(_("Under way"), _("of them, somebody still works on these"), ~ENDED),
    "closed": Figure(_("Ended"), _("of them closed, withdrawn, merged, passed on or not accepted"), ENDED),
    "on_time": Figure(_("On time"), _("closed by the statutory limit"), Q(closed_in_time=True)),
    "untimely": Figure(_("Untimely"), _("the statutory limit passed"), Q(closed_in_time=False)),
    "timed": Figure(_("With a statutory result"), _("on time or untimely"), Q(closed_in_time__isnull=False)),
    "contacted": Figure(
        _("First contact"), _("the customer was called or visited in the first round"), _case_in(attempts())
    ),
    "reopened": Figure(_("Reopened"), _("in a second round or a later one"), Q(round__gt=1)),
    "repeated": Figure(
        _("Repeated"), _("the same customer, person, employee, or cause at the outlet, within 90 days"), Q(is_repeat=True)
    ),
    "rated": Figure(_("Rated"), _("the customer rated the handling at the last call-back"), Q(satisfaction__in=RATED)),
    "unsatisfied": Figure(
        _("Unsatisfied"), _("rated unsatisfied or very unsatisfied at the last call-back"), Q(satisfaction__in=UNSATISFIED)
    ),
    "redress": Figure(_("With redress"), _("a redress was granted"), _case_in(Redress.objects.filter(granted=True))),
    "reported": Figure(_("Investigated"), _("a signed investigation report"), _case_in(_reports())),
    "personal": Figure(
        _("Investigated in person"),
        _("signed reports, none of them by a delegate"),
        _case_in(_reports()) & ~_case_in(_reports(on_behalf_of__isnull=False)),
    ),
}  # fmt: skip
# Rates: numerator, denominator. Each links to the rows of its numerator.
RATES: dict[str, tuple["str | Promise", str, str]] = {
    "closing_rate": (_("Closing rate"), "closed", "received"),
    "on_time_rate": (_("On-time rate"), "on_time", "timed"),
    "unsatisfied_rate": (_("Unsatisfied rate"), "unsatisfied", "rated"),
    "personal_share": (_("In person"), "personal", "reported"),
}
