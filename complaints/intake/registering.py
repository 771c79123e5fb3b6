"""What somebody tells when a case is registered: its parts, cleaned and checked. Nothing is written here."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from archives.customers.models import Customer
from complaints.cases.codes import Face, Flag, Group, Kind, Level, Part, Source, Urgency
from complaints.cases.models import Category, Party
from complaints.intake.rules import LENGTHS, REPRESENTATIVES, level_for, too_early
from crm.lib.blanks import clean_text, is_blank
from crm.lib.identifiers import IdentifierError
from crm.lib.phones import check_phone
from crm.lib.refusals import Refused
from crm.lib.wording import typed
from crm.staff.models import Branch, User

MOST_CENTS = 10**15
CHOICES: dict[str, Any] = {"kind": Kind, "source": Source, "level": Level, "urgency": Urgency}
SPEAKERS = frozenset({Part.PROXY, Part.HEIR})


@dataclass(frozen=True)
class Person:
    """Somebody in a case. Of a `customer` the archive holds name and contact: they are not asked again."""

    part: str = Part.COMPLAINANT
    customer: Customer | None = None
    name: str = ""
    phone: str = ""
    email: str = ""
    id_number: str = ""
    address: str = ""
    sex: str = ""
    authority: str = ""

    @property
    def is_nobody(self) -> bool:
        return self.customer is None and is_blank(self.name)


@dataclass(frozen=True)
class Registration:
    """All that a case begins with. Only source, outlet and what happened must be told; the rest may come later."""

    source: str
    respondent: Branch
    facts: str
    kind: str = Kind.COMPLAINT
    demand: str = ""
    level: str = Level.ORDINARY
    urgency: str = Urgency.III
    flags: Sequence[str] = ()
    group: str = ""
    channel: Category | None = None
    business: Category | None = None
    cause: Category | None = None
    product: str = ""
    amount_cents: int | None = None
    customer: Customer | None = None
    is_anonymous: bool = False
    people: int = 1
    parties: Sequence[Person] = ()
    respondents: Sequence[User] = ()
    received_at: datetime | None = None
    regulator_number: str = ""
    regulator_due_on: date | None = None
    lobby_event: Any = None
    extra: dict = field(default_factory=dict)  # other columns of the case, for imports


def cleaned(told: Registration, now: datetime) -> Registration:
    """`told` as it is stored. Raise Refused, at the field, with what is wrong."""
    for name, codes in CHOICES.items():
        if getattr(told, name) not in codes.values:
            raise at(name, _("Choose one of the list."))
    for name, face in (("channel", Face.CHANNEL), ("business", Face.BUSINESS), ("cause", Face.CAUSE)):
        category = getattr(told, name)
        if category is not None and category.face != face:
            raise at(name, _("Choose one of the list."))
    people = _people(told)
    return replace(
        told,
        facts=lines(told.facts, "facts", missing=_("Write down what happened, in the words of whoever complains.")),
        demand=lines(told.demand, "demand"),
        product=typed(told.product, LENGTHS["product"], field="product"),
        flags=_flags(told.flags),
        group=_group(told.group),
        amount_cents=amount(told.amount_cents),
        people=people,
        level=level_for(told.level, people),
        parties=_parties(told),
        received_at=received(told.received_at, now),
        regulator_number=typed(told.regulator_number, LENGTHS["regulator_number"], field="regulator_number"),
        regulator_due_on=regulator_day(told.regulator_due_on, now),
    )


def at(name: str, message: str) -> Refused:
    return Refused(message, fields={name: [message]})


def lines(text: str, name: str, *, missing: str = "", limit: int = 0) -> str:
    """Words of several lines."""
    limit = limit or LENGTHS[name]
    try:
        clean = clean_text(text or "", limit, lines=True)
    except ValueError as error:
        raise at(name, _("This takes at most %(n)s characters: shorten it.") % {"n": limit}) from error
    if missing and not clean:
        raise at(name, missing)
    return clean


def received(moment: datetime | None, now: datetime) -> datetime:
    """When it reached the bank: now, unless a letter came earlier."""
    if moment is None:
        return now
    if moment > now:
        raise at("received_at", _("It cannot have been received in the future."))
    if too_early(moment, now):
        raise at("received_at", _("This is more than a year ago: look at the date again."))
    return moment


def regulator_day(day: date | None, now: datetime) -> date | None:
    if day is not None and abs((day - now.date()).days) > 366:
        raise at("regulator_due_on", _("This is more than a year away: look at the date again."))
    return day


def amount(cents: int | None) -> int | None:
    if cents is not None and not 0 <= cents < MOST_CENTS:
        raise at("amount", _("This is no amount in yuan."))
    return cents


def _flags(flags: Sequence[str]) -> tuple[str, ...]:
    if set(flags) - set(Flag.values):
        raise at("flags", _("Choose one of the list."))
    return tuple(flag for flag in Flag.values if flag in flags)


def _group(group: str) -> str:
    if group and group not in Group.values:
        raise at("group", _("Choose one of the list."))
    return group


def _people(told: Registration) -> int:
    speaking = sum(person.part == Part.REPRESENTATIVE for person in told.parties)
    if speaking > REPRESENTATIVES:
        raise at("representatives", too_many())
    if not 1 <= told.people <= 1_000_000:
        raise at("people", _("Say how many people complain."))
    return max(told.people, speaking)


def too_many() -> str:
    return _("At most %(n)s people may represent a joint complaint: ask them to choose.") % {"n": REPRESENTATIVES}


def _parties(told: Registration) -> tuple[Person, ...]:
    if any(person.part in SPEAKERS and person.is_nobody for person in told.parties):
        raise at("proxy_name", _("Say who speaks for the customer."))
    found = [cleaned_person(person) for person in told.parties if not person.is_nobody]
    if told.is_anonymous and (found or told.customer):
        raise at(
            "is_anonymous", _("Anonymous means nobody is named: take out customer, name and contact, or untick it.")
        )
    if told.customer and not any(person.customer == told.customer for person in found):
        found.insert(0, Person(customer=told.customer))
    if not told.is_anonymous and not any(person.part not in SPEAKERS for person in found):
        raise at("name", _("Say who complains, or tick “anonymous”."))
    return tuple(found)


def cleaned_person(person: Person) -> Person:
    """`person` as stored; Refused at the field of the form where they stand."""
    if person.part not in Part.values:
        raise at("part", _("Choose one of the list."))
    speaks = person.part in SPEAKERS
    head = "proxy_" if speaks else ""

    def place(name: str) -> str:
        return "representatives" if person.part == Part.REPRESENTATIVE else f"{head}{name}"

    wanted = _("Say by what authorisation, or which proof of succession was shown.") if speaks else ""
    return replace(
        person,
        name=typed(person.name, 120, field=place("name")),
        phone=_phone(person.phone, place("phone")),
        email=typed(person.email, 120, field=place("email")),
        id_number=typed(person.id_number, 40, field=place("id_number")),
        address=typed(person.address, 200, field=place("address")),
        authority=typed(person.authority, 200, field="authority", missing=wanted),
    )


def _phone(text: str, name: str) -> str:
    text = typed(text, 60, field=name)
    try:
        return check_phone(text) if text else ""
    except IdentifierError as error:
        raise at(name, str(error)) from error


def party_of(person: Person, case) -> Party:
    return Party(
        case=case,
        part=person.part,
        customer=person.customer,
        name=person.name,
        sex=person.sex,
        phone=person.phone,
        email=person.email,
        id_number=person.id_number,
        address=person.address,
        authority=person.authority,
    )
