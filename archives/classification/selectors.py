"""What other rooms ask about classes."""

from collections.abc import Iterable

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from archives.classification.models import ClassChange, CustomerClass, Proposal, Run, Verdict
from archives.classification.rules import NEAR
from archives.classification.schemes import steps_of
from archives.customers.models import Customer
from crm.staff.models import Branch


def class_of(customer: Customer) -> CustomerClass | None:
    """The confirmed class; None before the first confirmation."""
    return CustomerClass.objects.select_related("run").filter(customer=customer).first()


def moving(customer: Customer) -> Proposal | None:
    """What the newest run proposes while its meeting has not confirmed it: an upgrade, a watch or a downgrade."""
    waiting = [Run.State.PROPOSED, Run.State.HELD]
    verdicts = [Verdict.UP, Verdict.WATCH, Verdict.DOWN]
    rows = Proposal.objects.filter(customer=customer, run__state__in=waiting, verdict__in=verdicts)
    proposal = rows.select_related("run").order_by("-run__quarter").first()
    if proposal is None or ClassChange.objects.filter(customer=customer, run=proposal.run).exists():
        return None
    return proposal


def class_history(customer: Customer) -> QuerySet:
    """Every confirmed change, newest first, each with its evidence."""
    return ClassChange.objects.filter(customer=customer).select_related("run", "scheme", "unit__branch")


def proposals_of(
    run: Run, branches: Iterable[Branch | int] | QuerySet | None = None, *, old=None, new=None, verdict=None
) -> QuerySet:
    """A run's proposals for live archives, with `final`: the override or what the rule proposes. '' asks for no class."""
    rows = Proposal.objects.filter(run=run, customer__life="active")
    rows = rows.annotate(final=Coalesce(NullIf(F("override_code"), Value("")), F("new_code")))
    if branches is not None:
        rows = rows.filter(branch__in=branches)
    if old is not None:
        rows = rows.filter(old_code=old)
    if new is not None:
        rows = rows.filter(final=new)
    return rows if verdict is None else rows.filter(verdict=verdict)


def flow(run: Run, branches: Iterable[Branch | int] | QuerySet | None = None) -> dict[str, dict[tuple[str, str], int]]:
    """Customers by kind and (old class, final class)."""
    counted = proposals_of(run, branches).order_by().values_list("kind", "old_code", "final").annotate(n=Count("pk"))
    found: dict[str, dict[tuple[str, str], int]] = {}
    for kind, old, new, n in counted:
        found.setdefault(kind, {})[old, new] = n
    return found


def near_border(run: Run, branches: Iterable[Branch | int] | QuerySet | None = None) -> QuerySet:
    """Proposals within 10 % above the floor of their class or below the next one (`rules.near_border`)."""
    near, steps = Q(pk=None), steps_of(run.scheme) if run.scheme else []
    for step in steps:
        mine = Q(kind=step.kind, final=step.code)
        if step.floor_cents:
            above = step.floor_cents + step.floor_cents * NEAR // 100
            near |= mine & Q(average_cents__gte=step.floor_cents, average_cents__lte=above)
        following = min((s.floor_cents for s in steps if s.kind == step.kind and s.rank > step.rank), default=None)
        if following:
            below = following - following * NEAR // 100
            near |= mine & Q(average_cents__gte=below, average_cents__lt=following)
    return proposals_of(run, branches).filter(near)
