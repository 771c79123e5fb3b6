"""Which archives look like one and the same customer: same document, or same birth date and name or mobile phone."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, F, QuerySet, Window

from archives.customers.models import Customer
from archives.customers.parts import IdentityDocument

OTHERS = 10
DOCUMENT, NAME, MOBILE = "document", "name", "mobile"


def likely_twins() -> dict[int, dict[str, list[str]]]:
    """For every live archive with a twin: {pk: {number of the twin: reasons}}, at most ten twins each.

    Three passes over the whole table, each one statement; memory grows with the twins, not with the customers.
    """
    people = Customer.objects.filter(birth_date__isnull=False)
    same_name = people.exclude(name="")
    same_mobile = people.filter(mobile_index__isnull=False)
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    _pair(found, DOCUMENT, _documents())
    _pair(found, NAME, _repeated(same_name, "name", "birth_date"))
    _pair(found, MOBILE, _repeated(same_mobile, "mobile_index", "birth_date"))
    return {pk: {number: sorted(why) for number, why in sorted(others.items())} for pk, others in found.items()}


def _repeated(rows: QuerySet, *keys: str) -> Iterable[tuple]:
    """(pk, number, *keys) of the rows that are not alone with their keys."""
    alike = rows.annotate(alike=Window(Count("pk"), partition_by=[F(key) for key in keys])).filter(alike__gt=1)
    return alike.order_by().values_list("pk", "number", *keys).iterator()


def _documents() -> Iterable[tuple]:
    """Main documents and further ones, as (pk, number, index); the same index is the same document."""
    further = IdentityDocument.objects.filter(
        is_removed=False, customer__life="active", number_index__isnull=False
    ).order_by()
    mains = Customer.objects.filter(id_index__isnull=False)
    yield from _repeated(mains, "id_index")
    yield from mains.filter(id_index__in=further.values("number_index")).values_list("pk", "number", "id_index")
    yield from further.values_list("customer_id", "customer__number", "number_index").iterator()


def _pair(found: dict, why: str, rows: Iterable[tuple]) -> None:
    groups: dict[tuple, dict[int, str]] = defaultdict(dict)
    for pk, number, *keys in rows:
        groups[tuple(keys)][pk] = number
    for group in groups.values():
        if len(group) > 1:
            _name_each_other(found, why, sorted(group.items()))


def _name_each_other(found: dict, why: str, group: list[tuple[int, str]]) -> None:
    for pk, _number in group:
        for other, number in group[: OTHERS + 1]:
            if other != pk and (number in found[pk] or len(found[pk]) < OTHERS):
                found[pk][number].add(why)
