"""A quarter's deposits, and its run through the ledger."""

from datetime import date, datetime

from django.utils import timezone

from archives.classification.labels import LADDERS
from archives.models import Account, CustomerClass, Proposal, Run
from crm.jobs.services import run_job
from crm.lib.dates import Quarter
from tests.archives import make_account

WAN = 1_000_000  # cents
QUARTER = Quarter(2026, 3)
_number = iter(range(6_230_000_000_000, 6_239_999_999_999))


def moment(*parts: int) -> datetime:
    return timezone.make_aware(datetime(*parts))


AFTER = moment(2026, 10, 1, 7)


def deposit(customer, wan: float, *, opened_on=date(2020, 1, 1), until=QUARTER.last, **fields) -> Account:
    """An account that has held so much since its opening, known through `until`."""
    return make_account(
        customer=customer,
        number=str(next(_number)),
        opened_on=opened_on,
        opening_cents=round(wan * WAN),
        balance_on=until,
        **fields,
    )


def give_class(customer, code: str, *, below: int = 0, run=None) -> CustomerClass:
    rank = list(LADDERS[customer.kind]).index(code)
    return CustomerClass.objects.create(
        customer=customer, code=code, rank=rank, since=date(2026, 1, 1), below=below, run=run
    )


def compute(quarter: Quarter = QUARTER, *, now: datetime = AFTER) -> Run:
    run_job(name="reclassification", period=str(quarter), now=now)
    return Run.objects.get(quarter=str(quarter))


def proposal_of(customer, quarter: Quarter = QUARTER) -> Proposal:
    return Proposal.objects.get(run__quarter=str(quarter), customer=customer)


def proposed(run: Run) -> list[tuple]:
    """Everything a run proposes, to compare two runs."""
    columns = [f.attname for f in Proposal._meta.concrete_fields if f.name not in ("id", "run")]
    return sorted(Proposal.objects.filter(run=run).values_list(*columns))
