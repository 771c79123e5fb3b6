"""Postings that came after a quarter was computed: the run is marked with whom they would place elsewhere."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from archives.accounts.models import Account, Posting
from archives.classification.computing import Question
from archives.classification.foreign import decided_again, fixed_codes
from archives.classification.models import LateMark, Proposal, Run, Verdict
from archives.classification.rules import Before
from archives.classification.telling import tell_late
from archives.customers.models import Customer
from crm.jobs.models import JobRun
from crm.jobs.services import heartbeat, yield_if_long
from crm.lib.dates import Quarter, local_day

CHUNK = 1_000
QUARTERS = 4
COMPUTED = (Run.State.HELD, Run.State.PROPOSED, Run.State.CONFIRMED)


def run(*, period: str, run: JobRun, now: datetime) -> None:
    """Daily; the resume point is (run, customer)."""
    marked = 0
    at_run, at_customer = run.cursor.get("run", 0), run.cursor.get("customer", 0)
    for found in recent_runs(date.fromisoformat(period)).filter(pk__gte=at_run).order_by("pk"):
        after = at_customer if found.pk == at_run else 0
        for some in _late_customers(found, after):
            with transaction.atomic():
                marked += mark_late(run=found, customers=some, today=local_day(now))
                heartbeat(run, cursor={"run": found.pk, "customer": some[-1]}, counts={"marked": marked})
            yield_if_long(run)
        fresh = found.late_marks.filter(found_on=local_day(now)).count()
        if fresh:
            tell_late(run=found, count=fresh, now=now)


def recent_runs(day: date) -> QuerySet:
    """Runs computed for the last four quarters that ended before `day`."""
    oldest = Quarter.of(day)
    for _n in range(QUARTERS):
        oldest = oldest.previous
    return Run.objects.filter(state__in=COMPUTED, quarter__gte=str(oldest)).select_related("scheme")


def _late_customers(found: Run, after: int) -> Iterator[list[int]]:
    computed_on = timezone.localtime(found.computed_at).date()
    late = Posting.objects.filter(loaded_on__gt=computed_on, booked_on__lte=Quarter.parse(found.quarter).last)
    customers = late.filter(account__customer__gt=after, account__customer__life="active").order_by("account__customer")
    ids = list(customers.values_list("account__customer", flat=True).distinct())
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def mark_late(*, run: Run, customers: list[int], today: date) -> int:
    """Decide `customers` anew from what is loaded now, and mark those who would fare otherwise; how many.

    The run's proposals and everybody's class stay as they are. A mark whose reason has gone is taken away.
    """
    question = Question.of(run, run.scheme)
    proposals = {row.customer_id: row for row in Proposal.objects.filter(run=run, customer__in=customers)}
    again = decided_again(question, _facts(question, customers), _befores(question, run, proposals, customers))
    marks = {pk: values for pk, values in again.items() if _differs(proposals.get(pk), values)}
    LateMark.objects.filter(run=run, customer__in=set(customers) - set(marks)).delete()
    known = {mark.customer_id: mark for mark in LateMark.objects.filter(run=run, customer__in=marks)}
    fresh = []
    for pk, values in marks.items():
        evidence = {name: values[name] for name in ("average_cents", "new_code", "verdict")}
        if pk not in known:
            fresh.append(LateMark(run=run, customer_id=pk, found_on=today, **evidence))
        elif any(getattr(known[pk], name) != value for name, value in evidence.items()):
            LateMark.objects.filter(pk=known[pk].pk).update(**evidence)
    LateMark.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(marks)


def _differs(proposal: Proposal | None, values: dict) -> bool:
    if proposal is None:
        return values["verdict"] != Verdict.PENDING
    return (proposal.new_code, proposal.verdict) != (values["new_code"], values["verdict"])


def _facts(question: Question, customers: list[int]) -> dict[int, tuple[str, int]]:
    opened = Account.objects.filter(customer__in=customers, opened_on__lte=question.quarter.last)
    firsts = dict(opened.order_by("customer").values_list("customer").annotate(first=Min("opened_on")))
    kinds = dict(Customer.objects.filter(pk__in=firsts).values_list("pk", "kind"))
    return {
        pk: (kinds[pk], (question.quarter.last - max(day, question.quarter.first)).days + 1)
        for pk, day in firsts.items()
        if pk in kinds
    }


def _befores(question: Question, run: Run, proposals: dict[int, Proposal], customers: list[int]) -> dict[int, Before]:
    """What the run began with: its own old classes, the quarters below from the run before it."""
    fixed = fixed_codes(question, customers)
    earlier = Run.objects.filter(quarter__lt=run.quarter, state__in=COMPUTED).order_by("-quarter").first()
    counting = Proposal.objects.filter(run=earlier, customer__in=customers, override_code="")
    counting = counting.filter(verdict__in=[Verdict.WATCH, Verdict.PENDING])
    below = dict(counting.values_list("customer", "below")) if earlier else {}
    found = {}
    for pk in customers:
        proposal = proposals.get(pk)
        counted = below.get(pk, 0)
        if proposal is not None and proposal.verdict in (Verdict.WATCH, Verdict.DOWN) and proposal.below:
            counted = proposal.below - 1
        found[pk] = Before(proposal.old_code if proposal else "", counted, fixed.get(pk, ""))
    return found
