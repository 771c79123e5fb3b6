"""Paging by key (seek): every page costs the same, rows that come or go move nothing."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet

SIGNER = Signer(salt="crm.keyset")


@dataclass
class Page:
    rows: list
    next_token: str | None
    previous_token: str | None

    @property
    def has_next(self) -> bool:
        return self.next_token is not None

    @property
    def has_previous(self) -> bool:
        return self.previous_token is not None

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


Order = Sequence[tuple[str, str]]


def page(queryset: QuerySet, *, order: Order, size: int, after: str | None = None, before: str | None = None) -> Page:
    """The rows after (or before) a token, `size` of them, in `order` [("pinyin", "asc"), ("pk", "asc")].

    The fields must not be null and the last one unique. A token that was altered, or is of another
    order, gives the first page.
    """
    names = [name for name, _ in order]
    backwards = bool(before) and not after
    key = _read(after or before, names)
    if key is None:
        backwards = False
    rows_wanted = queryset.order_by(*(_ordering(name, way, backwards) for name, way in order))
    try:
        rows = list((rows_wanted.filter(_beyond(order, key, backwards)) if key else rows_wanted)[: size + 1])
    except (ValueError, TypeError, ValidationError, FieldError):
        key, backwards = None, False
        rows = list(queryset.order_by(*(_ordering(n, w, False) for n, w in order))[: size + 1])
    if key and not rows:  # what stood beyond the token is gone
        return page(queryset, order=order, size=size)
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (bool(key), more) if backwards else (more, bool(key))
    return Page(
        rows,
        _token(rows[-1], names) if rows and has_next else None,
        _token(rows[0], names) if rows and has_previous else None,
    )


def _ordering(name: str, way: str, backwards: bool) -> str:
    return f"-{name}" if (way == "desc") != backwards else name


def _beyond(order: Order, key: list, backwards: bool) -> Q:
    """(a, b) > (x, y) spelled out, so that columns may go different ways."""
    condition = Q()
    for i, (name, way) in enumerate(order):
        step = "lt" if (way == "desc") != backwards else "gt"
        same = Q(**{other: key[j] for j, (other, _) in enumerate(order[:i])})
        condition |= same & Q(**{f"{name}__{step}": key[i]})
    first, way = order[0]
    bound = "lte" if (way == "desc") != backwards else "gte"
    return Q(**{f"{first}__{bound}": key[0]}) & condition


def _value(row: Any, name: str) -> Any:
    if isinstance(row, dict):
        return row[name]
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _token(row: Any, names: list[str]) -> str:
    values = [_plain(_value(row, name)) for name in names]
    body = base64.urlsafe_b64encode(json.dumps([names, values], ensure_ascii=False).encode()).decode().rstrip("=")
    return SIGNER.sign(body)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _read(token: str | None, names: list[str]) -> list | None:
    if not token or len(token) > 2000:
        return None
    try:
        body = SIGNER.unsign(token)
        stored, values = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (BadSignature, ValueError, TypeError, binascii.Error):
        return None
    return values if stored == names and len(values) == len(names) else None


def capped_count(queryset: QuerySet, cap: int = 1000) -> tuple[int, bool]:
    """How many rows, without reading past `cap` + 1: (number, is there more)."""
    counted = queryset.order_by().values("pk")[: cap + 1].count()
    return (cap, True) if counted > cap else (counted, False)
