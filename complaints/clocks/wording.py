"""Limits in words: what is left, what was over, 24:00 as people write it."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.clocks.codes import DAYS, Unit
from crm.lib.dates import SHANGHAI

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def moment_in_words(due: datetime) -> str:
    """2026-12-08 24:00: a limit in days ends with its last day."""
    local = due.astimezone(SHANGHAI)
    if local.time() == time(0):
        return f"{local.date() - DAY} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"


def span_in_words(span: timedelta) -> str:
    """The two largest parts: 2 days 3 hours, 46 minutes."""
    span = abs(span)
    if span >= 2 * DAY:
        return days(span // DAY)
    if span >= DAY:
        hours_left = (span % DAY) // HOUR
        return f"{days(1)} {hours(hours_left)}" if hours_left else days(1)
    if span >= HOUR:
        minutes_left = (span % HOUR) // MINUTE
        return f"{hours(span // HOUR)} {minutes(minutes_left)}" if minutes_left else hours(span // HOUR)
    return minutes(max(span // MINUTE, 1))


def amount_in_words(amount: Decimal, unit: str) -> str:
    """5 working days; hours with their minutes."""
    if unit == Unit.NATURAL_DAYS:
        return ngettext("%(n)s natural day", "%(n)s natural days", int(amount)) % {"n": int(amount)}
    if unit == Unit.WORKING_DAYS:
        return ngettext("%(n)s working day", "%(n)s working days", int(amount)) % {"n": int(amount)}
    n = f"{amount.normalize():f}"
    if unit == Unit.WORKING_HOURS:
        return ngettext("%(n)s working hour", "%(n)s working hours", int(amount)) % {"n": n}
    return ngettext("%(n)s hour", "%(n)s hours", int(amount)) % {"n": n}


def days(n: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def hours(n: int) -> str:
    return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}


def minutes(n: int) -> str:
    return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}


def left_in_words(left: Decimal, unit: str) -> str:
    """What is left of a running limit in its own unit; 0 days is its last day."""
    if unit in DAYS:
        if left <= 0:
            return _("last day")
        return _("%(amount)s left") % {"amount": amount_in_words(left, unit)}
    span = span_in_words(timedelta(hours=float(left)))
    text = _("%(span)s of working time left") if unit == Unit.WORKING_HOURS else _("%(span)s left")
    return text % {"span": span}


def over_in_words(now: datetime, due: datetime) -> str:
    return _("%(span)s over") % {"span": span_in_words(now - due)}


def difference_in_words(difference: Decimal, unit: str, *, met: bool) -> str:
    """How much earlier or later than the target; a working-day limit passed on a Sunday is late by less than a day."""
    if not difference and met:
        return _("on the last day") if unit in DAYS else _("just in time")
    if not difference:
        return _("late by less than one")
    words = amount_in_words(abs(difference), unit)
    return (_("%(amount)s earlier") if difference < 0 else _("%(amount)s late")) % {"amount": words}
