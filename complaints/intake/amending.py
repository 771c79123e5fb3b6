"""What changes on a case after its registration: how it is typed, what was added, who is in it. Each with its event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from archives.classification.selectors import class_of
from complaints.cases.access import ensure_may, roles_of
from complaints.cases.codes import Means, Part, Role, State
from complaints.cases.models import Case, CaseFlag, Recusal, Respondent
from complaints.cases.rules import Action, step
from complaints.clocks.acting import act
from complaints.intake.evidence import keep_files
from complaints.intake.letter import limit_of
from complaints.intake.models import Acknowledgement, Supplement
from complaints.intake.recusing import recuse_barred
from complaints.intake.registering import Person, Registration, at, cleaned, cleaned_person, lines, party_of, too_many
from complaints.intake.rules import LENGTHS, LIGHT, REPRESENTATIVES, is_lower, level_for
from crm.lib.dates import minute_of
from crm.lib.refusals import NotYours, Refused
from crm.lib.wording import typed
from crm.staff.models import User

# Columns that typing anew may change; flags stand in their own rows.
TYPED = ("kind", "level", "urgency", "channel", "business", "cause", "group", "product", "amount_cents")
BEFORE = {State.REGISTERED, State.ACCEPTED}


def ensure_step(case: Case, action: Action, actor) -> str:
    """The role by which `actor` may do it. Refused where the case is not at it, NotYours where it is another's."""
    if step(case.state, action, case.kind) is None:
        raise Refused(_("The case %(number)s is at “%(state)s”: this step is not possible now.") % {"number": case.number, "state": case.get_state_display()})  # fmt: skip
    return ensure_may(case, action, actor)


@transaction.atomic
def retype(*, case: Case, reason: str, actor, now: datetime, **told) -> Case:
    """Another kind, level or classification (`told`: columns of TYPED, and `flags`), with the reason.

    Its clocks follow. Only the office takes a matter out of the procedure for complaints, before anybody handles it,
    or lowers its level; twenty complainants stay a major complaint.
    """
    ensure_step(case, Action.RETYPE, actor)
    reason = _reason(reason)
    clean = cleaned(
        Registration(source=case.source, respondent=case.respondent, facts="-", is_anonymous=True, **told), now
    )
    values: dict[str, Any] = {name: getattr(clean, name) for name in TYPED if name in told}
    values["level"] = level_for(values.get("level", case.level), case.people)
    _refuse_easing(case, values, actor)
    changes = {name: value for name, value in values.items() if value != getattr(case, name)}
    facts: dict[str, Any] = {
        name: [_told(name, getattr(case, name)), _told(name, value)] for name, value in changes.items()
    }
    before = set(case.flags.values_list("flag", flat=True))
    if "flags" in told and before != set(clean.flags):
        facts["flags"] = [sorted(before), sorted(clean.flags)]
    if not facts:
        raise Refused(_("Nothing would change: every value is already so."))
    act(case=case, action=Action.RETYPE, actor=actor, now=now, reason=reason, facts=facts, **changes)
    if "flags" in facts:
        case.flags.all().delete()
        CaseFlag.objects.bulk_create(CaseFlag(case=case, flag=flag) for flag in clean.flags)
    return case


def _refuse_easing(case: Case, values: dict, actor) -> None:
    is_office = Role.OFFICE in roles_of(case, actor)
    kind = values.get("kind", case.kind)
    if kind in LIGHT and case.kind not in LIGHT:
        if not is_office:
            raise NotYours(_("Only the service office makes an inquiry or a suggestion of it."))
        if case.state not in BEFORE:
            raise at("kind", _("Somebody handles it already: it stays what it is."))
    if is_lower(case.level, values["level"]) and not is_office:
        raise NotYours(_("Only the service office lowers the level."))


def _told(name: str, value) -> Any:
    """A value in an event: keys, codes and numbers. Of free text only that it was there."""
    if name == "product":
        return bool(value)
    return value.key if hasattr(value, "key") else value


@transaction.atomic
def supplement(*, case: Case, text: str, actor, now: datetime, files: Sequence = ()) -> Case:
    """Words and files that came later; the limits stay. (New facts and reasons: `handling.renewing`.)"""
    ensure_step(case, Action.SUPPLEMENT, actor)
    text = lines(text, "text")
    if not text and not files:
        raise at("text", _("Write down what was added, or attach a file."))
    facts = {"files": len(files)} if files else {}
    act(case=case, action=Action.SUPPLEMENT, actor=actor, now=now, facts=facts)
    if text:
        Supplement.objects.create(case=case, round=case.round, customer=case.customer, text=text, by=actor, at=now)
    keep_files(case=case, files=files, actor=actor, now=now)
    return case


@transaction.atomic
def add_party(*, case: Case, person: Person, actor, now: datetime, authority_files: Sequence = ()) -> Case:
    """Somebody more who complains or speaks for them. Naming a complainant ends the anonymity; a first customer links it."""
    ensure_step(case, Action.SUPPLEMENT, actor)
    person = cleaned_person(person)
    if person.is_nobody:
        raise at("name", _("Say who it is."))
    standing = case.parties.filter(part=person.part)
    if person.part == Part.REPRESENTATIVE and standing.count() >= REPRESENTATIVES:
        raise at("part", too_many())
    changes: dict[str, Any] = {"is_anonymous": False} if case.is_anonymous else {}
    if case.customer is None and person.customer and person.part == Part.COMPLAINANT:
        confirmed = class_of(person.customer)
        changes |= {
            "customer": person.customer,
            "customer_number": person.customer.number,
            "class_code": confirmed.code if confirmed else "",
        }
    if person.part in (Part.REPRESENTATIVE, Part.COMPLAINANT):
        changes["people"] = max(case.people, case.parties.exclude(part__in=[Part.PROXY, Part.HEIR]).count() + 1)
        changes["level"] = level_for(case.level, changes["people"])
    act(case=case, action=Action.SUPPLEMENT, actor=actor, now=now, facts={"party": person.part}, **changes)
    party_of(person, case).save()
    keep_files(case=case, files=(), authority=authority_files, actor=actor, now=now)
    return case


@transaction.atomic
def name_respondents(
    *, case: Case, employees: Sequence[User], actor, now: datetime, why: str = Respondent.Why.ACCUSED, note: str = ""
) -> list[Recusal]:
    """Employees complained about, or with an interest. Whoever of them handles the case is replaced at once."""
    ensure_step(case, Action.SUPPLEMENT, actor)
    note = typed(note, 200, field="note")
    if why not in Respondent.Why.values:
        raise at("why", _("Choose one of the list."))
    known = set(case.respondents.values_list("employee", flat=True))
    fresh = [person for person in dict.fromkeys(employees) if person.pk not in known]
    if not fresh:
        raise at("employees", _("Name an employee who is not named yet."))
    facts = {"respondents": [person.pk for person in fresh], "why": why}
    act(case=case, action=Action.SUPPLEMENT, actor=actor, now=now, facts=facts)
    Respondent.objects.bulk_create(
        Respondent(case=case, employee=person, why=why, note=note, named_at=now, named_by=actor) for person in fresh
    )
    return recuse_barred(case=case, actor=actor, now=now)


@transaction.atomic
def acknowledge(
    *, case: Case, sent_at: datetime | None, means: str, note: str, actor, now: datetime
) -> Acknowledgement:
    """受理告知 went out: when, how. The limit told is the one that stands at this moment."""
    ensure_step(case, Action.ACKNOWLEDGE, actor)
    sent_at = sent_at or now
    if sent_at > now:
        raise at("sent_at", _("This lies in the future."))
    if sent_at < minute_of(case.received_at):
        raise at("sent_at", _("This is before the case was received."))
    if means not in Means.values:
        raise at("means", _("Choose how."))
    note = typed(note, 200, field="note")
    limit = limit_of(case)
    act(case=case, action=Action.ACKNOWLEDGE, actor=actor, now=now, facts={"means": means, "limit": limit.isoformat()})
    return Acknowledgement.objects.create(
        case=case, round=case.round, sent_at=sent_at, sent_by=actor, means=means, limit_on=limit, note=note
    )


def _reason(reason: str) -> str:
    return typed(reason, LENGTHS["reason"], field="reason", missing=_("Say why: the reason stays with the record."))
