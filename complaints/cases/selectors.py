"""What other rooms ask about cases."""

from django.db.models import Count, Exists, OuterRef, Q

from archives.models import Customer
from complaints.cases.codes import OPEN
from complaints.cases.models import Case, CaseEvent, Respondent


def cases_of(customer: Customer, user):
    """Cases of `customer` for their archive page, newest first, each with `is_visible`: whether `user` may open it.

    Everybody who serves the customer must know of them; whoever a case complains about must not know whose it is.
    """
    barred = Respondent.objects.order_by().filter(case=OuterRef("pk"), employee=user)
    seen = Case.objects.visible_to(user).filter(pk=OuterRef("pk"))
    rows = Case.objects.of_customer(customer).exclude(Exists(barred)).annotate(is_visible=Exists(seen))
    return rows.select_related("respondent", "cause").order_by("-received_at", "-pk")


def counts_of(customer: Customer, user) -> dict[str, int]:
    """Open and all cases of `customer` that `cases_of` would show."""
    return cases_of(customer, user).order_by().aggregate(
        open=Count("pk", filter=Q(state__in=OPEN)), all=Count("pk")
    )  # fmt: skip


def events_of(customer: Customer, user, limit: int):
    """Newest steps of the customer's cases, for the timeline."""
    cases = cases_of(customer, user).order_by().values("pk")
    return CaseEvent.objects.filter(case__in=cases).select_related("case", "actor").order_by("-at", "-pk")[:limit]


def has_open_case(customer: Customer) -> bool:
    """While there is one, nobody sends marketing to the customer (DOMAIN.md 7.1)."""
    return Case.objects.of_customer(customer).open().exists()


def waiting_for(user):
    """Open cases whose next step is the user's: nearest limit first."""
    mine = Q(investigator=user) | Q(contact=user) | Q(officer=user)
    rows = Case.objects.visible_to(user).open().filter(mine)
    return rows.select_related("respondent", "cause").order_by("nearest_at", "pk")
