"""Stated balances against computed ones, per account and in total.

Within a day neither file order nor number is the order of rows (../docs/feeds.md): an account agrees when
the computed end-of-day balance is one of the balances stated that day. What the account file states
counts where this load brought one; an older statement knows nothing of later postings.
"""

from collections.abc import Callable

from django.db.models import Max, OuterRef, Subquery, Sum

from archives.accounts.averages import HOME
from archives.accounts.models import Account, Posting
from archives.feeds.models import Difference, FeedLoad

CHUNK = 1_000


def reconcile(*, load: FeedLoad, report: Callable[[], None] = lambda: None) -> None:
    """Check every account of the load's source; differences become rows, totals stand on `load` (unsaved).

    `report` is called after each chunk.
    """
    load.differences.all().delete()
    load.accounts_checked = load.accounts_differing = load.stated_cents = load.computed_cents = 0
    keys = list(Account.objects.filter(source=load.source).order_by("pk").values_list("pk", flat=True))
    by_account = load.files.filter(role="accounts", is_repeat=False).exists()
    for start in range(0, len(keys), CHUNK):
        _check(load, keys[start : start + CHUNK], by_account)
        report()


def _check(load: FeedLoad, keys: list[int], by_account: bool) -> None:
    accounts = Account.objects.in_bulk(keys)
    last_days = dict(
        Posting.objects.filter(account__in=keys, stated_cents__isnull=False)
        .order_by()
        .values("account")
        .annotate(day=Max("booked_on"))
        .values_list("account", "day")
    )
    stated = _stated_on(last_days)
    later = _moved_after(last_days)
    differences = []
    for pk, account in accounts.items():
        computed = account.balance_cents - later.get(pk, 0)
        claims = stated.get(pk, [])
        if by_account and account.stated_cents is not None:
            computed, claims = account.balance_cents, [account.stated_cents]
        if not claims:
            continue
        agreed = computed in claims
        claim = min(claims, key=lambda cents: abs(cents - computed))
        load.accounts_checked += 1
        if account.currency == HOME:
            load.stated_cents += claim
            load.computed_cents += computed
        if not agreed:
            load.accounts_differing += 1
            day = last_days.get(pk) or load.covers_until or account.opened_on
            differences.append(
                Difference(load=load, account=account, day=day, stated_cents=claim, computed_cents=computed)
            )
    Difference.objects.bulk_create(differences)


def _stated_on(last_days: dict[int, object]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = Posting.objects.filter(
        account__in=last_days, booked_on__in=set(last_days.values()), stated_cents__isnull=False
    )
    for account, day, cents in rows.order_by("pk").values_list("account_id", "booked_on", "stated_cents"):
        if last_days[account] == day and cents is not None:
            found.setdefault(account, []).append(cents)
    return found


def _moved_after(last_days: dict[int, object]) -> dict[int, int]:
    """Sum of postings after the last stated balance, which no statement covers."""
    stated = Posting.objects.filter(account=OuterRef("account"), stated_cents__isnull=False)
    rows = Posting.objects.filter(
        account__in=last_days, booked_on__gt=Subquery(stated.order_by("-booked_on").values("booked_on")[:1])
    )
    return dict(rows.order_by().values("account").annotate(s=Sum("amount_cents")).values_list("account", "s"))
