"""Archives that may be of the same person, before another one is opened. Outside the scope: only that one exists."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.customers.parts import ContactPoint, IdentityDocument
from crm.lib.pinyin import name_keys
from crm.privacy.encryption import blind_index, normalise
from crm.privacy.models import AccessEvent

LIMIT = 10
ELSEWHERE = "exists elsewhere"
TOLD_A_DAY = 20


@dataclass(frozen=True)
class Hit:
    """`customer` is None outside the scope: then only `manager` and `branch` are told; `pk` is for the log."""

    customer: Customer | None
    name: str
    why: tuple[str, ...]
    manager: str
    branch: str
    certain: bool
    pk: int = 0


def likely_duplicates(values: dict[str, str], *, kind: str, user) -> list[Hit]:
    """By document or credit code (certain), by phone, by name, former name and pinyin. At most ten.

    Name and phone are looked up in scope only: elsewhere nothing but an exact document number tells.
    """
    exact = _same_document(values, kind)
    found: dict[int, tuple[Customer, list[str]]] = {}
    everywhere = Customer.everyone.select_related("manager", "branch")
    visible = Customer.objects.select_related("manager", "branch").visible_to(user)
    for customer in everywhere.filter(exact)[:LIMIT] if exact else ():
        found.setdefault(customer.pk, (customer, []))[1].append("document")
    for why, condition in _alike(values, kind).items():
        for customer in visible.filter(condition, kind=kind)[:LIMIT]:
            found.setdefault(customer.pk, (customer, []))[1].append(why)
    seen = set(visible.filter(pk__in=found).values_list("pk", flat=True))
    return [_hit(customer, why, customer.pk in seen, user) for customer, why in list(found.values())[:LIMIT]]


def names_a_document(values: dict[str, str]) -> bool:
    return bool(values.get("uscc") or normalise(values.get("id_number", "")))


def may_ask(user, now: datetime) -> bool:
    """Whether `user` may still be told that a document has an archive elsewhere: so often within 24 hours."""
    told = AccessEvent.objects.filter(
        actor=user, action=AccessEvent.Action.SEARCH, result=ELSEWHERE, at__gte=now - timedelta(days=1), at__lte=now
    )
    return told.count() < TOLD_A_DAY


def _same_document(values: dict[str, str], kind: str) -> Q | None:
    if not names_a_document(values):
        return None
    number = normalise(values.get("uscc") or values["id_number"])
    index = blind_index(number, purpose="id")
    further = IdentityDocument.objects.filter(number_index=index, is_removed=False)
    own = Q(uscc=number) if kind == "C" else Q(id_index=index)
    return own | Q(pk__in=list(further.values_list("customer", flat=True)[:LIMIT]))


def _alike(values: dict[str, str], kind: str) -> dict[str, Q]:
    conditions = {}
    name = values.get("name", "")
    names = [text for text in (name, values.get("former_name")) if text]
    if names:
        conditions["name"] = Q(name__in=names) | Q(former_name__in=names)
    if name:
        conditions["pinyin"] = Q(pinyin=name_keys(name, corporate=kind == "C").sort)
    if values.get("mobile"):
        index = blind_index(normalise(values["mobile"]), purpose="phone")
        points = ContactPoint.objects.filter(value_index=index, is_removed=False)
        conditions["phone"] = Q(mobile_index=index) | Q(pk__in=list(points.values_list("customer", flat=True)[:100]))
    return conditions


def _hit(customer: Customer, why: list[str], visible: bool, user) -> Hit:
    return Hit(
        customer=customer if visible else None,
        name=name_for(user, customer) if visible else "",
        why=tuple(dict.fromkeys(why)),
        manager=customer.manager.name if customer.manager else "",
        branch=customer.branch.name,
        certain="document" in why,
        pk=customer.pk,
    )
