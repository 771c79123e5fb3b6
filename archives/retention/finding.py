"""Finding archives that look dead (死档, DOMAIN.md 3.6): a monthly job lists them with the evidence for people to propose.

Evidence holds days, counts and customer numbers, and says the same again while nothing new happened: a dismissed
candidate stays dismissed until its evidence changes.
"""

from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime
from typing import cast

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from archives.accounts.models import Account, AccountHolder
from archives.customers.codes import Status
from archives.customers.models import Customer
from archives.retention.models import DeadCandidate, DeadSign
from archives.retention.twins import likely_twins
from crm.jobs.models import JobRun
from crm.jobs.services import heartbeat, queue_run, yield_if_long
from crm.lib.dates import add_months, local_day

Rule = DeadCandidate.Rule
JOB = "find-dead-archives"
CHUNK = 5_000
MONTHS = 12
ATTEMPTS = 3
Found = dict[int, dict]


def run(*, period: str, run: JobRun, now: datetime) -> None:
    """Look through all archives by customer, chunk by chunk; goes on where the last chunk ended."""
    today, total = local_day(now), Customer.objects.count()
    after, done = run.cursor.get("after", 0), run.cursor.get("done", 0)
    twins: Found = likely_twins()
    while True:
        upto, size = _next_chunk(after)
        done += size
        with transaction.atomic():
            _look(after, upto, today, twins)
            heartbeat(run, done=done, total=total, cursor={"after": upto or after, "done": done})
        if upto is None:
            return
        after = upto
        yield_if_long(run)


def find_now(*, now: datetime) -> JobRun:
    """Ask for a search beside the monthly one; once a day, asking again changes nothing."""
    return queue_run(job=JOB, period=f"{local_day(now)}", now=now)


def look_again(*, customer: Customer, today: date) -> None:
    """What employees noted of one archive counts at once; twins wait for the next search."""
    _keep(Rule.UNREACHABLE, _unreachable(customer.pk - 1, customer.pk, today), customer.pk - 1, customer.pk, today)
    _keep(Rule.DECEASED, _deceased(customer.pk - 1, customer.pk), customer.pk - 1, customer.pk, today)


def _next_chunk(after: int) -> tuple[int | None, int]:
    """Last customer of the next chunk and its size; None: to the end."""
    keys = list(Customer.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    return (keys[-1] if len(keys) == CHUNK else None), len(keys)


def _look(after: int, upto: int | None, today: date, twins: Found) -> None:
    some = _between(Customer.objects.order_by(), "pk", after, upto)
    since = add_months(today, -MONTHS)
    _keep(Rule.NO_ACCOUNT, _without_account(some, since), after, upto, today)
    _keep(Rule.CLOSED, _closed(some, since), after, upto, today)
    _keep(Rule.UNREACHABLE, _unreachable(after, upto, today), after, upto, today)
    _keep(Rule.DUPLICATE, _twins_between(some, twins, after, upto), after, upto, today)
    _keep(Rule.DECEASED, _deceased(after, upto), after, upto, today)


def _between(rows: QuerySet, key: str, after: int, upto: int | None) -> QuerySet:
    rows = rows.filter(Q((f"{key}__gt", after)))
    return rows.filter(Q((f"{key}__lte", upto))) if upto is not None else rows


def _without_account(some: QuerySet, since: date) -> Found:
    """Never an account, not even one to dispose of; opened and last spoken to more than twelve months ago."""
    silent = Q(last_contact_on=None) | Q(last_contact_on__lt=since)
    rows = some.filter(
        silent,
        ~Exists(Account.objects.filter(customer=OuterRef("pk"))),
        ~Exists(AccountHolder.objects.filter(customer=OuterRef("pk"))),
        opened_on__lt=since,
    )
    return {
        pk: {"opened": opened.isoformat(), "contact": contact.isoformat() if contact else ""}
        for pk, opened, contact in rows.values_list("pk", "opened_on", "last_contact_on")
    }


def _closed(some: QuerySet, since: date) -> Found:
    """Every account, owned or at their disposal, closed more than twelve months ago."""
    own = Account.objects.filter(customer=OuterRef("pk"))
    held = Account.objects.filter(holders__customer=OuterRef("pk"))
    alive = ~Q(status=Account.Status.CLOSED) | Q(closed_on=None) | Q(closed_on__gte=since)
    rows = some.filter(Exists(own) | Exists(held), ~Exists(own.filter(alive)), ~Exists(held.filter(alive)))
    keys = list(rows.values_list("pk", flat=True))
    days: dict[int, dict[int, date]] = defaultdict(dict)
    for pk, account, day in Account.objects.filter(customer__in=keys).values_list("customer_id", "pk", "closed_on"):
        days[pk][account] = cast(date, day)
    holdings = AccountHolder.objects.filter(customer__in=keys)
    for pk, account, day in holdings.values_list("customer_id", "account_id", "account__closed_on"):
        days[pk][account] = cast(date, day)
    return {pk: {"accounts": len(of), "closed": max(of.values()).isoformat()} for pk, of in days.items()}


def _unreachable(after: int, upto: int | None, today: date) -> Found:
    """Not reached on three days within twelve months and not spoken to since: the latest three tell."""
    signs = DeadSign.objects.filter(
        kind=DeadSign.Kind.UNREACHABLE, customer__life="active", day__lte=today, day__gte=add_months(today, -MONTHS)
    )
    days: dict[int, list[str]] = defaultdict(list)
    rows = _between(signs, "customer_id", after, upto).order_by("customer_id", "-day")
    for pk, day, contact in rows.values_list("customer_id", "day", "customer__last_contact_on"):
        if contact is None or day > contact:
            days[pk].append(day.isoformat())
    return {pk: {"days": sorted(of[:ATTEMPTS])} for pk, of in days.items() if len(of) >= ATTEMPTS}


def _deceased(after: int, upto: int | None) -> Found:
    signs = DeadSign.objects.filter(
        kind=DeadSign.Kind.ESTATE, customer__life="active", customer__status=Status.DECEASED
    )
    rows = _between(signs, "customer_id", after, upto).order_by("customer_id", "day")
    return {pk: {"settled": day.isoformat()} for pk, day in rows.values_list("customer_id", "day")}


def _twins_between(some: QuerySet, twins: Found, after: int, upto: int | None) -> Found:
    keys = sorted(twins)
    of = keys[bisect_right(keys, after) : bisect_right(keys, upto) if upto is not None else None]
    return {pk: {"others": twins[pk]} for pk in some.filter(pk__in=of).values_list("pk", flat=True)}


def _keep(rule: str, found: Found, after: int, upto: int | None, today: date) -> None:
    """Rows of `rule` within the range say what was found: new ones added, changed ones brought back, others gone."""
    known = {
        row.customer_id: row for row in _between(DeadCandidate.objects.filter(rule=rule), "customer_id", after, upto)
    }
    gone = [row.pk for pk, row in known.items() if pk not in found]
    DeadCandidate.objects.filter(pk__in=gone).delete()
    moved = [row for pk, row in known.items() if pk in found and row.evidence != found[pk]]
    for row in moved:
        row.evidence, row.found_on = found[row.customer_id], today
        row.dismissed_by, row.dismissed_on, row.dismiss_reason = None, None, ""
    fields = ["evidence", "found_on", "dismissed_by", "dismissed_on", "dismiss_reason"]
    DeadCandidate.objects.bulk_update(moved, fields, batch_size=500)
    DeadCandidate.objects.bulk_create(
        [
            DeadCandidate(customer_id=pk, rule=rule, evidence=evidence, found_on=today)
            for pk, evidence in found.items()
            if pk not in known
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
