"""A CRM-owned field that differs in the core system: nothing is overwritten, a change request asks."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from archives.changes.models import ChangeRequest, Kind, Reason
from archives.changes.services import propose_change
from archives.customers.models import Customer
from archives.feeds.models import FeedLoad
from crm.lib.refusals import Refused


def propose_difference(*, customer: Customer, items: dict[str, str], load: FeedLoad, now: datetime) -> bool:
    """Propose the feed's values for `customer`; False while an earlier difference is open or nobody can decide."""
    if ChangeRequest.objects.open().filter(customer=customer, proposer=None).exists():
        return False
    if _was_rejected(customer, items):
        return False
    try:
        with transaction.atomic():
            propose_change(
                customer=customer,
                proposer=None,
                kind=Kind.EDIT,
                items=items,
                part_items=[],
                reason_code=Reason.SYSTEM,
                reason_text=_("The core system states another value (load %(n)s).") % {"n": load.pk},
                evidence=[],
                token=None,
                base_version=customer.version,
                now=now,
            )
    except Refused:
        return False
    return True


def _was_rejected(customer: Customer, items: dict[str, str]) -> bool:
    """The same values were proposed by a feed and rejected: they are not asked again each night."""
    last = ChangeRequest.objects.filter(customer=customer, proposer=None, status="rejected").order_by("-pk").first()
    return last is not None and {item.field: item.new for item in last.items.all()} == items
