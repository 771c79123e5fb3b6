"""The close gate: what a case still lacks, each a link; every path goes through `close` (page, bulk, later rounds, imports).

Below it the database holds the same by `closed_case_has_what_the_law_asks`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.codes import Kind
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.apologising import is_owed
from complaints.handling.contacting import contact_state
from complaints.handling.investigating import report_of
from complaints.handling.replying import is_complete
from complaints.handling.stepping import ensure_step, link_of
from crm.lib.refusals import Refused

LIGHT = frozenset({Kind.INQUIRY, Kind.SUGGESTION})  # need an answer and nothing else


@dataclass(frozen=True)
class Missing:
    code: str
    text: str
    url: str


@dataclass(frozen=True)
class Condition:
    """One line of the gate: `text` says what is asked, `lack` what is missing, `url` where it is done."""

    code: str
    text: str
    is_met: bool
    lack: str
    url: str


def conditions(case: Case) -> list[Condition]:
    """Everything that closing asks of this case's round, met or not."""
    found = [_reply(case)] if case.kind in LIGHT else [check(case) for check in CHECKS]
    return [one for one in found if one]


def missing(case: Case) -> list[Missing]:
    """What still stands in the way of closing; empty where the case may close."""
    return [Missing(one.code, one.lack, one.url) for one in conditions(case) if not one.is_met]


def _acknowledged(case: Case) -> Condition | None:
    if case.is_anonymous or case.round > 1:
        return None
    done = case.acknowledgements.exists()
    return Condition("acknowledged", _("Acceptance told to the customer"), done, _("The acceptance was not told to the customer"), link_of(case, anchor="acknowledged"))  # fmt: skip


def _contact(case: Case) -> Condition:
    done = case.contacted_at is not None and contact_state(case).enough
    return Condition("contact", _("First contact"), done, _("The record of the first contact is missing"), link_of(case, anchor="contact"))  # fmt: skip


def _report(case: Case) -> Condition:
    report = report_of(case)
    done = bool(case.finding and report and report.signed_at and report.finding == case.finding)
    return Condition("report", _("Signed report with its finding"), done, _("The signed report with its finding is missing"), link_of(case, anchor="report"))  # fmt: skip


def _redress(case: Case) -> Condition | None:
    rows = case.redresss.filter(round=case.round)
    if not rows.exists():
        return None
    done = not rows.filter(granted=None).exists()
    return Condition("redress", _("Redress decided"), done, _("A proposed redress is not decided"), link_of(case, anchor="redress"))  # fmt: skip


def _apology(case: Case) -> Condition | None:
    if not is_owed(case):
        return None
    done = case.apologised_at is not None and case.apologies.filter(round=case.round).exists()
    return Condition("apology", _("Apology"), done, _("The bank was at fault: the apology is not recorded"), link_of(case, "apology"))  # fmt: skip


def _reply(case: Case) -> Condition:
    last = case.replies.filter(round=case.round).last()
    done = case.replied_at is not None and last is not None and is_complete(last)
    return Condition("reply", _("Answer with all its parts"), done, _("The answer to the customer, with all its parts, is missing"), link_of(case, "reply"))  # fmt: skip


CHECKS: list[Callable[[Case], Condition | None]] = [_acknowledged, _contact, _report, _redress, _apology, _reply]


@transaction.atomic
def close(*, case: Case, actor, now: datetime) -> Case:
    """Close `case` as the caller saw it. Refused, naming what is missing, while anything is."""
    ensure_step(case, Action.CLOSE, actor)
    lacks = missing(Case.objects.get(pk=case.pk))
    if lacks:
        text = _("; ").join(one.text for one in lacks)
        raise Refused(_("%(number)s cannot be closed: %(lacks)s.") % {"number": case.number, "lacks": text})
    act(case=case, action=Action.CLOSE, actor=actor, now=now, closed_at=now)
    return case


@dataclass(frozen=True)
class Result:
    case: Case
    done: bool
    message: str


def close_many(*, cases: Iterable[Case], actor, now: datetime) -> list[Result]:
    """Close each by itself, in its own transaction; a result per case."""
    return [_close_one(case, actor, now) for case in cases]


def _close_one(case: Case, actor, now: datetime) -> Result:
    try:
        close(case=case, actor=actor, now=now)
    except Refused as refusal:
        return Result(case, False, refusal.message)
    return Result(case, True, _("Closed"))
