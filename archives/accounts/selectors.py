"""What pages ask of accounts."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum

from archives.accounts.averages import HOME, averages_between, daily_balances
from archives.accounts.models import Account, Posting
from archives.customers.models import Customer
from crm.lib.dates import Quarter, add_months
from crm.privacy.encryption import blind_index, normalise


def accounts_of(customer: Customer) -> QuerySet:
    return Account.objects.filter(customer=customer).order_by("status", "-kind", "pk")


def postings_of(customer: Customer) -> QuerySet:
    return Posting.objects.filter(account__customer=customer).select_related("account")


def large_postings(customer: Customer, limit: int) -> QuerySet:
    """Moves that a manager should know of: in or out from 50,000 yuan (persons) or 500,000 (companies)."""
    floor = 5_000_000 if customer.is_personal else 50_000_000
    return postings_of(customer).filter(Q(amount_cents__gte=floor) | Q(amount_cents__lte=-floor))[:limit]


@dataclass(frozen=True)
class Month:
    first: date
    came_cents: int
    went_cents: int
    count: int


def month_summary(customer: Customer, *, today: date, months: int = 12) -> list[Month]:
    """In, out and number of postings for each of the last `months` months, newest first."""
    first = add_months(today.replace(day=1), 1 - months)
    rows = (
        Posting.objects.filter(account__customer=customer, account__currency=HOME, booked_on__gte=first)
        .values("booked_on__year", "booked_on__month")
        .annotate(
            came=Sum("amount_cents", filter=Q(amount_cents__gt=0), default=0),
            went=Sum("amount_cents", filter=Q(amount_cents__lt=0), default=0),
            count=Count("pk"),
        )
    )
    found = [
        Month(date(r["booked_on__year"], r["booked_on__month"], 1), r["came"], r["went"], r["count"]) for r in rows
    ]
    return sorted(found, key=lambda month: month.first, reverse=True)


def balance_series(customer: Customer, *, first: date, last: date) -> list[tuple[date, int]]:
    """(day, end-of-day cents of all accounts in yuan) where the balance moved, and both ends."""
    accounts = list(Account.objects.filter(customer=customer, currency=HOME))
    if not accounts:
        return []
    series: list[tuple[date, int]] = []
    columns = zip(*(balances for _account, balances in daily_balances(accounts, first, last)), strict=True)
    for n, balances in enumerate(columns):
        day, total = first + timedelta(days=n), sum(balances)
        if not series or series[-1][1] != total or day == last:
            series.append((day, total))
    return series


@dataclass(frozen=True)
class QuarterFigures:
    quarter: Quarter
    average_cents: int
    closing_cents: int
    is_running: bool

    @property
    def deviation(self) -> float | None:
        """Closing balance against the average, in percent (存款偏离度)."""
        if not self.average_cents:
            return None
        return round((self.closing_cents - self.average_cents) * 100 / self.average_cents, 1)


def quarter_figures(customer: Customer, *, day: date, quarters: int = 5) -> list[QuarterFigures]:
    """The running quarter up to `day` and those before it, newest first."""
    found, quarter = [], Quarter.of(day)
    for _n in range(quarters):
        last = min(quarter.last, day)
        for average in averages_between(quarter.first, last, customers=[customer.pk]):
            found.append(QuarterFigures(quarter, average.average_cents, average.closing_cents, last < quarter.last))
        quarter = quarter.previous
    return found


def data_day(customer: Customer, today: date) -> date:
    """The last day the customer's deposits speak of, not later than `today`."""
    newest = Account.objects.filter(customer=customer).aggregate(day=Max("balance_on"))["day"]
    return min(newest, today) if newest else today


def chart_days(day: date) -> date:
    """Where the balance chart begins: about twelve months back."""
    return day - timedelta(days=365)


def owner_of_account(customers: QuerySet, typed: str) -> QuerySet:
    """Customers with an account of this number, or tail where four digits are given."""
    text = normalise(typed)
    if len(text) < 4:
        return customers.none()
    if len(text) == 4:
        found = Account.objects.filter(tail_index=blind_index(text, purpose="account.tail"))
    else:
        found = Account.objects.filter(number_index=blind_index(text, purpose="account"))
    return customers.filter(pk__in=found.values("customer"))
