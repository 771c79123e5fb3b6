"""Changes to archives: opening one, saving one under the lock, assigning its manager."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.customers import codes
from archives.customers.completeness import assess
from archives.customers.fields import EDITABLE
from archives.customers.models import Customer, CustomerFigures
from archives.customers.numbers import next_sequence, number_of
from archives.customers.parts import PARTS
from archives.customers.values import read, write, write_row
from crm.lib.dates import local_day
from crm.lib.pinyin import name_keys
from crm.notifications.services import notify

TRIES = 8


class ArchiveError(Exception):
    """What an archive refuses; the text is for people."""


def open_archive(
    *, values: dict[str, str], parts: Sequence[tuple[str, dict[str, str]]] = (), kind: str, branch, manager, actor,
    now: datetime, source: str = codes.Source.BRANCH, token: str | None = None, assistant=None,
) -> Customer:  # fmt: skip
    """A new archive from clean canonical `values`, live at once; the manager is told.

    Empty values leave defaults (status, source). `parts` are (part name, clean row). The same `token` again
    returns the archive it opened. Raise IntegrityError when the document or credit code has an archive.
    """
    for attempt in range(TRIES):
        opened = already_opened(token=token, actor=actor)
        if opened:
            return opened
        try:
            with transaction.atomic():
                return _open(values, parts, kind, branch, manager, assistant, actor, now, source, token, attempt)
        except IntegrityError as error:
            retry = "open_token" in str(error) or "customer_number" in str(error) or "customer.number" in str(error)
            if not retry or attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def already_opened(*, token: str | None, actor) -> Customer | None:
    """The archive that `actor` opened with this submission before: a double click."""
    return Customer.objects.filter(open_token=token, created_by=actor).first() if token else None


def _open(values, parts, kind, branch, manager, assistant, actor, now, source, token, attempt) -> Customer:
    customer = Customer(
        number=number_of(kind, next_sequence(kind) + attempt),
        kind=kind,
        branch=branch,
        manager=manager,
        assistant=assistant,
        source=source,
        opened_on=local_day(now),
        created_at=now,
        created_by=actor,
        open_token=token or None,
    )
    for key, text in values.items():
        if text:
            write(customer, key, text)
    _derive_names(customer)
    _assess(customer, _people_in(parts))
    _track(customer, actor, "opened")
    customer._history_date = now
    customer.save(force_insert=True)
    CustomerFigures.objects.create(customer=customer)
    for part, row in parts:
        add_row(customer=customer, part=part, values=row, actor=actor, reason="opened")
    if manager is not None and manager != actor:
        notify(
            recipient=manager,
            kind="archive_opened",
            params={"number": customer.number, "who": actor.name if actor else ""},
            link=reverse("workbench:customer", args=[customer.number]),
            now=now,
        )
    return customer


def lock_customer(pk: int) -> Customer:
    """The row, locked and freshly read, hidden or not; call inside a transaction (SQLite holds the write lock already)."""
    rows = Customer.everyone.all()
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return rows.get(pk=pk)


def save_archive(*, customer: Customer, actor, reason: str, now: datetime) -> Customer:
    """Save a customer that the caller locked, re-read and changed: names, gaps, version, history row."""
    _derive_names(customer)
    _assess(customer, people_of(customer))
    customer.version += 1
    _track(customer, actor, reason)
    customer._history_date = now
    customer.save()
    return customer


def _track(row, actor, reason: str) -> None:
    row._history_user = actor
    row._change_reason = reason[:300]


def _derive_names(customer: Customer) -> None:
    keys = name_keys(customer.name, corporate=not customer.is_personal)
    former = name_keys(customer.former_name, corporate=not customer.is_personal) if customer.former_name else None
    customer.pinyin = keys.sort or f"~{customer.number}"
    customer.pinyin_keys = f"{keys.keys} {former.keys}" if former else keys.keys
    customer.search_key = f"{keys.search_key}\n{former.search_key}" if former else keys.search_key


def _assess(customer: Customer, people: set[str]) -> None:
    values = {key: read(customer, key) for key in EDITABLE}
    customer.completeness, missing = assess(values, kind=customer.kind, people=people)
    customer.missing = f" {' '.join(missing)} " if missing else ""


def _people_in(parts) -> set[str]:
    found = {f"person:{row['role']}" for part, row in parts if part == "relatedperson"}
    return found | ({"owner"} if any(part == "beneficialowner" for part, _row in parts) else set())


def people_of(customer: Customer) -> set[str]:
    """Keys of MANDATORY_PEOPLE that the archive has."""
    if customer.is_personal or not customer.pk:
        return set()
    rows = customer.relatedperson_rows.filter(is_removed=False)
    found = {f"person:{role}" for role, name in rows.values_list("role", "name") if name}
    return found | ({"owner"} if customer.beneficialowner_rows.filter(is_removed=False).exists() else set())


def add_row(*, customer: Customer, part: str, values: dict[str, str], actor, reason: str):
    """A new row of a part, from clean values."""
    return _write_part(PARTS[part](customer=customer), part, values, actor, reason)


def change_row(*, row, part: str, values: dict[str, str], actor, reason: str):
    return _write_part(row, part, values, actor, reason)


def remove_row(*, row, actor, reason: str):
    row.is_removed = True
    _track(row, actor, reason)
    row.save()
    return row


def _write_part(row, part: str, values: dict[str, str], actor, reason: str):
    other = None
    if part == "relation":
        other = Customer.objects.get(number=values["other"])
    write_row(row, part, values, other=other)
    _track(row, actor, reason)
    row.save()
    return row


def assign_manager(*, customer: Customer, manager, actor, reason: str, now: datetime) -> Customer:
    """Give an archive to a manager of its branch."""
    if manager is not None and manager.branch_id != customer.branch_id:
        raise ArchiveError(_("This manager works at another branch: choose one of the chosen branch."))
    with transaction.atomic():
        customer = lock_customer(customer.pk)
        customer.manager = manager
        return save_archive(customer=customer, actor=actor, reason=reason, now=now)
