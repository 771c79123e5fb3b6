"""Hiding and showing again: the state of life of a customer or an intelligence item, under lock and with history."""

from datetime import datetime

from django.db import connection

from archives.customers.models import Customer
from archives.customers.services import save_archive
from archives.intelligence.models import Intelligence
from crm.lib.refusals import Refused


def lock_hidden(subject):
    """The row of a customer or an item, hidden ones too, locked and freshly read; call inside a transaction."""
    rows = type(subject).everyone.all()
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return rows.get(pk=subject.pk)


def set_life(*, subject, life: str, actor, reason: str, now: datetime):
    """Lock `subject`, move it to `life`, write its history; the row as it stands now."""
    subject = lock_hidden(subject)
    subject.life = life
    if isinstance(subject, Customer):
        return save_archive(customer=subject, actor=actor, reason=reason, now=now)
    subject.version += 1
    subject._history_user, subject._change_reason, subject._history_date = actor, reason[:300], now
    subject.save()
    return subject


def customer_of(subject) -> Customer | None:
    return subject if isinstance(subject, Customer) else None


def item_of(subject) -> Intelligence | None:
    return subject if isinstance(subject, Intelligence) else None


def refuse_all(reasons: list[str]) -> None:
    """Raise Refused with everything that stands in the way; nothing where nothing does."""
    if reasons:
        raise Refused(" ".join(reasons))
