"""The words of a clock: what it counts in, what it counts to, how near it has come."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Unit(TextChoices):
    NATURAL_DAYS = "d", _("natural days")  # 自然日
    WORKING_DAYS = "wd", _("working days")  # 工作日
    WORKING_HOURS = "wh", _("working hours")
    CLOCK_HOURS = "h", _("hours")


DAYS = frozenset({Unit.NATURAL_DAYS, Unit.WORKING_DAYS})
WORKED = frozenset({Unit.WORKING_DAYS, Unit.WORKING_HOURS})


class ClockKind(TextChoices):
    REGISTER = "register", _("Registered")
    ACKNOWLEDGE = "acknowledge", _("Acknowledged")
    CONTACT = "contact", _("First contact")
    CONTACT_RED = "contact_red", _("First contact at the latest")
    PLAN = "plan", _("Solution plan")
    INTERNAL = "internal", _("Internal closing")
    STATUTORY = "statutory", _("Statutory limit")
    MAJOR_NOTICE = "major_notice", _("Major: told to the leaders")
    MAJOR_REPORT = "major_report", _("Major: written report")
    REGULATOR = "regulator", _("Answer to the regulator")
    REVIEW = "review", _("Review")
    CALL_BACK = "call_back", _("Call-back")


# Levels of warning, graver with the number. The last two only of limits that the law or a regulator sets.
HALF, MOST, THREE_DAYS, ONE_DAY, OVER = 50, 80, 90, 95, 100
LEVELS = {
    HALF: _("half of the time is gone"),
    MOST: _("80 % of the time is gone"),
    THREE_DAYS: _("three days are left"),
    ONE_DAY: _("one day is left"),
    OVER: _("the limit has passed"),
}
