"""The columns of the register (DOMAIN.md 1.6), in groups; names, documents, phones and addresses masked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from archives.classification.labels import label_of
from complaints.cases.codes import REGULATORS
from complaints.clocks.codes import ClockKind
from complaints.handling.models import CallBack
from complaints.overview.register_rows import Entry
from crm.lib.dates import SHANGHAI
from crm.privacy.masks import mask_address, mask_email, mask_id, mask_mobile, mask_name

Label = "str | Promise"


@dataclass(frozen=True)
class Column:
    group: "str | Promise"
    label: "str | Promise"
    value: Callable[[Entry], object]


def _moment(value: datetime | None) -> str:
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else ""


def _day(value: datetime | None) -> str:
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d") if value else ""


def _yes(value: object) -> str:
    return _("yes") if value else _("no")


def _yuan(cents: int | None) -> str:
    return f"{Decimal(cents) / 100:.2f}" if cents is not None else ""


def _name(person) -> str:
    return person.name if person else ""


HEAD = [
    (lazy("Outlet"), lambda e: e.case.respondent.name),
    (lazy("Branch number"), lambda e: e.case.respondent.code),
    (lazy("Case number"), lambda e: e.case.number),
    (lazy("Number at the other system"), lambda e: (e.case.load_key or "").partition(":")[2]),
    (lazy("Number of the regulator"), lambda e: e.case.regulator_number),
    (lazy("Kind"), lambda e: e.case.get_kind_display()),
    (lazy("State"), lambda e: e.case.get_state_display()),
    (lazy("Came by"), lambda e: e.case.get_source_display()),
    (lazy("Received"), lambda e: _moment(e.case.received_at)),
    (lazy("Registered"), lambda e: _moment(e.case.registered_at)),
    (lazy("Received at"), lambda e: e.case.branch.name),
    (lazy("First receiver"), lambda e: _name(e.case.first_receiver)),
    (lazy("Closed"), lambda e: _moment(e.ended_at)),
    (lazy("Round"), lambda e: e.case.round),
]
BASIC = [
    (lazy("Complainant"), lambda e: _("Anonymous") if e.case.is_anonymous else mask_name(e.of_person("name", "name"))),
    (lazy("Sex"), lambda e: e.of_person("sex", "sex")),
    (lazy("Division code"), lambda e: e.of_person("", "region")),
    (lazy("Address"), lambda e: mask_address(e.of_person("address", "address"))),
    (lazy("Document number"), lambda e: mask_id(e.of_person("id_number", "id_number"))),
    (lazy("Year of birth"), lambda e: e.of_person("", "birth_date")[:4]),
    (lazy("Telephone"), lambda e: mask_mobile(phone) if (phone := e.of_person("phone", "mobile")) else ""),
    (lazy("Telephone in the archive"), lambda e: mask_mobile(phone) if (phone := e.of_person("", "mobile")) else ""),
    (lazy("E-mail"), lambda e: mask_email(mail) if (mail := e.of_person("email", "email")) else ""),
    (lazy("Customer number"), lambda e: e.case.customer_number),
    (lazy("Class"), lambda e: label_of(e.case.class_code) if e.case.class_code else ""),
    (lazy("Special group"), lambda e: e.case.get_group_display()),
    (lazy("What happened"), lambda e: e.text(e.case.facts)),
    (lazy("Parent of the outlet"), lambda e: _name(e.case.respondent.parent)),
    (lazy("Level of the outlet"), lambda e: e.case.respondent.get_kind_display()),
    (lazy("Level"), lambda e: e.case.get_level_display()),
    (lazy("Urgency"), lambda e: e.case.get_urgency_display()),
    (lazy("Sensitivity"), lambda e: _("; ").join(str(one) for one in e.case.flags.all())),
    (lazy("Channel"), lambda e: str(e.case.channel or "")),
    (lazy("Business"), lambda e: str(e.case.business or "")),
    (lazy("Cause"), lambda e: str(e.case.cause or "")),
    (lazy("Standard's code of the channel"), lambda e: e.case.channel.code if e.case.channel else ""),
    (lazy("Standard's code of the business"), lambda e: e.case.business.code if e.case.business else ""),
    (lazy("Standard's code of the cause"), lambda e: e.case.cause.code if e.case.cause else ""),
    (lazy("Department in charge"), lambda e: e.case.department),
    (lazy("Product or service"), lambda e: e.text(e.case.product)),
    (lazy("Amount (10,000 yuan)"), lambda e: f"{Decimal(e.case.amount_cents) / 1_000_000:.2f}" if e.case.amount_cents is not None else ""),
    (lazy("Complainants"), lambda e: e.case.people),
    (lazy("What is asked for"), lambda e: e.text(e.case.demand)),
]  # fmt: skip
HANDLING = [
    (lazy("Supervising president or head"), lambda e: _name(e.case.investigator)),
    (lazy("Head who contacts the customer"), lambda e: _name(e.case.contact)),
    (lazy("Service officer"), lambda e: _name(e.case.officer)),
    (lazy("First contact at"), lambda e: _moment(e.contact.at) if e.contact else ""),
    (lazy("First contact by"), lambda e: e.contact.get_means_display() if e.contact else ""),
    (lazy("First contact, who"), lambda e: _name(e.contact.by) if e.contact else ""),
    (lazy("First contact, result"), lambda e: e.contact.get_result_display() if e.contact else ""),
    (lazy("Investigated in person"), lambda e: _yes(e.report.on_behalf_of_id is None) if e.report else ""),
    (lazy("Facts found"), lambda e: e.text(e.report.facts) if e.report else ""),
    (lazy("Solution"), lambda e: e.text(e.resolution.text) if e.resolution else ""),
    (lazy("Result"), lambda e: e.case.outcome or e.case.get_finding_display()),
    (lazy("Hours of handling"), lambda e: f"{(e.ended_at - e.case.received_at).total_seconds() / 3600:.1f}" if e.ended_at else ""),
]  # fmt: skip
REPLY = [
    (lazy("Answered"), lambda e: _yes(e.reply)),
    (lazy("Answered at"), lambda e: _moment(e.reply.sent_at) if e.reply else ""),
    (lazy("Answered by"), lambda e: e.reply.get_means_display() if e.reply else ""),
    (lazy("Answer late"), lambda e: _yes(e.reply.is_late) if e.reply else ""),
]
REVISIT = [
    (lazy("Called back"), lambda e: _yes(e.call_back and e.call_back.answer != CallBack.Answer.UNREACHED)),
    (lazy("Called back at"), lambda e: _day(e.call_back.at) if e.call_back else ""),
    (lazy("Called back from"), lambda e: e.call_back.by.branch.name if e.call_back else ""),
    (lazy("Satisfaction"), lambda e: dict(CallBack.Answer.choices).get(e.case.satisfaction, "")),
    (lazy("At the call-back"), lambda e: e.text(e.call_back.note) if e.call_back else ""),
]
CLOSE = [
    (lazy("Finding"), lambda e: e.case.get_finding_display()),
    (lazy("Service flaw"), lambda e: _yes(e.report.is_flaw) if e.report else ""),
    (lazy("Redress"), lambda e: _yes(e.granted)),
    (lazy("Redress (yuan)"), lambda e: _yuan(sum(one.amount_cents for one in e.granted)) if e.granted else ""),
    (lazy("Passed on by a regulator"), lambda e: _yes(e.case.source in REGULATORS)),
    (lazy("Answer to the regulator due on"), lambda e: str(e.case.regulator_due_on or "")),
    (lazy("Answer to the regulator at"), lambda e: _("; ").join(_day(one.answered_at) for one in e.case.transfers.all() if one.answered_at)),
    (lazy("Repeated"), lambda e: _yes(e.case.is_repeat)),
    (lazy("Escalated"), lambda e: _yes(e.case.escalated_at)),
    (lazy("Closed in time"), lambda e: "" if e.case.closed_in_time is None else _yes(e.case.closed_in_time)),
    (lazy("Why later than 15 days"), lambda e: _("; ").join(e.text(one.reason) for one in e.case.extensions.all() if one.granted)),
    (lazy("Root cause"), lambda e: e.text(e.report.root) if e.report else ""),
    (lazy("Measures"), lambda e: e.text(e.report.measures) if e.report else ""),
]  # fmt: skip
OWN = [
    (lazy("Apology at"), lambda e: _moment(e.apology.at) if e.apology else ""),
    (lazy("Apology, how"), lambda e: e.apology.get_means_display() if e.apology else ""),
    (lazy("Apology, who"), lambda e: _name(e.apology.by) if e.apology else ""),
    (lazy("Forgiven"), lambda e: e.apology.get_reaction_display() if e.apology else ""),
    (lazy("Points of conduct"), lambda e: _("; ").join(f"{one.number} {one.points}" for one in e.case.point_proposals.all())),
    (lazy("Spoken of in briefings"), lambda e: len(e.case.briefings.all())),
    (lazy("Improvement tasks"), lambda e: _("; ").join(f"{one.number} {one.get_state_display()} {one.owner.name} {one.due_on}" for one in e.improvements)),
]  # fmt: skip


def _clock(kind: str, what: str) -> Callable[[Entry], object]:
    def value(entry: Entry) -> object:
        clock = entry.clock(kind)
        if clock is None:
            return ""
        found = clock.due_at if what == "due" else getattr(clock, what)
        if what == "due":
            return _moment(found)
        return "" if found is None else f"{found.normalize():f} {clock.get_unit_display()}"

    return value


CLOCKS = [
    (kind.label, what, _clock(kind, field))
    for kind in ClockKind
    for what, field in (
        (lazy("target"), "counted"), (lazy("due"), "due"), (lazy("actual"), "actual"), (lazy("difference"), "difference")
    )
]  # fmt: skip
GROUPS = (
    (lazy("Identification of the case"), HEAD), (lazy("Basic facts"), BASIC), (lazy("Handling"), HANDLING), (lazy("Answer"), REPLY),
    (lazy("Call-back"), REVISIT), (lazy("Closing"), CLOSE), (lazy("The bank's own"), OWN),
)  # fmt: skip
COLUMNS = [Column(group, label, value) for group, pairs in GROUPS for label, value in pairs]
COLUMNS += [Column(clock, what, value) for clock, what, value in CLOCKS]


def heads() -> tuple[list[str], list[str]]:
    """The two head lines: groups, and labels."""
    return [str(one.group) for one in COLUMNS], [str(one.label) for one in COLUMNS]


def cells_of(entry: Entry) -> list[str]:
    return [str(one.value(entry)) for one in COLUMNS]
