"""Two archives side by side: which fields differ, which value stays, what was changed since somebody looked."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.models import Customer
from archives.customers.values import check_together, read, write
from crm.lib.blanks import is_blank
from crm.lib.refusals import Moved, Refused
from crm.privacy.catalogue import Field, Owner

SURVIVOR, LOSER = "survivor", "loser"
# What belongs to one document: its number takes the rest along.
DOCUMENT = ("id_kind", "id_valid_from", "id_valid_until", "id_permanent")
# What one archive only may hold: the merged archive gives it up when the remaining one takes it.
UNIQUE = ("id_number", "uscc", "core_id")


def shown_fields(kind: str) -> list[Field]:
    """Every field of the catalogue but what the software keeps for itself (branch, manager, number)."""
    return [field for field in CUSTOMER_FIELDS.of_kind(kind) if field.owner != Owner.SYSTEM]


def differing(survivor: Customer, loser: Customer) -> dict[str, tuple[str, str]]:
    """{field key: (text of the survivor, text of the loser)} where the two differ, in page order."""
    pairs = {f.key: (read(survivor, f.key), read(loser, f.key)) for f in shown_fields(survivor.kind)}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def is_choosable(key: str) -> bool:
    """Fields of the core system follow it: nobody chooses."""
    return CUSTOMER_FIELDS[key].owner == Owner.CRM


def default_choices(survivor: Customer, loser: Customer) -> dict[str, str]:
    """What is not blank wins, else the survivor; a document is taken with its number."""
    pairs = {key: pair for key, pair in differing(survivor, loser).items() if is_choosable(key)}
    chosen = {key: LOSER if is_blank(ours) and not is_blank(theirs) else SURVIVOR for key, (ours, theirs) in pairs.items()}  # fmt: skip
    number = pairs.get(number_key(survivor.kind))
    if number and not is_blank(number[1]):
        side = chosen[number_key(survivor.kind)]
        chosen |= {key: side for key in DOCUMENT if key in chosen}
    return chosen


def number_key(kind: str) -> str:
    return "uscc" if kind == "C" else "id_number"


def all_choices(survivor: Customer, loser: Customer, chosen: dict[str, str]) -> dict[str, str]:
    """`chosen` completed by the defaults, for the fields that differ. Raise Refused for what cannot be chosen."""
    for key, side in chosen.items():
        known = key in CUSTOMER_FIELDS and survivor.kind in CUSTOMER_FIELDS[key].kinds and is_choosable(key)
        if not known or side not in (SURVIVOR, LOSER):
            raise Refused(_("This field is not chosen in a merge: %(key)s.") % {"key": str(key)[:40]})
    start = default_choices(survivor, loser)
    complete = start | {key: side for key, side in chosen.items() if key in start}
    _refuse_half_a_document(survivor, loser, complete)
    return complete


def _refuse_half_a_document(survivor: Customer, loser: Customer, choices: dict[str, str]) -> None:
    key = number_key(survivor.kind)
    if key not in choices or is_blank(read(loser, key)):
        return
    torn = [part for part in DOCUMENT if choices.get(part, choices[key]) != choices[key]]
    if torn:
        message = _("Document number, kind and validity belong together: choose all of them from the same archive.")
        raise Refused(message, fields={part: [message] for part in torn})


def values_taken(survivor: Customer, loser: Customer, choices: dict[str, str]) -> dict[str, str]:
    """{field key: text} that the survivor takes from the loser; its number in the core system where it has none."""
    pairs = differing(survivor, loser)
    taken = {key: pairs[key][1] for key, side in choices.items() if side == LOSER and key in pairs}
    if not survivor.core_id and loser.core_id:
        taken["core_id"] = loser.core_id
    return taken


def refuse_misfits(survivor: Customer, taken: dict[str, str], today: date) -> None:
    """The values that would stand together after the merge must fit."""
    values = {field.key: read(survivor, field.key) for field in CUSTOMER_FIELDS.of_kind(survivor.kind)} | taken
    try:
        check_together(values, kind=survivor.kind, today=today, touched=set(taken))
    except ValidationError as error:
        message = _("The chosen values do not fit together: %(why)s") % {"why": " ".join(error.messages)}
        raise Refused(message, fields=error.message_dict) from error


def put(customer: Customer, key: str, text: str) -> None:
    """`values.write`, and a blank number of the core system is none."""
    write(customer, key, text)
    customer.core_id = customer.core_id or None


def changed_since(customer: Customer, version: int) -> set[str]:
    """Keys of fields whose value is another than at `version`."""
    if version >= customer.version:
        return set()
    then = Customer.history.filter(id=customer.pk, version=version).order_by("-history_id").first()
    if then is None:
        return set()
    return {f.key for f in shown_fields(customer.kind) if read(then, f.key) != read(customer, f.key)}


def refuse_moved(survivor: Customer, loser: Customer, *, survivor_version: int, loser_version: int) -> None:
    """Raise Moved where a value to choose from changed after the choice was made."""
    moved = changed_since(survivor, survivor_version) | changed_since(loser, loser_version)
    labels = [str(f.label) for f in shown_fields(survivor.kind) if f.key in moved and is_choosable(f.key)]
    if labels:
        message = _("Values have changed since the choice: %(fields)s. Look at both archives again and choose anew.")
        raise Moved(message % {"fields": ", ".join(labels)})
