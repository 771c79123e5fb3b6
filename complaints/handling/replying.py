"""答复: facts found, basis, decision and remedies, prefilled and refused while a part is missing; filed as PDF."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.investigating import report_of
from complaints.handling.letters import fill, lines, placeholders, remedy_label, template_for, unnamed_remedies
from complaints.handling.limits import is_late
from complaints.handling.models import LetterTemplate, Reply, Resolution
from complaints.handling.stepping import known_means
from crm.lib.blanks import is_blank
from crm.lib.paper import file_paper
from crm.lib.refusals import Refused

PARTS = {"facts": 3000, "basis": 2000, "decision": 2000, "remedies": 2000}  # with their lengths
PAPER = "complaints/handling/letter.html"


def prefilled(case: Case) -> dict[str, str]:
    """The parts as the report, the solution and the template for the finding give them."""
    report = report_of(case)
    solution = Resolution.objects.filter(case=case, round=case.round).first()
    last = case.replies.filter(round=case.round).last()
    if last:
        return {part: getattr(last, part) for part in PARTS}
    template = template_for(LetterTemplate.Kind.REPLY, finding=case.finding, level=case.level)
    values = placeholders(case)
    return {
        "facts": report.facts if report else "",
        "basis": fill(template.basis, values) if template else "",
        "decision": solution.text if solution else "",
        "remedies": fill(template.remedies, values) if template else "",
    }


def clean_parts(parts: dict[str, str]) -> dict[str, str]:
    """The four parts as they will stand; Refused, at each field, while one is missing or a remedy is not named."""
    fields: dict[str, list[str]] = {}
    clean = {}
    for part, limit in PARTS.items():
        try:
            clean[part] = lines(parts.get(part, ""), limit, field=part, missing=_("The answer lacks this part."))
        except Refused as refusal:
            fields |= refusal.fields
    if "remedies" in clean and (missing := unnamed_remedies(clean["remedies"])):
        names = _(", ").join(str(remedy_label(key)) for key in missing)
        fields["remedies"] = [_("The remedies do not name: %(names)s.") % {"names": names}]
    if fields:
        raise Refused(_("The answer is not sent: a part that the law asks for is missing."), fields=fields)
    return clean


def is_complete(reply: Reply) -> bool:
    """Whatever way it was written, every part stands and every remedy is named."""
    return not any(is_blank(getattr(reply, part)) for part in PARTS) and not unnamed_remedies(reply.remedies)


@transaction.atomic
def send_reply(*, case: Case, actor, now: datetime, parts: dict[str, str], means: str) -> Reply:
    """Answer the customer; in REPLIED another answer may follow, and the last counts. `file_reply` after the commit."""
    clean, means = clean_parts(parts), known_means(means)
    late = is_late(case, now)
    act(case=case, action=Action.REPLY, actor=actor, now=now, facts={"means": means, "late": late}, replied_at=now)
    return Reply.objects.create(case=case, round=case.round, means=means, sent_at=now, sent_by=actor, is_late=late, **clean)  # fmt: skip


def letter_context(reply: Reply, *, name: str) -> dict:
    """Of the letter's paper; `name` is how the customer is addressed, as the reader may see it."""
    case = reply.case
    report = case.investigations.filter(round=reply.round, returned_at=None).first()
    template = template_for(LetterTemplate.Kind.REPLY, finding=report.finding if report else "", level=case.level)
    opening = fill(template.text, {"name": name or _("Customer")} | placeholders(case)) if template else ""
    return {"case": case, "reply": reply, "opening": opening, "name": name}


def file_reply(*, reply: Reply, now: datetime) -> None:
    """Keep the letter as PDF. Refused where none can be made here; the answer stands without it."""
    file_paper(owner=reply, template=PAPER, context=lambda: letter_context(reply, name=addressee(reply.case)), now=now)


def addressee(case: Case) -> str:
    """The complainant's name, of the archive where it holds one."""
    party = case.parties.select_related("customer").first()
    if party is None:
        return case.customer.name if case.customer else ""
    return party.name or (party.customer.name if party.customer else "")
