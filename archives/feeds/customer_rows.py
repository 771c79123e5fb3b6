"""Customers of a feed: new archives opened many at once, known ones followed or asked about."""

from django.db.models import F, Q
from django.utils.translation import gettext as _

from archives.changes.record import record_feed
from archives.customers.bulk import derive, open_many, write_history
from archives.customers.models import Customer
from archives.customers.numbers import next_sequence, number_of
from archives.customers.successors import successors
from archives.customers.values import read, write
from archives.feeds.context import Context, Tally, core_id, once
from archives.feeds.differences import propose_difference
from archives.feeds.parsing import BadValue, CustomerRow
from crm.privacy.encryption import blind_index, normalise

Document = tuple[str, str]  # kind of document (or "uscc") and what finds it


def write_customers(context: Context, rows: list) -> Tally:
    tally = Tally()
    known = customers_by_key(context.source, [row.key for _line, row in rows])
    documents = _archives_by_document([row for _line, row in rows if row.key not in known])
    new: list[Customer] = []
    sequences: dict[str, int] = {}
    for line, row in once(tally, rows, context.profile.roles["customers"]["key"]):
        try:
            found = known.get(row.key) or _link(context, row, documents)
            if found and found.core_id not in (None, core_id(context.source, row.key)):
                tally.same += 1  # merged away: the values of the archive that remains were chosen by people
                continue
            if found:
                _update(context, found, row, tally)
                continue
            sequence = sequences[row.kind] = sequences.get(row.kind) or next_sequence(row.kind)
            customer = _new(context, row, number_of(row.kind, sequence))
        except BadValue as error:
            tally.refuse(line, error)
            continue
        new.append(customer)
        documents |= {document: customer for document in _documents(row)}
        sequences[row.kind] = sequence + 1
    if new:
        open_many(new, reason=context.reason, now=context.now)
        tally.added = len(new)
    return tally


def customers_by_key(source: str, keys: list[str]) -> dict[str, Customer]:
    """The archive of each key; where it was merged away, the one that remains."""
    wanted = [core_id(source, key) for key in keys]
    found = {row.core_id: row for row in Customer.everyone.filter(core_id__in=wanted)} | successors(wanted)
    return {number.removeprefix(f"{source}:"): row for number, row in found.items()}


def _documents(row: CustomerRow) -> list[Document]:
    """What must be of one archive only: the credit code, and kind and number of the document."""
    found = [("uscc", row.values["uscc"])] if row.values.get("uscc") else []
    index = blind_index(normalise(row.values.get("id_number", "")), purpose="id")
    return [*found, (row.values.get("id_kind", ""), index)] if index else found


def _archives_by_document(rows: list[CustomerRow]) -> dict[Document, Customer]:
    wanted = [document for row in rows for document in _documents(row)]
    codes = [value for kind, value in wanted if kind == "uscc"]
    indexes = [value for kind, value in wanted if kind != "uscc"]
    if not wanted:
        return {}
    found: dict[Document, Customer] = {}
    for customer in Customer.everyone.filter(Q(uscc__in=codes) | Q(id_index__in=indexes)):
        found |= {("uscc", customer.uscc or ""): customer, (customer.id_kind, customer.id_index or ""): customer}
    return found


def _link(context: Context, row: CustomerRow, documents: dict[Document, Customer]) -> Customer | None:
    """The archive opened by hand that this row's document names becomes the core system's; with history."""
    for document in _documents(row):
        customer = documents.get(document)
        if customer is None:
            continue
        if customer.core_id or customer.kind != row.kind or customer.pk is None:
            key = "uscc" if document[0] == "uscc" else "id_number"
            column = context.profile.roles["customers"].get("fields", {}).get(key, key)
            raise BadValue(column, _("Another archive has this document: correct one of the two in the core system."))
        _follow(context, customer, core_id=core_id(context.source, row.key))
        return customer
    return None


def _new(context: Context, row: CustomerRow, number: str) -> Customer:
    customer = Customer(
        number=number,
        kind=row.kind,
        branch=context.branch_of(row.district),
        source="core",
        core_id=core_id(context.source, row.key),
        opened_on=row.opened_on or context.load.covers_from or context.today,
        created_at=context.now,
    )
    for key, text in row.values.items():
        write(customer, key, text)
    return derive(customer, set())


def _update(context: Context, customer: Customer, row: CustomerRow, tally: Tally) -> None:
    """Core-owned fields follow the feed; a difference in ours becomes a change request."""
    changed = False
    if row.opened_on and customer.opened_on != row.opened_on:
        _follow(context, customer, opened_on=row.opened_on)
        changed = True
    differing = {key: text for key, text in row.values.items() if text != read(customer, key)}
    if differing and customer.life == "active":  # nobody decides about an archive in the recycle bin
        changed |= propose_difference(customer=customer, items=differing, load=context.load, now=context.now)
    tally.changed += changed
    tally.same += not changed


def _follow(context: Context, customer: Customer, **fields) -> None:
    """Core-owned fields take the feed's values: version, history and a line of the modification record each."""
    before = {key: read(customer, key) for key in fields}
    Customer.everyone.filter(pk=customer.pk).update(version=F("version") + 1, **fields)
    write_history(Customer, [customer.pk], kind="~", reason=context.reason, now=context.now)
    customer.refresh_from_db(fields=["version", *fields])
    record_feed(customer=customer, before=before, reason=context.reason, now=context.now)
