"""Customers with money in other currencies: their averages are counted in Python, and decided by `rules`."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from archives.accounts.averages import averages_between, foreign_accounts
from archives.classification.computing import Question
from archives.classification.models import CustomerClass, Override, Proposal
from archives.classification.rules import Before, Outcome, decide, level_of
from crm.lib.dates import Quarter


def foreign_customers(question: Question, after: int, until: int) -> list[int]:
    accounts = foreign_accounts(question.quarter.last, source=question.source)
    found = accounts.filter(customer__gt=after, customer__lte=until, customer__life="active")
    return list(found.order_by("customer").values_list("customer", flat=True).distinct())


def corrected(question: Question, rows: list[dict[str, Any]], after: int, until: int) -> list[dict[str, Any]]:
    """`rows` of a range with those of foreign accounts decided anew."""
    ids = foreign_customers(question, after, until)
    if not ids:
        return rows
    mine = {row["customer_id"]: row for row in rows}
    facts = {pk: (mine[pk]["kind"], mine[pk]["days"]) for pk in ids if pk in mine}
    for pk, values in decided_again(question, facts, befores(question, list(facts), facts)).items():
        mine[pk].update(values)
    return rows


def correct_proposals(question: Question, after: int, until: int) -> None:
    """The same for proposals just written."""
    ids = foreign_customers(question, after, until)
    if not ids:
        return
    proposals = {row.customer_id: row for row in Proposal.objects.filter(run=question.run, customer__in=ids)}
    facts = {pk: (row.kind, row.days) for pk, row in proposals.items()}
    again = decided_again(question, facts, befores(question, list(facts), facts))
    for pk, values in again.items():
        for name, value in values.items():
            setattr(proposals[pk], name, value)
    if again:
        Proposal.objects.bulk_update([proposals[pk] for pk in again], list(next(iter(again.values()))), batch_size=500)


def decided_again(
    question: Question, facts: dict[int, tuple[str, int]], before: dict[int, Before]
) -> dict[int, dict[str, Any]]:
    """Columns of each customer of `facts` (kind, days), averages counted account by account."""
    ids, found = list(facts), {}
    quarter, months = question.quarter, {}
    for row in averages_between(question.month, quarter.last, customers=ids, source=question.source):
        months[row.customer_id] = row.average_cents
    for row in averages_between(quarter.first, quarter.last, customers=ids, source=question.source):
        kind, days = facts[row.customer_id]
        outcome = outcome_of(question, before[row.customer_id], kind, row.average_cents, days)
        found[row.customer_id] = {
            "old_code": before[row.customer_id].code,
            "new_code": outcome.code,
            "verdict": outcome.verdict,
            "below": outcome.below,
            "average_cents": row.average_cents,
            "closing_cents": row.closing_cents,
            "month_cents": months[row.customer_id],
        }
    return found


def outcome_of(question: Question, before: Before, kind: str, average_cents: int, days: int) -> Outcome:
    steps = [step for step in question.steps if step.kind == kind]
    return decide(
        average_cents=average_cents, days=days, before=before, steps=steps, new_customer_days=question.new_customer_days
    )


def befores(question: Question, customers: list[int], facts: dict[int, tuple[str, int]]) -> dict[int, Before]:
    """The class of today (or by the averages of `question.since`), and what people fixed beyond the quarter."""
    fixed = fixed_codes(question, customers)
    if question.since:
        classes = _classes_since(question, question.since, customers, facts)
    else:
        rows = CustomerClass.objects.filter(customer__in=customers).values_list("customer", "code", "below")
        classes = {pk: (code, below) for pk, code, below in rows}
    return {pk: Before(*classes.get(pk, ("", 0)), fixed.get(pk, "")) for pk in customers}


def fixed_codes(question: Question, customers: Iterable[int]) -> dict[int, str]:
    standing: QuerySet = Override.objects.filter(
        ended_at=None, until__gte=question.quarter.last, customer__in=customers
    )
    return dict(standing.exclude(run=question.run).order_by("pk").values_list("customer", "code"))


def _classes_since(question: Question, since: Quarter, customers: list[int], facts) -> dict[int, tuple[str, int]]:
    found = {}
    for row in averages_between(since.first, since.last, customers=customers, source=question.source):
        steps = [step for step in question.steps if step.kind == facts[row.customer_id][0]]
        found[row.customer_id] = (level_of(row.average_cents, steps).code, 0)
    return found
