"""Whether a case repeats earlier ones: the same customer, person, employee, or cause at the outlet, within 90 days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from complaints.cases.models import Case
from complaints.intake.rules import ESCALATE_AFTER, REPEAT_DAYS

CUSTOMER, PERSON, EMPLOYEE, CAUSE = "customer", "person", "employee", "cause"


@dataclass(frozen=True)
class Repeat:
    """By ground, from the nearest to the loosest: how many earlier cases. `of` is the latest of the nearest ground."""

    grounds: dict[str, int]
    of: Case | None

    @property
    def escalates(self) -> bool:
        return any(count + 1 >= ESCALATE_AFTER for count in self.grounds.values())


def repeat_of(case: Case) -> Repeat:
    """What `case`, with its parties and respondents written, repeats. Matters of its own kind count."""
    earlier = Case.objects.filter(
        kind=case.kind,
        received_at__gte=case.received_at - timedelta(days=REPEAT_DAYS),
        received_at__lte=case.received_at,
    ).exclude(pk=case.pk)
    grounds: dict[str, int] = {}
    nearest: Case | None = None
    for ground, same in _grounds(case):
        rows = earlier.filter(pk__in=Case.objects.filter(same).values("pk"))
        count = rows.count()
        if count:
            grounds[ground] = count
            nearest = nearest or rows.order_by("-received_at", "-pk").first()
    return Repeat(grounds, nearest)


def _grounds(case: Case) -> Iterator[tuple[str, Q]]:
    parties = list(case.parties.select_related("customer"))
    customers = {party.customer_id for party in parties} | {case.customer_id} - {None}
    customers.discard(None)
    if customers:
        yield CUSTOMER, Q(customer__in=customers) | Q(parties__customer__in=customers)
    phones = {party.phone_index for party in parties} | {p.customer.mobile_index for p in parties if p.customer}
    phones = {index for index in phones if index}
    if phones:
        yield PERSON, Q(parties__phone_index__in=phones) | Q(parties__customer__mobile_index__in=phones)
    accused = list(case.respondents.filter(why="accused").values_list("employee", flat=True))
    if accused:
        yield EMPLOYEE, Q(respondents__employee__in=accused, respondents__why="accused")
    if case.cause_id:
        yield CAUSE, Q(cause=case.cause_id, respondent=case.respondent_id)
