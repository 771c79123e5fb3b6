"""受理告知: the letter that tells of the acceptance, the limit and whom to ask."""

from datetime import date, timedelta

from django.apps import apps
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.clocks.codes import ClockKind
from complaints.clocks.models import Clock
from complaints.clocks.rules import last_day
from complaints.intake.identity import Reader
from crm.lib.dates import local_day
from crm.staff.models import Branch

SIMPLE_DAYS = 15  # natural days from receipt, where no clock says otherwise (Order 2020 No. 3)


def limit_of(case: Case) -> date:
    """The day until which the bank answers: the statutory clock's, else the internal one's."""
    rows = Clock.objects.of(case).filter(round=case.round, kind__in=[ClockKind.STATUTORY, ClockKind.INTERNAL])
    due = dict(rows.values_list("kind", "due_at"))
    found = due.get(ClockKind.STATUTORY) or due.get(ClockKind.INTERNAL)
    return last_day(found) if found else local_day(case.received_at) + timedelta(days=SIMPLE_DAYS)


def addressee(case: Case, user) -> str:
    """Whom the letter addresses, as `user` may read it: plain to whoever may send it."""
    reader = Reader(case, user)
    party = case.parties.select_related("customer").first()
    return reader.name(party) if party else ""


def phone_of(case: Case) -> str:
    """Where the customer may call: the outlet, else the next branch above it that has a telephone."""
    branch: Branch | None = case.respondent
    while branch is not None:
        if branch.phone:
            return branch.phone
        branch = branch.parent
    return ""


def letter_context(case: Case, user) -> dict:
    """Of `complaints/intake/acknowledgement_print.html`, the page and the PDF."""
    limit, name = limit_of(case), addressee(case, user)
    contact = case.officer or case.first_receiver
    values = {
        "name": name or _("Customer"),
        "number": case.number,
        "date": local_day(case.received_at).isoformat(),
        "limit": limit.isoformat(),
        "phone": phone_of(case) or "–",
        "outlet": case.respondent.name,
    }
    return {
        "case": case,
        "limit": limit,
        "values": values,
        "contact": contact,
        "paragraphs": _text(case, values).splitlines(),
    }


def _text(case: Case, values: dict[str, str]) -> str:
    """The office's template, its {placeholders} filled; a wording of ours where it keeps none."""
    template = (
        apps.get_model("complaints", "LetterTemplate")
        .objects.filter(kind="acknowledgement", is_active=True)
        .order_by("pk")
        .first()
    )
    if template is None or not template.text:
        return (
            _(
                "Dear %(name)s,\nyour matter of %(date)s is registered and accepted under the number %(number)s. We answer"
                " by %(limit)s. Until then you may call %(phone)s.\n%(outlet)s"
            )
            % values
        )
    text = template.text
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text
