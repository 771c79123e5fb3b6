"""Points of conduct: proposed by one person, decided by a second, an appeal by a third. The ledger follows."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.conduct import telling
from complaints.conduct.access import (
    afresh,
    employees_for,
    ensure_may_decide,
    ensure_may_decide_appeal,
    ensure_may_finish,
)
from complaints.conduct.entering import enter, lock_ledger_of, reverse
from complaints.conduct.models import Consequence, PointProposal, PointRule
from complaints.conduct.numbers import next_number
from complaints.conduct.rules import APPEAL_DECIDE_WD, APPEAL_WD
from complaints.conduct.sources import ensure_case_source, ensure_confirmed, rule_of
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.staff.models import User
from crm.workdays.services import work_calendar

State = PointProposal.State
TRIES = 8


def propose_points(
    *, employee: User, rule: PointRule, case: Case | None, inspection: str, happened_on: date, why: str, actor: User,
    now: datetime,
) -> PointProposal:  # fmt: skip
    """Propose what the item's version of `happened_on` says; nothing is entered before another person decides."""
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _propose(employee, rule, case, inspection, happened_on, why, afresh(actor), now)
        except IntegrityError:
            _refuse_second(employee, rule, case, inspection, happened_on)
    raise Refused(_("Too many proposals at once: try again."))


def _propose(employee, rule, case, inspection, happened_on, why, actor, now) -> PointProposal:
    if employee.pk == actor.pk:
        raise NotYours(_("Nobody proposes points for themselves."))
    if not actor.has_perm("complaints.propose_points"):
        raise NotYours(_("The head of the outlet or somebody above proposes points."))
    if not employees_for(actor).filter(pk=employee.pk).exists():
        raise NotYours(_("%(who)s does not belong to your branches.") % {"who": employee.name})
    if happened_on > local_day(now):
        text = _("That day has not come yet.")
        raise Refused(text, fields={"happened_on": [text]})
    version = rule_of(rule=rule, day=happened_on)
    inspection = _source(employee, version, case, inspection, actor)
    proposal = PointProposal.objects.create(
        number=next_number(now),
        employee=employee,
        rule=version,
        points=version.points,
        branch=employee.branch,
        case=case,
        inspection=inspection,
        happened_on=happened_on,
        why=typed(why, 500, field="why", missing=_("Say what happened.")),
        proposed_by=actor,
        proposed_at=now,
    )
    telling.tell(telling.decider_for(proposal), "points-proposed", proposal, now, who=actor.name)
    return proposal


def _source(employee: User, rule: PointRule, case: Case | None, inspection: str, actor: User) -> str:
    if case is not None:
        ensure_case_source(case=case, employee=employee, rule=rule, actor=actor)
        return ""
    return typed(inspection, 200, field="inspection", missing=_("Name the inspection: which one, when, its record."))


def _refuse_second(employee, rule, case, inspection, happened_on) -> None:
    """The same matter twice: say which proposal stands already. Else the number collided: the caller tries again."""
    same = PointProposal.objects.live().filter(employee=employee, rule__code=rule.code)
    if case is not None:
        twin = same.filter(case=case).first()
    else:
        twin = same.filter(case=None, happened_on=happened_on, inspection=inspection.strip()).first()
    if twin is not None:
        message = _("This is proposed already: %(number)s, by %(who)s.")
        raise Refused(message % {"number": twin.number, "who": twin.proposed_by.name}, request=twin)


def decide_points(*, proposal: PointProposal, accept: bool, comment: str, actor: User, now: datetime) -> PointProposal:
    """One other person's yes or no. A yes enters the points, opens what they reach and tells the employee."""
    with transaction.atomic():
        actor, fresh = afresh(actor), _locked(proposal)
        ensure_may_decide(fresh, actor)
        _ensure_state(fresh, State.PROPOSED)
        if accept and fresh.case is not None:
            ensure_confirmed(case=fresh.case, rule=fresh.rule)
        comment = typed(comment, 300, field="comment", missing="" if accept else _("A rejection needs its reason."))
        done: dict[str, Any] = {"decided_by": actor, "decided_at": now, "comment": comment}
        if accept and fresh.is_violation:
            done["appeal_until"] = work_calendar().add_workdays(local_day(now), APPEAL_WD)
        fresh = _claim(proposal, State.PROPOSED, State.DECIDED if accept else State.REJECTED, done)
        if accept:
            enter(proposal=fresh, actor=actor, now=now)
        _tell_decided(fresh, actor, now)
        return fresh


def _tell_decided(proposal: PointProposal, actor: User, now: datetime) -> None:
    if proposal.state == State.REJECTED:
        telling.tell(proposal.proposed_by, "points-rejected", proposal, now, who=actor.name)
    elif proposal.appeal_until is None:
        telling.tell(proposal.employee, "points-awarded", proposal, now, who=actor.name)
    else:
        day = proposal.appeal_until.isoformat()
        telling.tell(proposal.employee, "points-decided", proposal, now, who=actor.name, day=day)


def appeal_points(*, proposal: PointProposal, text: str, actor: User, now: datetime) -> PointProposal:
    """The employee's own word against the decision, up to the end of the last day for it."""
    with transaction.atomic():
        actor, fresh = afresh(actor), _read(proposal)
        if actor.pk != fresh.employee_id:
            raise NotYours(_("Only the employee appeals."))
        _ensure_state(fresh, State.DECIDED)
        if fresh.appeal_until is None:
            raise Refused(_("Praise and awards need no appeal."))
        if local_day(now) > fresh.appeal_until:
            raise Refused(
                _("The appeal against %(number)s could be made until %(day)s.")
                % {"number": fresh.number, "day": fresh.appeal_until.isoformat()}
            )
        done = {
            "appeal_text": typed(text, 1000, field="text", missing=_("Say why the decision is wrong.")),
            "appealed_at": now,
            "appeal_due_on": work_calendar().add_workdays(local_day(now), APPEAL_DECIDE_WD),
        }
        fresh = _claim(proposal, State.DECIDED, State.APPEALED, done)
        day = fresh.appeal_due_on.isoformat()
        telling.tell(telling.appeal_decider_for(fresh), "points-appealed", fresh, now, day=day)
        return fresh


def decide_appeal(*, proposal: PointProposal, grant: bool, answer: str, actor: User, now: datetime) -> PointProposal:
    """A third person's answer. Granted, a new line of the ledger takes the points back; nothing is edited."""
    with transaction.atomic():
        actor, fresh = afresh(actor), _locked(proposal)
        ensure_may_decide_appeal(fresh, actor)
        _ensure_state(fresh, State.APPEALED)
        answer = typed(answer, 500, field="answer", missing=_("Give the employee an answer with its reasons."))
        done = {"appeal_decided_by": actor, "appeal_decided_at": now, "appeal_answer": answer}
        fresh = _claim(proposal, State.APPEALED, State.VOID if grant else State.UPHELD, done)
        if grant:
            reverse(proposal=fresh, actor=actor, now=now)
        kind = "points-void" if grant else "points-upheld"
        telling.tell(fresh.employee, kind, fresh, now, who=actor.name)
        if grant:
            for person in (fresh.proposed_by, fresh.decided_by):
                telling.tell(person, "points-void", fresh, now, who=actor.name)
        return fresh


def finish_consequence(*, consequence: Consequence, note: str, actor: User, now: datetime) -> Consequence:
    """It was carried out: when, how, with what result. Recorded once."""
    with transaction.atomic():
        actor = afresh(actor)
        fresh = Consequence.objects.for_page().get(pk=consequence.pk)
        ensure_may_finish(fresh, actor)
        note = typed(note, 500, field="note", missing=_("Say when and how it was done."))
        row = Consequence.objects.open().filter(pk=fresh.pk)
        if not row.update(state=Consequence.State.DONE, done_by=actor, done_at=now, note=note):
            fresh.refresh_from_db()
            raise TooLate(_("This is “%(state)s” already.") % {"state": fresh.get_state_display()})
        fresh.refresh_from_db()
        return fresh


def _locked(proposal: PointProposal) -> PointProposal:
    lock_ledger_of(proposal.employee_id)
    return _read(proposal)


def _read(proposal: PointProposal) -> PointProposal:
    return PointProposal.objects.for_page().get(pk=proposal.pk)


def _ensure_state(proposal: PointProposal, state: str) -> None:
    if proposal.state != state:
        raise _too_late(proposal)


def _claim(proposal: PointProposal, frm: str, to: str, done: dict[str, Any]) -> PointProposal:
    """From the state and version that the caller saw, or TooLate."""
    row = PointProposal.objects.filter(pk=proposal.pk, state=frm, version=proposal.version)
    if not row.update(state=to, version=F("version") + 1, **done):
        raise _too_late(_read(proposal))
    return _read(proposal)


def _too_late(proposal: PointProposal) -> TooLate:
    last = proposal.appeal_decided_by or (proposal.employee if proposal.appealed_at else proposal.decided_by)
    who = last.name if last else proposal.proposed_by.name
    return TooLate(
        _("%(who)s was first: %(number)s is at “%(state)s” now. Look at it again.")
        % {"who": who, "number": proposal.number, "state": proposal.get_state_display()}
    )
