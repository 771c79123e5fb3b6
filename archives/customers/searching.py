"""Finding customers: any part of the name, pinyin in full, initials, mixed, number; sensitive tails by index.

On PostgreSQL the first narrowing uses the indexes of migration 0002; the exact check is one regular
expression over `search_key`. SQLite reads through.
"""

import re

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.functions import Length

from archives.customers.models import Customer
from crm.lib.pinyin import clean_query, search_pattern
from crm.privacy.encryption import blind_index, normalise

NUMBER = re.compile(r"[18]\d{9}")


def search(queryset: QuerySet, query: str) -> QuerySet:
    """Rows whose name (present or former) or number holds `query`; nothing for a query without a letter."""
    text = clean_query(query)
    if not text:
        return queryset.none() if query.strip() else queryset
    if text.isascii() and text.isdigit() and len(text) >= 4:
        return queryset.filter(Q(number__startswith=text) | Q(core_id=text) | _by_name(text))
    return queryset.filter(_by_name(text))


def _by_name(text: str) -> Q:
    return _narrowed(text) & Q(search_key__regex=search_pattern(text))


def _narrowed(text: str) -> Q:
    """A cheap superset of the matches that an index can answer."""
    if text.isascii():
        return Q(pinyin_keys__contains=text)
    if connection.vendor != "postgresql":
        return Q()
    return Q(_HoldsGrams(re.findall(r"[^\x00-\x7f]+", text)))


class _HoldsGrams(Func):
    """`crm_grams(search_key)` holds every one- and two-character piece of the query's Han runs."""

    def __init__(self, runs: list[str]):
        super().__init__(F("search_key"), Value(" ".join(runs)), output_field=BooleanField())

    def as_sql(self, compiler, connection, **context):
        column, _none = compiler.compile(self.source_expressions[0])
        query, params = compiler.compile(self.source_expressions[1])
        return f"crm_grams({column}) @> crm_grams({query})", params


def ranked(queryset: QuerySet, query: str, limit: int) -> list[Customer]:
    """The first `limit` hits: exact number or name, then names that begin so, then the rest; short names first."""
    text = clean_query(query)
    hits = list(search(queryset, query).annotate(size=Length("name")).order_by("size", "pinyin", "pk")[: limit * 4])

    def rank(customer: Customer) -> tuple:
        keys = customer.pinyin_keys.split()
        exact = text in (customer.number, customer.name.lower()) or text in keys
        begins = customer.name.lower().startswith(text) or any(key.startswith(text) for key in keys)
        return (not exact, not begins, len(customer.name), customer.pinyin)

    return sorted(hits, key=rank)[:limit]


def by_phone(queryset: QuerySet, typed: str) -> QuerySet:
    """Four digits are a tail, more the whole number; contact points count too."""
    return _by_index(
        queryset, typed, "phone", ("mobile", "mobile_tail"), ("contactpoint_rows__value", "contactpoint_rows__tail")
    )


def by_document(queryset: QuerySet, typed: str) -> QuerySet:
    """Four characters are a tail, more the whole number; further documents and credit codes count too."""
    text = normalise(typed)
    found = _by_index(
        queryset, typed, "id", ("id", "id_tail"), ("identitydocument_rows__number", "identitydocument_rows__tail")
    )
    return queryset.filter(Q(pk__in=found.values("pk")) | Q(uscc=text)) if len(text) == 18 else found


def _by_index(queryset: QuerySet, typed: str, purpose: str, own: tuple[str, str], part: tuple[str, str]) -> QuerySet:
    text = normalise(typed)
    if len(text) < 4:
        return queryset.none()
    tail = len(text) == 4
    value = blind_index(text, purpose=f"{purpose}.tail" if tail else purpose)
    row = part[tail].rsplit("__", 1)[0]
    in_part = Q(**{f"{part[tail]}_index": value, f"{row}__is_removed": False})
    return queryset.filter(Q(**{f"{own[tail]}_index": value}) | Q(pk__in=Customer.objects.filter(in_part).values("pk")))
