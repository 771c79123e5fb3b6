"""What the approver sees of each item: old and new with the changed characters marked, or three values."""

from dataclasses import dataclass, field
from typing import cast

from django.utils.translation import gettext as _

from archives.changes.deciding import live_value, moved
from archives.changes.models import ChangeItem, ChangeRequest
from archives.changes.proposing import is_key, label_of
from archives.changes.rows import unpack
from archives.customers.completeness import total_weight, weight_of
from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.masking import present, row_summary
from archives.customers.models import Customer
from crm.lib.blanks import is_blank
from crm.lib.textdiff import Run, marked


@dataclass
class Shown:
    """One item as `user` may see it; `hides` says that the mask covers the difference."""

    item: ChangeItem
    label: str
    is_key: bool
    old: list[Run]
    new: list[Run]
    was_blank: bool
    hides: bool = False
    three: list[tuple[str, str, list[Run]]] = field(default_factory=list)
    since_last: bool = False


def shown_items(request: ChangeRequest, items: list[ChangeItem], *, user) -> list[Shown]:
    """In order; values moved since the proposal come as three."""
    earlier = {(item.field, item.row): item.new for item in request.items.all() if item.round == request.round - 1}
    return [_shown(request, item, user, earlier) for item in items]


def _shown(request: ChangeRequest, item: ChangeItem, user, earlier: dict) -> Shown:
    customer = cast(Customer, request.customer)
    old, new = text_of(item, item.old, user, customer), text_of(item, item.new, user, customer)
    diff = marked(old, new)
    page = Shown(item, label_of(item), is_key(item), diff.old, diff.new, is_blank(item.old))
    page.hides = old == new and item.old != item.new
    page.since_last = request.round > 1 and earlier.get((item.field, item.row)) != item.new
    if request.is_open and moved(customer, item):
        live = text_of(item, live_value(customer, item), user, customer)
        page.three = [
            ("reject", _("Value at the proposal"), diff.old),
            ("keep", _("Value now"), marked(old, live).new),
            ("accept", _("Proposed value"), marked(live, new).new),
        ]
    return page


def text_of(item: ChangeItem, text: str, user, customer) -> str:
    """A stored value as `user` may see it."""
    if item.field.startswith("part:"):
        return row_summary(item.field.removeprefix("part:"), unpack(text), user=user, customer=customer)
    return present(CUSTOMER_FIELDS[item.field], text, user=user, customer=customer)


def gain(request: ChangeRequest, items: list[ChangeItem]) -> tuple[int, list[str]]:
    """Completeness if everything is approved, and the labels of what that fills."""
    customer = cast(Customer, request.customer)
    missing = set(customer.missing_keys)
    filled = [item for item in items if item.field in missing and not is_blank(item.new)]
    weight = sum(weight_of(item.field) for item in filled)
    percent = customer.completeness + round(weight * 100 / total_weight(customer.kind))
    return min(100, percent), [label_of(item) for item in filled]
