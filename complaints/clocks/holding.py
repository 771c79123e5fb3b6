"""An open case keeps the customer's archive from being deleted; a closed one, for the years the law asks (5)."""

from datetime import datetime

from archives.models import Customer, Hold
from archives.retention.services import note_legal_retention, place_hold, release_hold
from complaints.cases.models import Case
from crm.lib.dates import add_months, local_day

KEPT_YEARS = 5  # DOMAIN.md 10: three at least, five recommended


def follow_hold(*, case: Case, actor, now: datetime) -> None:
    """Place, or release and note how long the case is kept. Nothing for a case about nobody in particular."""
    if case.customer_id is None:
        return
    customer = Customer.everyone.get(pk=case.customer_id)
    kind = Hold.Kind.COMPLAINT
    if case.is_open:
        place_hold(customer=customer, kind=kind, source=case.number, actor=None, now=now)
        return
    release_hold(customer=customer, kind=kind, source=case.number, actor=None, now=now)
    note_legal_retention(
        customer=customer,
        kind="complaint",
        source=case.number,
        until=add_months(local_day(case.closed_at or now), 12 * KEPT_YEARS),
    )
