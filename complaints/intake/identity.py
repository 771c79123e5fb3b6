"""Who complains, as one reader may see it. Numbers and addresses are masked for everybody until they are revealed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.masking import name_for, present
from archives.customers.models import Customer
from archives.customers.revealing import QUOTA, left_today
from archives.customers.values import read
from complaints.cases.access import roles_of, sees_identity
from complaints.cases.codes import Role
from complaints.cases.models import Case, Party
from crm.lib.refusals import Refused
from crm.privacy.log import record
from crm.privacy.masks import mask_address, mask_email, mask_id, mask_mobile, mask_name
from crm.privacy.models import AccessEvent

# What was typed for the case: its mask. Beside it stands what the archive holds of a linked customer.
TYPED = {"phone": mask_mobile, "email": mask_email, "id_number": mask_id, "address": mask_address}
HELD = ("mobile", "phone", "email", "address")
ARCHIVE = "archive."


@dataclass(frozen=True)
class Value:
    """`reveal` is what to ask `intake:reveal` for; empty where the reader may not."""

    label: str
    text: str
    reveal: str = ""


@dataclass
class PartyRow:
    part: str
    name: str
    customer: Customer | None  # where the reader may open the archive
    number: str
    authority: str
    values: list[Value] = field(default_factory=list)


class Reader:
    """One person before one case."""

    def __init__(self, case: Case, user):
        self.case, self.user = case, user
        self.plain = sees_identity(case, user)
        self.is_first = Role.FIRST in roles_of(case, user)
        ids = {party.customer_id for party in case.parties.all()} | {case.customer_id}
        visible = Customer.objects.visible_to(user).filter(pk__in=[pk for pk in ids if pk])
        self.open_archives = set(visible.values_list("pk", flat=True))

    def reads(self, party: Party) -> bool:
        """Name and contact of `party` plain, or after a reason."""
        foreign = party.customer_id is not None and party.customer_id not in self.open_archives
        return self.plain or (self.is_first and not foreign)

    def may_reveal(self, party: Party) -> bool:
        return self.reads(party) and self.user.has_perm("archives.reveal_field")

    def name(self, party: Party) -> str:
        if party.customer is None:
            return party.name if self.reads(party) else mask_name(party.name)
        if self.reads(party):
            return name_for(self.user, party.customer)
        return _("customer of another branch") if self.is_first else mask_name(party.customer.name)

    def row(self, party: Party) -> PartyRow:
        known = party.customer if self.reads(party) and party.customer_id in self.open_archives else None
        number = party.customer.number if party.customer and (self.reads(party) or self.is_first) else ""
        row = PartyRow(party.get_part_display(), self.name(party), known, number, party.authority)
        for name, label, plain, masked in values_of(party, self.user):
            if plain and (not name.startswith(ARCHIVE) or self.reads(party)):
                row.values.append(Value(label, masked, f"{party.pk}:{name}" if self.may_reveal(party) else ""))
        return row


def values_of(party: Party, user):
    """(name, label, plain, masked) of everything there may be."""
    for name, mask in TYPED.items():
        plain = getattr(party, name)
        yield name, str(Party._meta.get_field(name).verbose_name), plain, mask(plain) if plain else ""
    if party.customer is None:
        return
    for key in HELD:
        known = CUSTOMER_FIELDS[key]
        if party.customer.kind in known.kinds:
            plain = read(party.customer, key)
            masked = present(known, plain, user=user, customer=party.customer)
            yield f"{ARCHIVE}{key}", _("%(what)s (archive)") % {"what": known.label}, plain, masked


def parties_of(case: Case, user) -> list[PartyRow]:
    reader = Reader(case, user)
    return [reader.row(party) for party in case.parties.select_related("customer")]


def reveal(*, case: Case, name: str, user, reason: str, request, now: datetime) -> tuple[str, str, str]:
    """(label, plain, masked) of `party id:value`. Http404 for what is not there, PermissionDenied, Refused past the quota.

    A value of an archive stands in the archive's own access log too, with the case as its reason.
    """
    pk, _colon, key = name.partition(":")
    sound = pk.isascii() and pk.isdigit() and len(pk) < 18
    party = case.parties.select_related("customer").filter(pk=int(pk)).first() if sound else None
    found = {value[0]: value for value in values_of(party, user)} if party else {}
    if party is None or not found.get(key, ("", "", ""))[2]:
        raise Http404
    if not Reader(case, user).may_reveal(party):
        raise PermissionDenied
    if left_today(user=user, now=now) <= 0:
        raise Refused(_("You have revealed %(n)s values within a day; ask your outlet head or wait.") % {"n": QUOTA})
    about: dict[str, Any] = {"obj_type": "case", "obj_id": case.pk, "label": case.number, "fields": name}
    if key.startswith(ARCHIVE):
        about = {"obj_type": "customer", "obj_id": party.customer_id, "label": party.customer.number, "fields": key.removeprefix(ARCHIVE)}  # fmt: skip
        reason = f"{reason} {case.number}"
    record(AccessEvent.Action.REVEAL, request=request, actor=user, reason=reason, now=now, **about)
    return found[key][1:]
