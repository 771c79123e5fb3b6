"""核查: the customer asks the upper level to look again, within 30 days of the answer; it decides within 30."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases.access import has_handled
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.assigning import barred_of
from complaints.handling.letters import lines
from complaints.handling.limits import REVIEW_ASK_DAYS, REVIEW_DECIDE_DAYS, days_after
from complaints.handling.models import Review
from complaints.handling.stepping import at_field, ensure_step
from complaints.handling.telling import tell
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.staff.hierarchy import next_level_up
from crm.staff.models import Branch, User


@transaction.atomic
def ask_review(*, case: Case, actor, now: datetime, text: str) -> Review:
    """Record what the customer asks to be looked at again; one a round. The upper level is told."""
    ensure_step(case, Action.ASK_REVIEW, actor)
    text = lines(text, 2000, field="text", missing=_("Write what the customer asks to be looked at again."))
    if case.replied_at is None:
        raise Refused(_("Nothing was answered yet that could be reviewed."))
    last = days_after(case.replied_at, REVIEW_ASK_DAYS)
    if local_day(now) > last:
        raise Refused(_("A review could be asked for until %(day)s.") % {"day": last})
    if case.reviews.filter(round=case.round).exists():
        raise Refused(_("A review of this round was asked for already."))
    act(case=case, action=Action.ASK_REVIEW, actor=actor, now=now, reviewing_since=now)
    branch = upper_branch(case)
    review = Review.objects.create(
        case=case, round=case.round, asked_at=now, asked_text=text, recorded_by=actor, branch=branch
    )
    handled = {pk for pk in (case.investigator_id, case.contact_id) if pk}
    tell(case=case, person=next_level_up(branch, barred_of(case) | handled), kind="review-asked", now=now, by=actor)
    return review


def upper_branch(case: Case) -> Branch:
    """The level above whoever investigated; head office has none above it."""
    level = case.investigator.branch if case.investigator else case.respondent
    return level.parent or level


def due_on(review: Review):
    return days_after(review.asked_at, REVIEW_DECIDE_DAYS)


@transaction.atomic
def decide_review(*, case: Case, review: Review, actor, now: datetime, decision: str, reasons: str) -> Review:
    """Uphold, change or overturn, by the upper level or head office and by nobody who took part in the case."""
    ensure_step(case, Action.DECIDE_REVIEW, actor)
    if decision not in Review.Decision.values:
        raise at_field("decision", _("Choose the decision."))
    reasons = lines(reasons, 2000, field="reasons", missing=_("Give the reasons."))
    if review.case_id != case.pk or review.round != case.round:
        raise Refused(_("This review belongs to an earlier round."))
    if not may_decide_review(case, review, actor):
        raise NotYours(_("A review is decided at %(branch)s or above, by somebody who took no part in the case.") % {"branch": review.branch.name})  # fmt: skip
    late = local_day(now) > due_on(review)
    act(case=case, action=Action.DECIDE_REVIEW, actor=actor, now=now, facts={"decision": decision, "late": late}, reviewing_since=None)  # fmt: skip
    done = Review.objects.filter(pk=review.pk, decided_at=None).update(
        decision=decision, reasons=reasons, reviewer=actor, decided_by=actor, decided_at=now
    )
    if not done:
        review.refresh_from_db()
        raise TooLate(_("%(who)s decided this review already.") % {"who": review.decided_by.name})
    review.refresh_from_db()
    _tell(case, review, now)
    return review


def may_decide_review(case: Case, review: Review, user) -> bool:
    """At the review's branch or above, and without a part in the case. What the role allows is asked by the step."""
    above = review.branch.path.startswith(user.branch.path)
    return review.decided_at is None and above and not has_handled(case, user)


def _tell(case: Case, review: Review, now: datetime) -> None:
    """The investigator learns it; an overturned result goes to the office, which may open the case again."""
    people: set[User] = {person for person in (case.investigator, case.officer, review.recorded_by) if person}
    for person in people:
        tell(case=case, person=person, kind="review-decided", now=now, by=review.decided_by)
