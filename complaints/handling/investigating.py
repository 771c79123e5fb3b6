"""The investigation report of a round: written in person, signed once, then frozen and filed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from complaints.cases.access import delegate_of, roles_of
from complaints.cases.codes import Face, Finding, Role, State
from complaints.cases.models import Case, CaseFile, Category
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.contacting import contact_state
from complaints.handling.guarding import ensure_step
from complaints.handling.models import Investigation
from complaints.handling.telling import officers_of, tell
from crm.lib.paper import file_paper
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.uploads import Upload, keep_all, read_upload
from crm.lib.wording import typed

LIMITS = {"facts": 4000, "evidence": 2000, "root": 2000, "measures": 2000}
FILES = 20
PRINT = "complaints/handling/report_print.html"


@dataclass(frozen=True)
class Words:
    """What stands in the form: texts as typed, `cause` the id of a category or nothing."""

    facts: str = ""
    evidence: str = ""
    root: str = ""
    measures: str = ""
    finding: str = ""
    is_flaw: bool = False
    cause: int | None = None


def report_of(case: Case) -> Investigation | None:
    """The report of the present round: a draft, or the signed one. Returned ones are in `returned_reports`."""
    return (
        Investigation.objects.filter(case=case, round=case.round, returned_at=None)
        .select_related("by", "on_behalf_of", "cause")
        .first()
    )


def returned_reports(case: Case):
    """Reports that the office returned, and signed ones of earlier rounds: kept as they were."""
    signed = Investigation.objects.filter(case=case, signed_at__isnull=False).select_related("by", "on_behalf_of")
    present = report_of(case)
    return signed.exclude(pk=present.pk) if present else signed


def set_aside(*, case: Case, now: datetime) -> Investigation | None:
    """The signed report of the round is kept as returned; a draft with its text takes its place.

    For 退回重办: inside the transaction of the step.
    """
    signed = report_of(case)
    if signed is None or signed.signed_at is None:
        return None
    Investigation.objects.filter(pk=signed.pk).update(returned_at=now)
    kept = {key: getattr(signed, key) for key in (*LIMITS, "finding", "is_flaw", "cause", "by", "on_behalf_of")}
    return Investigation.objects.create(case=case, round=case.round, **kept)


@transaction.atomic
def save_report(*, case: Case, actor, seen: int, words: Words, now: datetime) -> Investigation:
    """The draft, by the investigator or their delegate alone. `seen` is the version that the page showed (0: none yet).

    Raise TooLate where it was saved in another tab meanwhile.
    """
    case = _mine(case, actor)
    values = _clean(words)
    report = report_of(case)
    if report is not None and report.signed_at:
        raise Refused(_("The report is signed: it stays as it is."))
    if (report.version if report else 0) != seen:
        raise TooLate(_("The report was saved elsewhere meanwhile: what you typed is below, the saved text beside it."))
    values |= _author(case, actor)
    if report is None:
        report = Investigation.objects.create(case=case, round=case.round, **values)
    else:
        _write(report, values)
    if case.state == State.CONTACTED:
        act(case=case, action=Action.INVESTIGATE, actor=actor, now=now)
    return report


def _write(report: Investigation, values: dict[str, Any]) -> None:
    won = Investigation.objects.filter(pk=report.pk, version=report.version, signed_at=None).update(
        version=F("version") + 1, **values
    )
    if not won:
        raise TooLate(_("The report was saved elsewhere meanwhile: what you typed is below, the saved text beside it."))
    report.refresh_from_db()


@transaction.atomic
def sign_report(*, case: Case, actor, seen: int, words: Words, now: datetime) -> Investigation:
    """Save, then sign: finding and root cause stand, the case goes on, nobody writes in it any more."""
    report = save_report(case=case, actor=actor, seen=seen, words=words, now=now)
    case.refresh_from_db()
    _complete(report)
    act(
        case=case, action=Action.FIND, actor=actor, now=now, finding=report.finding,
        facts={"finding": report.finding, "flaw": report.is_flaw, "in_person": report.on_behalf_of_id is None},
    )  # fmt: skip
    won = Investigation.objects.filter(pk=report.pk, version=report.version, signed_at=None).update(
        signed_at=now, version=F("version") + 1
    )
    if not won:
        raise TooLate(_("The report was signed or saved elsewhere meanwhile: look at it again."))
    report.refresh_from_db()
    for officer in officers_of(case):
        tell(case=case, person=officer, kind="case-signed", now=now, by=actor, anchor="report")
    return report


def file_report(*, report: Investigation, now: datetime) -> None:
    """The PDF of a signed report, once. Outside a transaction; Refused where none can be made here."""
    if report.signed_at is None:
        raise Refused(_("The report is filed when it is signed."))
    file_paper(owner=report, template=PRINT, context=lambda: paper_of(report), now=now)


def paper_of(report: Investigation) -> dict:
    """What the sheet shows: the case by its number, nothing of who complained."""
    files = report.case.files.filter(kind=CaseFile.Kind.INVESTIGATION, round=report.round)
    return {"report": report, "case": report.case, "files": files}


def add_evidence(*, case: Case, actor, uploads: Sequence, now: datetime) -> list[CaseFile]:
    """Files found in the investigation, by whoever writes the report, until it is signed."""
    read = [read_upload(one) for one in uploads]
    if not read:
        raise Refused(_("Choose a file first."), fields={"evidence": [_("Choose a file first.")]})
    with transaction.atomic():
        case = _mine(case, actor)
        mine = case.files.filter(kind=CaseFile.Kind.INVESTIGATION, round=case.round)
        if mine.count() + len(read) > FILES:
            raise Refused(_("A report takes at most %(n)s files.") % {"n": FILES})
        return keep_all(read, lambda one: _keep(case, one, actor, now))


def _keep(case: Case, one: Upload, actor, now: datetime) -> CaseFile:
    row = CaseFile(case=case, round=case.round, kind=CaseFile.Kind.INVESTIGATION)
    return one.keep_on(row, actor=actor, now=now)


def _mine(case: Case, actor) -> Case:
    """The case read again under its lock, where `actor` writes its report. First contact first."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    if Role.INVESTIGATOR not in roles_of(case, actor):
        raise NotYours(_("Only the investigator, or whom the office let stand in, writes the report."))
    if case.state == State.ASSIGNED or not contact_state(case).attempts:
        raise Refused(_("First contact first: record an attempt to reach the customer, then investigate."))
    ensure_step(case, Action.INVESTIGATE, actor)
    return case


def _author(case: Case, actor) -> dict:
    delegate = delegate_of(case)
    return {"by": actor, "on_behalf_of": case.investigator if delegate and delegate.pk == actor.pk else None}


def _clean(words: Words) -> dict[str, Any]:
    values: dict[str, Any] = {key: typed(getattr(words, key), limit, field=key) for key, limit in LIMITS.items()}
    if words.finding and words.finding not in Finding.values:
        raise _at("finding", _("Choose a finding."))
    cause = None
    if words.cause:
        cause = Category.objects.filter(pk=words.cause, face=Face.CAUSE).first()
        if cause is None:
            raise _at("cause", _("Choose a cause of the list."))
    # Where the bank was not at fault there is no flaw to apologise for.
    flaw = words.is_flaw and words.finding != Finding.NOT
    return values | {"finding": words.finding, "is_flaw": flaw, "cause": cause}


def _complete(report: Investigation) -> None:
    """What a signed report must say; each missing part at its field."""
    wanted = {
        "facts": _("Say what you found."),
        "evidence": _("Name the evidence, or say that there is none."),
        "finding": _("Choose a finding."),
        "cause": _("Choose the root cause."),
    }
    if report.finding in (Finding.RESPONSIBLE, Finding.PARTLY):
        wanted["root"] = _("Say why it came to this.")
        wanted["measures"] = _("Say what changes so that it does not happen again.")
    missing = {key: [text] for key, text in wanted.items() if not getattr(report, key)}
    if missing:
        raise Refused(_("The report is not complete: it was not signed."), fields=missing)


def _at(field: str, message: str) -> Refused:
    return Refused(message, fields={field: [message]})
