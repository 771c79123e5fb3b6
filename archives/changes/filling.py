"""Blanks that the bank lets anybody in scope fill at once: recorded, the manager told, revertible by a request."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from archives.changes.models import Modification, Reason
from archives.changes.proposing import field_changes
from archives.customers.models import Customer
from archives.customers.services import lock_customer, save_archive
from archives.customers.values import write
from crm.lib.blanks import is_blank
from crm.lib.dates import local_day
from crm.notifications.services import notify


def split_direct(items: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(filled at once, needing approval) by the setting ARCHIVE_FILL_WITHOUT_APPROVAL."""
    direct = {key: text for key, text in items.items() if key in settings.ARCHIVE_FILL_WITHOUT_APPROVAL}
    return direct, {key: text for key, text in items.items() if key not in direct}


def fill_blanks(*, customer: Customer, items: dict[str, str], actor, reason_text: str, now: datetime) -> Customer:
    """Write `items` into blanks of the archive; a field that is no longer blank is left alone."""
    with transaction.atomic():
        customer = lock_customer(customer.pk)
        changes = [
            item
            for item in field_changes(customer, items, local_day(now))
            if is_blank(item.old) and item.field in items
        ]
        if not changes:
            return customer
        for item in changes:
            write(customer, item.field, item.new)
        customer = save_archive(customer=customer, actor=actor, reason=reason_text, now=now)
        Modification.objects.bulk_create(
            [
                Modification(
                    customer=customer, at=now, origin=Modification.Origin.DIRECT, field=item.field, old=item.old, new=item.new,
                    actor=actor, reason_code=Reason.COMPLETED, reason_text=reason_text, customer_version=customer.version,
                )
                for item in changes
            ]
        )  # fmt: skip
        if customer.manager_id and customer.manager_id != actor.pk:
            link = reverse("workbench:customer", args=[customer.number])
            params = {"number": customer.number, "who": actor.name}
            notify(recipient=customer.manager, kind="archive-filled", params=params, link=link, now=now)
    return customer
