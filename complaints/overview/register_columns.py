"""The columns of the register (DOMAIN.md 1.6), in groups; names, documents, phones and addresses masked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
    (gettext_lazy("Outlet"), lambda e: e.case.respondent.name),
    (gettext_lazy("Branch number"), lambda e: e.case.respondent.code),
    (gettext_lazy("Case number"), lambda e: e.case.number),
    (gettext_lazy("Number at the other system"), lambda e: (e.case.load_key or "").partition(":")[2]),
    (gettext_lazy("Number of the regulator"), lambda e: e.case.regulator_number),
    (gettext_lazy("Kind"), lambda e: e.case.get_kind_display()),
    (gettext_lazy("State"), lambda e: e.case.get_state_display()),
    (gettext_lazy("Came by"), lambda e: e.case.get_source_display()),
    (gettext_lazy("Received"), lambda e: _moment(e.case.received_at)),
    (gettext_lazy("Registered"), lambda e: _moment(e.case.registered_at)),
    (gettext_lazy("Received at"), lambda e: e.case.branch.name),
    (gettext_lazy("First receiver"), lambda e: _name(e.case.first_receiver)),
    (gettext_lazy("Closed"), lambda e: _moment(e.ended_at)),
    (gettext_lazy("Round"), lambda e: e.case.round),
]
BASIC = [
    (gettext_lazy("Complainant"), lambda e: _("Anonymous") if e.case.is_anonymous else mask_name(e.of_person("name", "name"))),
    (gettext_lazy("Sex"), lambda e: e.of_person("sex", "sex")),
    (gettext_lazy("Division code"), lambda e: e.of_person("", "region")),
    (gettext_lazy("Address"), lambda e: mask_address(e.of_person("address", "address"))),
    (gettext_lazy("Document number"), lambda e: mask_id(e.of_person("id_number", "id_number"))),
    (gettext_lazy("Year of birth"), lambda e: e.of_person("", "birth_date")[:4]),
    (gettext_lazy("Telephone"), lambda e: mask_mobile(phone) if (phone := e.of_person("phone", "mobile")) else ""),
    (gettext_lazy("Telephone in the archive"), lambda e: mask_mobile(phone) if (phone := e.of_person("", "mobile")) else ""),
    (gettext_lazy("E-mail"), lambda e: mask_email(mail) if (mail := e.of_person("email", "email")) else ""),
    (gettext_lazy("Customer number"), lambda e: e.case.customer_number),
    (gettext_lazy("Class"), lambda e: label_of(e.case.class_code) if e.case.class_code else ""),
    (gettext_lazy("Special group"), lambda e: e.case.get_group_display()),
    (gettext_lazy("What happened"), lambda e: e.text(e.case.facts)),
    (gettext_lazy("Parent of the outlet"), lambda e: _name(e.case.respondent.parent)),
    (gettext_lazy("Level of the outlet"), lambda e: e.case.respondent.get_kind_display()),
    (gettext_lazy("Level"), lambda e: e.case.get_level_display()),
    (gettext_lazy("Urgency"), lambda e: e.case.get_urgency_display()),
    (gettext_lazy("Sensitivity"), lambda e: _("; ").join(str(one) for one in e.case.flags.all())),
    (gettext_lazy("Channel"), lambda e: str(e.case.channel or "")),
    (gettext_lazy("Business"), lambda e: str(e.case.business or "")),
    (gettext_lazy("Cause"), lambda e: str(e.case.cause or "")),
    (gettext_lazy("Standard's code of the channel"), lambda e: e.case.channel.code if e.case.channel else ""),
    (gettext_lazy("Standard's code of the business"), lambda e: e.case.business.code if e.case.business else ""),
    (gettext_lazy("Standard's code of the cause"), lambda e: e.case.cause.code if e.case.cause else ""),
    (gettext_lazy("Department in charge"), lambda e: e.case.department),
    (gettext_lazy("Product or service"), lambda e: e.text(e.case.product)),
    (gettext_lazy("Amount (10,000 yuan)"), lambda e: f"{Decimal(e.case.amount_cents) / 1_000_000:.2f}" if e.case.amount_cents is not None else ""),
    (gettext_lazy("Complainants"), lambda e: e.case.people),
    (gettext_lazy("What is asked for"), lambda e: e.text(e.case.demand)),
]  # fmt: skip
HANDLING = [
    (gettext_lazy("Supervising president or head"), lambda e: _name(e.case.investigator)),
    (gettext_lazy("Head who contacts the customer"), lambda e: _name(e.case.contact)),
    (gettext_lazy("Service officer"), lambda e: _name(e.case.officer)),
    (gettext_lazy("First contact at"), lambda e: _moment(e.contact.at) if e.contact else ""),
    (gettext_lazy("First contact by"), lambda e: e.contact.get_means_display() if e.contact else ""),
    (gettext_lazy("First contact, who"), lambda e: _name(e.contact.by) if e.contact else ""),
    (gettext_lazy("First contact, result"), lambda e: e.contact.get_result_display() if e.contact else ""),
    (gettext_lazy("Investigated in person"), lambda e: _yes(e.report.on_behalf_of_id is None) if e.report else ""),
    (gettext_lazy("Facts found"), lambda e: e.text(e.report.facts) if e.report else ""),
    (gettext_lazy("Solution"), lambda e: e.text(e.resolution.text) if e.resolution else ""),
    (gettext_lazy("Result"), lambda e: e.case.outcome or e.case.get_finding_display()),
    (gettext_lazy("Hours of handling"), lambda e: f"{(e.ended_at - e.case.received_at).total_seconds() / 3600:.1f}" if e.ended_at else ""),
]  # fmt: skip
REPLY = [
    (gettext_lazy("Answered"), lambda e: _yes(e.reply)),
    (gettext_lazy("Answered at"), lambda e: _moment(e.reply.sent_at) if e.reply else ""),
    (gettext_lazy("Answered by"), lambda e: e.reply.get_means_display() if e.reply else ""),
    (gettext_lazy("Answer late"), lambda e: _yes(e.reply.is_late) if e.reply else ""),
]
REVISIT = [
    (gettext_lazy("Called back"), lambda e: _yes(e.call_back and e.call_back.answer != CallBack.Answer.UNREACHED)),
    (gettext_lazy("Called back at"), lambda e: _day(e.call_back.at) if e.call_back else ""),
    (gettext_lazy("Called back from"), lambda e: e.call_back.by.branch.name if e.call_back else ""),
    (gettext_lazy("Satisfaction"), lambda e: dict(CallBack.Answer.choices).get(e.case.satisfaction, "")),
    (gettext_lazy("At the call-back"), lambda e: e.text(e.call_back.note) if e.call_back else ""),
]
CLOSE = [
    (gettext_lazy("Finding"), lambda e: e.case.get_finding_display()),
    (gettext_lazy("Service flaw"), lambda e: _yes(e.report.is_flaw) if e.report else ""),
    (gettext_lazy("Redress"), lambda e: _yes(e.granted)),
    (gettext_lazy("Redress (yuan)"), lambda e: _yuan(sum(one.amount_cents for one in e.granted)) if e.granted else ""),
    (gettext_lazy("Passed on by a regulator"), lambda e: _yes(e.case.source in REGULATORS)),
    (gettext_lazy("Answer to the regulator due on"), lambda e: str(e.case.regulator_due_on or "")),
    (gettext_lazy("Answer to the regulator at"), lambda e: _("; ").join(_day(one.answered_at) for one in e.case.transfers.all() if one.answered_at)),
    (gettext_lazy("Repeated"), lambda e: _yes(e.case.is_repeat)),
    (gettext_lazy("Escalated"), lambda e: _yes(e.case.escalated_at)),
    (gettext_lazy("Closed in time"), lambda e: "" if e.case.closed_in_time is None else _yes(e.case.closed_in_time)),
    (gettext_lazy("Why later than 15 days"), lambda e: _("; ").join(e.text(one.reason) for one in e.case.extensions.all() if one.granted)),
    (gettext_lazy("Root cause"), lambda e: e.text(e.report.root) if e.report else ""),
    (gettext_lazy("Measures"), lambda e: e.text(e.report.measures) if e.report else ""),
]  # fmt: skip
OWN = [
    (gettext_lazy("Apology at"), lambda e: _moment(e.apology.at) if e.apology else ""),
    (gettext_lazy("Apology, how"), lambda e: e.apology.get_means_display() if e.apology else ""),
    (gettext_lazy("Apology, who"), lambda e: _name(e.apology.by) if e.apology else ""),
    (gettext_lazy("Forgiven"), lambda e: e.apology.get_reaction_display() if e.apology else ""),
    (gettext_lazy("Points of conduct"), lambda e: _("; ").join(f"{one.number} {one.points}" for one in e.case.point_proposals.all())),
    (gettext_lazy("Spoken of in briefings"), lambda e: len(e.case.briefings.all())),
    (gettext_lazy("Improvement tasks"), lambda e: _("; ").join(f"{one.number} {one.get_state_display()} {one.owner.name} {one.due_on}" for one in e.improvements)),
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
        (gettext_lazy("target"), "counted"), (gettext_lazy("due"), "due"), (gettext_lazy("actual"), "actual"), (gettext_lazy("difference"), "difference")
    )
]  # fmt: skip
GROUPS = (
    (gettext_lazy("Identification of the case"), HEAD), (gettext_lazy("Basic facts"), BASIC), (gettext_lazy("Handling"), HANDLING), (gettext_lazy("Answer"), REPLY),
    (gettext_lazy("Call-back"), REVISIT), (gettext_lazy("Closing"), CLOSE), (gettext_lazy("The bank's own"), OWN),
)  # fmt: skip
COLUMNS = [Column(group, label, value) for group, pairs in GROUPS for label, value in pairs]
COLUMNS += [Column(clock, what, value) for clock, what, value in CLOCKS]


def heads() -> tuple[list[str], list[str]]:
    """The two head lines: groups, and labels."""
    return [str(one.group) for one in COLUMNS], [str(one.label) for one in COLUMNS]


def cells_of(entry: Entry) -> list[str]:
    return [str(one.value(entry)) for one in COLUMNS]
