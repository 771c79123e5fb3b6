"""A computed quarter, built row by row, for what pages and meetings show of it."""

from decimal import Decimal

from archives.classification.schemes import ensure_default_scheme
from archives.models import Proposal, Run, Scheme, Unit
from crm.staff.models import Branch
from tests.archives import make_personal

WAN = 1_000_000  # cents
QUARTER = "2026Q3"


def make_run(*, now, quarter: str = QUARTER, state: str = Run.State.PROPOSED, **fields) -> Run:
    ensure_default_scheme(now)
    scheme = Scheme.objects.get(version=1)
    return Run.objects.create(
        quarter=quarter, state=state, scheme=scheme, computed_at=now, moved_percent=Decimal("12.50"), **fields
    )


def make_unit(*, run: Run, branch, **fields) -> Unit:
    """`branch` and everything below it."""
    below = list(Branch.objects.subtree_of(branch).values_list("pk", flat=True))
    return Unit.objects.create(run=run, branch=branch, branches=below, **fields)


def propose(*, run, customer, old="", new="gold", verdict="up", wan=30, **fields) -> Proposal:
    return Proposal.objects.create(
        run=run,
        customer=customer,
        branch=customer.branch,
        manager=customer.manager,
        kind=customer.kind,
        old_code=old,
        new_code=new,
        verdict=verdict,
        average_cents=wan * WAN,
        closing_cents=fields.pop("closing", wan) * WAN,
        month_cents=fields.pop("month", wan) * WAN,
        days=92,
        **fields,
    )


def make_quarter(*, bank, cast, now, **fields) -> dict:
    """城东 (0101 and 0102) and 滨江 (0201): two up and one down here, one kept there."""
    run = make_run(now=now, **fields)
    here, next_door, there = (bank[code] for code in ("0101", "0102", "0201"))
    people = {
        "riser": make_personal(branch=here, manager=cast["manager"], name="甲升升"),
        "faller": make_personal(branch=here, manager=cast["colleague"], name="乙降降"),
        "neighbour": make_personal(branch=next_door, name="丙邻邻"),
        "stranger": make_personal(branch=there, manager=cast["stranger"], name="丁远远"),
    }
    propose(run=run, customer=people["riser"], old="active", new="gold", verdict="up", wan=30, closing=33)
    propose(run=run, customer=people["faller"], old="platinum", new="active", verdict="down", wan=6, below=2)
    propose(run=run, customer=people["neighbour"], old="active", new="gold", verdict="up", wan=21)
    propose(run=run, customer=people["stranger"], old="ordinary", new="ordinary", verdict="same", wan=1)
    units = {code: make_unit(run=run, branch=bank[code]) for code in ("0100", "0200")}
    return people | {"run": run, "units": units}
