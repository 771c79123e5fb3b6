"""How long what was deleted is kept, and when the clock may be believed. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm.lib.dates import add_months, local_day

FLOOR_DAYS = 30
ACCOUNT_MONTHS = 120  # 反洗钱法 Art. 34: ten years after the end of the relationship
BACKWARDS = timedelta(hours=1)  # a clock that goes back further is wrong, now or before
GAP = timedelta(hours=2)  # readings come every hour: a longer gap is an outage or a jump forward
STEADY = timedelta(hours=24)  # so long without a jump, until the clock is believed again


def keep_until(day: date, days: int = FLOOR_DAYS) -> date:
    """The last local day on which something approved on `day` is kept: `days` and one calendar month, the later.

    Fewer than thirty days cannot be asked for.
    """
    return max(day + timedelta(days=max(days, FLOOR_DAYS)), add_months(day, 1))


def is_over(last_day: date, moment: datetime) -> bool:
    """The local day of `moment` lies behind `last_day`."""
    return local_day(moment) > last_day


def account_kept_until(ended: date) -> date:
    """Ten years after an account's closing or last posting."""
    return add_months(ended, ACCOUNT_MONTHS)


def went_back(seen: datetime, now: datetime) -> bool:
    return now < seen - BACKWARDS


@dataclass(frozen=True)
class Watch:
    """What is known of the clock: the latest moment seen, since when it runs without a jump, what it vouches for."""

    seen: datetime
    steady_since: datetime
    trusted: datetime

    def after(self, now: datetime) -> "Watch":
        """Once the clock reads `now`: after a jump forward the vouched moment stands still for a day."""
        steady = now if now - self.seen > GAP else self.steady_since
        trusted = max(self.trusted, now) if now - steady >= STEADY else self.trusted
        return Watch(max(self.seen, now), steady, trusted)
