"""Where a case's nearest limit lies: late, today, this week, later, none."""

from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.lib.dates import SHANGHAI, local_day

WEEK = timedelta(days=7)
NEAR = timedelta(days=1)
# The columns of the board, in their order; "near" is a filter of the list alone.
COLUMNS: dict[str, "str | Promise"] = {
    "late": _("Late"),
    "today": _("Today"),
    "week": _("Within a week"),
    "later": _("Later"),
    "none": _("Paused or without a limit"),
}
DUE: dict[str, "str | Promise"] = {"late": _("late"), "near": _("within a day"), "today": _("today"), "week": _("within a week"), "later": _("later"), "none": _("no limit runs")}  # fmt: skip
TONES = {"late": "late", "today": "warn", "week": "info", "later": "none", "none": "none"}


def due_in(due: str, now: datetime) -> Q:
    """A limit of 24:00 belongs to the day it ends."""
    tonight = datetime.combine(local_day(now) + timedelta(days=1), time(0), SHANGHAI)
    return {
        "late": Q(nearest_at__lt=now),
        "near": Q(nearest_at__gte=now, nearest_at__lte=now + NEAR),
        "today": Q(nearest_at__gte=now, nearest_at__lte=tonight),
        "week": Q(nearest_at__gt=tonight, nearest_at__lte=tonight + WEEK),
        "later": Q(nearest_at__gt=tonight + WEEK),
        "none": Q(nearest_at=None),
    }[due]
