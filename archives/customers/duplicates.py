"""Archives that may be of the same person, before another one is opened. Outside the scope: only that one exists."""

from dataclasses import dataclass

from django.db.models import Q

from archives.customers.masking import name_for
from archives.customers.models import Customer
from crm.lib.pinyin import name_keys
from crm.privacy.encryption import blind_index, normalise

LIMIT = 10


@dataclass(frozen=True)
class Hit:
    """`customer` is None outside the scope: then only `manager` and `branch` are told."""

    customer: Customer | None
    name: str
    why: tuple[str, ...]
    manager: str
    branch: str
    certain: bool


def likely_duplicates(values: dict[str, str], *, kind: str, user) -> list[Hit]:
    """By document or credit code (certain), by phone, by name, former name and pinyin. At most ten.

    Name and phone are looked up in scope only: elsewhere nothing but an exact document number tells.
    """
    exact = _same_document(values)
    found: dict[int, tuple[Customer, list[str]]] = {}
    everywhere = Customer.objects.select_related("manager", "branch")
    visible = everywhere.visible_to(user)
    for customer in everywhere.filter(exact)[:LIMIT] if exact else ():
        found.setdefault(customer.pk, (customer, []))[1].append("document")
    for why, condition in _alike(values, kind).items():
        for customer in visible.filter(condition, kind=kind)[:LIMIT]:
            found.setdefault(customer.pk, (customer, []))[1].append(why)
    seen = set(visible.filter(pk__in=found).values_list("pk", flat=True))
    return [_hit(customer, why, customer.pk in seen, user) for customer, why in list(found.values())[:LIMIT]]


def _same_document(values: dict[str, str]) -> Q | None:
    if values.get("uscc"):
        return Q(uscc=values["uscc"])
    number = normalise(values.get("id_number", ""))
    if not number:
        return None
    index = blind_index(number, purpose="id")
    return Q(id_index=index) | Q(identitydocument_rows__number_index=index, identitydocument_rows__is_removed=False)


def _alike(values: dict[str, str], kind: str) -> dict[str, Q]:
    conditions = {}
    name = values.get("name", "")
    if name:
        conditions["name"] = Q(name=name) | Q(former_name=name)
        conditions["pinyin"] = Q(pinyin=name_keys(name, corporate=kind == "C").sort)
    if values.get("mobile"):
        index = blind_index(normalise(values["mobile"]), purpose="phone")
        conditions["phone"] = Q(mobile_index=index) | Q(contactpoint_rows__value_index=index)
    return conditions


def _hit(customer: Customer, why: list[str], visible: bool, user) -> Hit:
    return Hit(
        customer=customer if visible else None,
        name=name_for(user, customer) if visible else "",
        why=tuple(dict.fromkeys(why)),
        manager=customer.manager.name if customer.manager else "",
        branch=customer.branch.name,
        certain="document" in why,
    )
