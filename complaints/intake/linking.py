"""The customer whom a typed number means, and what the bank already holds of them: shown, never asked again."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from archives.customers.duplicates import ELSEWHERE, may_ask
from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.masking import name_for, present
from archives.customers.models import Customer
from archives.customers.values import read
from complaints.cases.models import Case
from crm.lib.refusals import Refused
from crm.privacy.log import record
from crm.privacy.models import AccessEvent

HELD = ("mobile", "phone", "email", "address")


@dataclass(frozen=True)
class Held:
    """What the archive holds of a customer in scope, each value as its reader may see it."""

    customer: Customer
    name: str
    rows: list[tuple[str, str]]
    earlier: list[Case]


def customer_of(number: str, user, now: datetime, *, request=None) -> Customer | None:
    """The customer of `number`, in scope or not; None for no number. Raise Refused, at `customer`, where there is none.

    A customer of another outlet may complain here too: the number is linked, nothing of the archive is shown, and that
    somebody learned of it leaves a line and is counted like any such question.
    """
    number = number.replace(" ", "")
    if not number:
        return None
    customer = visible_customer(number, user)
    if customer:
        return customer
    if not may_ask(user, now):
        raise _at(_("Too many searches by sensitive numbers today: ask your outlet head."))
    elsewhere = Customer.objects.filter(number=number).first() if _sound(number) else None
    if elsewhere is None:
        raise _at(_("There is no customer with this number: look at it again, or leave it out and write the name."))
    record(
        AccessEvent.Action.SEARCH,
        request=request, actor=user, obj_type="customer", obj_id=elsewhere.pk, fields="number", result=ELSEWHERE, now=now,
    )  # fmt: skip
    return elsewhere


def visible_customer(number: str, user) -> Customer | None:
    return Customer.objects.visible_to(user).filter(number=number).first() if _sound(number) else None


def held_of(customer: Customer, user) -> Held:
    """What the page shows beside the form instead of asking."""
    rows = [
        (
            str(CUSTOMER_FIELDS[key].label),
            present(CUSTOMER_FIELDS[key], read(customer, key), user=user, customer=customer),
        )
        for key in HELD
        if customer.kind in CUSTOMER_FIELDS[key].kinds
    ]
    earlier = Case.objects.visible_to(user).of_customer(customer).order_by("-received_at", "-pk")[:5]
    return Held(customer, name_for(user, customer), [(label, text) for label, text in rows if text], list(earlier))


def _sound(number: str) -> bool:
    return number.isascii() and number.isalnum() and len(number) <= 12


def _at(message: str) -> Refused:
    return Refused(message, fields={"customer": [message]})
