"""Limits of a case in numbers: how much redress who grants, how long what may be asked, how late an answer is."""

from datetime import date, datetime, timedelta

from complaints.cases.codes import OPEN
from complaints.cases.models import Case
from complaints.clocks.codes import ClockKind
from complaints.clocks.holding import KEPT_YEARS
from complaints.clocks.models import Clock
from crm.lib.dates import add_months, local_day
from crm.staff.roles import Role

# Redress that one approver grants, in cents; None: without a limit. One table for the whole bank.
REDRESS_CENTS: dict[str, int | None] = {
    Role.HEAD: 50_000,
    Role.PRESIDENT: 500_000,
    Role.SERVICE: 2_000_000,
    Role.HEADOFFICE: None,
}
REOPEN_DAYS = 30  # after closing (DOMAIN.md 1.3)
REVIEW_ASK_DAYS = REVIEW_DECIDE_DAYS = 30  # Order 2020 No. 3
CALL_TRIES = 3  # after so many in vain a call-back counts as not reached
SIMILAR_DAYS = 365


def redress_limit(roles: list[str]) -> int | None:
    """The highest amount that somebody with `roles` grants; None for any, -1 for none at all."""
    limits = [REDRESS_CENTS[role] for role in roles if role in REDRESS_CENTS]
    if not limits:
        return -1
    return None if None in limits else max(limit for limit in limits if limit is not None)


def may_grant(roles: list[str], cents: int) -> bool:
    limit = redress_limit(roles)
    return limit is None or cents <= limit


def statutory_clock(case: Case) -> Clock | None:
    return case.clocks.filter(round=case.round, kind=ClockKind.STATUTORY).first()


def is_late(case: Case, now: datetime) -> bool:
    """An answer given at `now` comes after the statutory day."""
    clock = statutory_clock(case)
    return bool(clock and clock.paused_at is None and clock.due_at < now)


def days_after(moment: datetime, days: int) -> date:
    """The last day of a period of `days` that begins the day after `moment`."""
    return local_day(moment) + timedelta(days=days)


def ended_at(case: Case) -> datetime | None:
    """When the case was closed, or ended otherwise; None for an open one."""
    if case.closed_at or case.is_open:
        return case.closed_at
    return case.events.filter(frm__in=OPEN).exclude(to__in=OPEN).values_list("at", flat=True).last()


def kept_until(case: Case) -> date | None:
    """Until when the law keeps the file; None for an open case."""
    end = ended_at(case)
    return add_months(local_day(end), 12 * KEPT_YEARS) if end else None
