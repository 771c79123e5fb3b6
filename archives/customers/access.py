"""The one way to reach a customer."""

from django.http import Http404

from archives.customers.models import Customer
from crm.privacy.log import record
from crm.privacy.models import AccessEvent


def get_visible_customer(user, number: str, *, request=None) -> Customer:
    """The customer of `number` in `user`'s scope; Http404 otherwise. A refusal is logged where one exists."""
    rows = Customer.objects.select_related("branch", "manager", "assistant")
    customer = rows.visible_to(user).filter(number=number).first() if _sound(number) else None
    if customer is None:
        _log_refusal(user, number, request)
        raise Http404
    return customer


def _sound(number: str) -> bool:
    return number.isascii() and number.isalnum() and len(number) <= 12


def _log_refusal(user, number: str, request) -> None:
    stranger = Customer.objects.filter(number=number).only("pk", "number").first() if _sound(number) else None
    if stranger is not None:
        record(
            AccessEvent.Action.DENIED,
            request=request,
            actor=user,
            obj_type="customer",
            obj_id=stranger.pk,
            label=stranger.number,
        )
