"""Which days of a quarter have no deposits loaded yet.

A core system's days are those that its finished loads declare or were found to cover. One whose accounts came
without any load (a bank taken over as a whole) counts as loaded through the last day its balances are of; where loads
followed later, through the last posting that stood before the first of them.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import cast

from django.db.models import Max

from archives.accounts.models import Account, Posting
from archives.feeds.models import FeedLoad
from crm.lib.dates import Quarter, local_day

Span = tuple[date, date]
DAY = timedelta(days=1)
LOADED = (FeedLoad.Status.DONE, FeedLoad.Status.PARTLY)


def missing_days(quarter: Quarter) -> list[Span]:
    """Spans (first, last) without deposits of some core system; the whole quarter where the bank has no accounts."""
    accounts = Account.objects.filter(opened_on__lte=quarter.last)
    sources = accounts.order_by("source").values_list("source").annotate(day=Max("balance_on"))
    gaps: list[Span] = []
    found = dict(sources)
    for source, balance_on in found.items():
        gaps += gaps_between(_loaded(source, balance_on), quarter.first, quarter.last)
    return merged(gaps) if found else [(quarter.first, quarter.last)]


def _loaded(source: str, balance_on: date | None) -> list[Span]:
    loads = FeedLoad.objects.filter(source=source).order_by("created_at")
    first = loads.first()
    if first is None:
        return [(date.min, balance_on)] if balance_on else []
    done = loads.filter(status__in=LOADED, covers_from__isnull=False, covers_until__isnull=False)
    covered = cast(Iterable[Span], done.values_list("covers_from", "covers_until"))
    return [*_taken_over(source, first), *covered]


def _taken_over(source: str, first: FeedLoad) -> list[Span]:
    """What was known before the first load: through the last posting that stood already."""
    if not Account.history.filter(source=source, history_type="+", history_date__lt=first.created_at).exists():
        return []
    before = Posting.objects.filter(account__source=source, loaded_on__lt=local_day(first.created_at))
    last = before.aggregate(last=Max("booked_on"))["last"]
    return [(date.min, last)] if last else []


def gaps_between(spans: Iterable[Span], first: date, last: date) -> list[Span]:
    """What `spans` leave open from `first` to `last`."""
    gaps, day = [], first
    for begin, end in sorted(spans):
        if begin > last:
            break
        if begin > day:
            gaps.append((day, begin - DAY))
        day = max(day, end + DAY)
        if day > last:
            return gaps
    return [*gaps, (day, last)]


def merged(spans: list[Span]) -> list[Span]:
    """Spans that touch or overlap as one, in order."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + DAY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
