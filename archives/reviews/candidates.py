"""Pictures of a branch's customers as of a day, and the candidates for key attention among them: set-based."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from archives.accounts.averages import HOME, averages_between
from archives.accounts.models import Account, Posting
from archives.classification.models import CustomerClass
from archives.classification.rules import Step
from archives.classification.schemes import scheme_for, steps_of
from archives.customers.models import Customer
from archives.retention.models import Hold
from archives.reviews.attention import (
    LEAVING_BASE,
    MATURITY_DAYS,
    SPAN,
    Picture,
    Reason,
    consequence,
    reasons_for,
)
from crm.lib.dates import SHANGHAI, Quarter, local_day
from crm.lib.money import divide_half_up
from crm.lib.refusals import Refused
from crm.staff.models import Branch

CHUNK = 2_000


@dataclass(frozen=True)
class Candidate:
    customer_id: int
    number: str
    picture: Picture
    reasons: list[Reason]

    @property
    def values(self) -> dict:
        """What a list keeps of the day."""
        picture = self.picture
        return {
            "balance": picture.balance,
            "average": picture.average,
            "class": picture.code,
            "completeness": picture.completeness,
            "reasons": self.reasons,
        }


def find_candidates(branch: Branch, *, day: date) -> list[Candidate]:
    """Customers of `branch` with a reason for key attention as of `day`, the gravest first."""
    found = [one for one in look_at(Customer.objects.filter(branch=branch), day=day) if one.reasons]
    return sorted(found, key=lambda one: (*(-n for n in consequence(one.picture, one.reasons)), one.customer_id))


def look_at(customers: QuerySet, *, day: date) -> list[Candidate]:
    """Each of `customers` as of `day`, with reasons or without; a few statements for every 2,000."""
    ladders = ladders_on(day)
    rows = list(
        customers.filter(opened_on__lte=day)
        .order_by("pk")
        .values_list("pk", "number", "kind", "opened_on", "completeness")
    )
    found = []
    for start in range(0, len(rows), CHUNK):
        found += _look_at_some(rows[start : start + CHUNK], day, ladders)
    return found


def ladders_on(day: date) -> dict[str, list[Step]]:
    """The class ladders valid in the quarter of `day`, by kind; none where no thresholds are valid."""
    ladders: dict[str, list[Step]] = {"P": [], "C": []}
    try:
        steps = steps_of(scheme_for(Quarter.of(day)))
    except Refused:
        return ladders
    for step in steps:
        ladders.setdefault(step.kind, []).append(step)
    return ladders


def _look_at_some(rows: list[tuple], day: date, ladders: dict[str, list[Step]]) -> list[Candidate]:
    ids = [row[0] for row in rows]
    first = day - timedelta(days=SPAN - 1)
    sums = {one.customer_id: one for one in averages_between(first, day, customers=ids, days=1)}
    complaints, maturing = _complaints(ids, day), _maturing(ids, day)
    quiet = _quiet([pk for pk, one in sums.items() if one.average_cents >= LEAVING_BASE], day)
    classes = dict(CustomerClass.objects.filter(customer__in=ids).values_list("customer_id", "code"))
    found = []
    for pk, number, kind, opened_on, completeness in rows:
        days = (day - opened_on).days
        held = sums.get(pk)
        picture = Picture(
            kind=kind,
            days=days,
            completeness=completeness,
            balance=held.closing_cents if held else 0,
            average=_average(held.average_cents, days) if held else 0,
            complaints=complaints.get(pk, (0, 0))[0],
            complaint_days=complaints.get(pk, (0, 0))[1],
            maturing=maturing.get(pk, (0, None))[0],
            matures_in=maturing.get(pk, (0, None))[1],
            quiet=quiet.get(pk),
            code=classes.get(pk, ""),
        )
        found.append(Candidate(pk, number, picture, reasons_for(picture, ladders.get(kind, []))))
    return found


def _average(total: int, days: int) -> int:
    """Of the end-of-day balances over the span; of whoever came within it, over the days they have been here."""
    return divide_half_up(total, min(SPAN, days + 1))


def _complaints(ids: list[int], day: date) -> dict[int, tuple[int, int]]:
    end = datetime.combine(day + timedelta(days=1), time.min, SHANGHAI)
    open_then = Q(released_at=None) | Q(released_at__gte=end)
    rows = (
        Hold.objects.filter(open_then, customer__in=ids, kind=Hold.Kind.COMPLAINT, placed_at__lt=end)
        .filter(Q(until=None) | Q(until__gte=day))
        .order_by()
        .values("customer")
        .annotate(n=Count("pk"), since=Min("placed_at"))
    )
    return {row["customer"]: (row["n"], (day - local_day(row["since"])).days) for row in rows}


def _maturing(ids: list[int], day: date) -> dict[int, tuple[int, int]]:
    rows = (
        Account.objects.filter(
            customer__in=ids,
            currency=HOME,
            status=Account.Status.OPEN,
            matures_on__gt=day,
            matures_on__lte=day + timedelta(days=MATURITY_DAYS),
        )
        .order_by()
        .values("customer")
        .annotate(cents=Sum("balance_cents"), first=Min("matures_on"))
    )
    return {row["customer"]: (row["cents"], (row["first"] - day).days) for row in rows}


def _quiet(ids: list[int], day: date) -> dict[int, int]:
    """Days since the last posting on an open current account; since its opening where there was never one."""
    accounts = Account.objects.filter(
        customer__in=ids, kind=Account.Kind.CURRENT, status=Account.Status.OPEN, opened_on__lte=day
    ).order_by()
    opened = dict(accounts.values("customer").annotate(d=Max("opened_on")).values_list("customer", "d"))
    moved = dict(
        Posting.objects.filter(account__in=accounts.values("pk"), booked_on__lte=day)
        .order_by()
        .values("account__customer")
        .annotate(d=Max("booked_on"))
        .values_list("account__customer", "d")
    )
    return {pk: (day - max(since, moved.get(pk, since))).days for pk, since in opened.items()}
