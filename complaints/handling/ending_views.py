"""After the closing and beside the main line: call-back, reopening, review, withdrawal, merging, transfers, filing."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from complaints.cases.access import get_visible_case
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.handling import calling_back, ending, renewing, reopening, reviewing, transferring
from complaints.handling import outcome_forms as forms
from complaints.handling.limits import kept_until
from complaints.handling.outcome_steps import Page, take_step
from complaints.handling.waiting import waiting_for
from crm.lib.dates import local_day
from crm.staff.access import requires

CALL_BACK = Page(Action.CALL_BACK, gettext_lazy("Call-back"), gettext_lazy("Record the call"), forms.CallBackForm, hint=gettext_lazy("By somebody who did not handle the case. Ask how the customer was treated and whether the answer helped."), aside="call_back", done=gettext_lazy("The call-back is on record."))  # fmt: skip
REOPEN = Page(Action.REOPEN, gettext_lazy("Open the case again"), gettext_lazy("Open it again"), forms.ReasonForm, hint=gettext_lazy("A new round with its own clocks begins; what the earlier one found stays readable."), aside="reopen", done=gettext_lazy("Opened again; investigator and outlet head were told."))  # fmt: skip
ASK_REVIEW = Page(Action.ASK_REVIEW, gettext_lazy("Ask for a review"), gettext_lazy("Pass it to the upper level"), forms.AskReviewForm, hint=gettext_lazy("Within 30 days of the answer, in the customer's own words. The upper level decides within 30 days."), done=gettext_lazy("The upper level was told."))  # fmt: skip
DECIDE_REVIEW = Page(Action.DECIDE_REVIEW, gettext_lazy("Decide the review"), gettext_lazy("Decide"), forms.DecideReviewForm, hint=gettext_lazy("By the upper level or head office, by nobody who took part in the case. An overturned result may be opened again."), aside="review", done=gettext_lazy("Decided."))  # fmt: skip
WITHDRAW = Page(Action.WITHDRAW, gettext_lazy("The customer withdraws"), gettext_lazy("End the case"), forms.WithdrawForm, hint=gettext_lazy("It ends on the day the withdrawal is received. Nobody may be pressed to withdraw."), tone="danger", done=gettext_lazy("The case has ended."))  # fmt: skip
MERGE = Page(Action.MERGE, gettext_lazy("Merge a repeat"), gettext_lazy("Merge it"), forms.MergeForm, hint=gettext_lazy("This case ends and points to the other one, whose limit stays. New facts are not merged: they start the period again."), done=gettext_lazy("Merged."))  # fmt: skip
PASS_ON = Page(Action.TRANSFER, gettext_lazy("Pass to another body"), gettext_lazy("Pass it on"), forms.BodyForm, hint=gettext_lazy("The case ends here. Say why, and how the customer was told."), tone="danger", done=gettext_lazy("Passed on."))  # fmt: skip
TAKE_IN = Page(Action.TRANSFER_IN, gettext_lazy("Passed on by a regulator or another body"), gettext_lazy("Record it"), forms.BodyForm, done=gettext_lazy("Recorded; the day of that body is one of the limits."))  # fmt: skip
NOTE_ANSWER = Page(Action.ANSWER_BODY, gettext_lazy("Answer exchanged with that body"), gettext_lazy("Note the answer"), forms.EmptyForm, aside="transfer", done=gettext_lazy("Noted."))  # fmt: skip
NEW_FACTS = Page(Action.NEW_FACTS, gettext_lazy("New facts"), gettext_lazy("Start the period again"), forms.NewFactsForm, hint=gettext_lazy("The statutory and the internal limit run from today. The registration's own words stay."), anchor="clocks", done=gettext_lazy("Noted: the limits run from today."))  # fmt: skip
DISPUTE = Page(Action.DISPUTE, gettext_lazy("Outside settlement"), gettext_lazy("Mark it"), forms.DisputeForm, hint=gettext_lazy("A disputed case is not filed before that is settled."), done=gettext_lazy("Marked."))  # fmt: skip
FILE = Page(Action.ARCHIVE, gettext_lazy("File the case"), gettext_lazy("File it"), forms.EmptyForm, aside="file", done=gettext_lazy("Filed."))  # fmt: skip


def _values(request) -> dict:
    return {"actor": request.user, "now": timezone.now()}


@requires("complaints.view_case")
def call_back(request, number: str):
    def work(case: Case, values: dict):
        return calling_back.call_back(case=case, **_values(request), **values)

    return take_step(request, number, CALL_BACK, work, context=lambda case: {"tries": calling_back.tries_left(case)})


@requires("complaints.view_case")
def reopen(request, number: str):
    def work(case: Case, values: dict):
        return reopening.reopen(case=case, **_values(request), **values)

    return take_step(request, number, REOPEN, work, context=lambda case: {"until": reopening.reopen_until(case)})


@requires("complaints.view_case")
def ask_review(request, number: str):
    def work(case: Case, values: dict):
        return reviewing.ask_review(case=case, **_values(request), **values)

    return take_step(request, number, ASK_REVIEW, work)


@requires("complaints.view_case")
def decide_review(request, number: str, pk: int):
    found = get_visible_case(request.user, number, request=request)
    review = get_object_or_404(found.reviews.select_related("branch", "decided_by"), pk=pk)

    def work(case: Case, values: dict):
        return reviewing.decide_review(case=case, review=review, **_values(request), **values)

    beside = {"review": review, "due": reviewing.due_on(review), "round": reopening.rounds_of(found)[review.round - 1]}
    return take_step(request, number, DECIDE_REVIEW, work, context=lambda _case: beside)


@requires("complaints.view_case")
def withdraw(request, number: str):
    def work(case: Case, values: dict):
        return ending.withdraw(case=case, **_values(request), **values)

    return take_step(request, number, WITHDRAW, work, initial=lambda _case: {"said_on": local_day(timezone.now())})


@requires("complaints.view_case")
def merge(request, number: str):
    def work(case: Case, values: dict):
        return ending.merge(case=case, **_values(request), **values)

    return take_step(request, number, MERGE, work)


@requires("complaints.view_case")
def pass_on(request, number: str):
    def work(case: Case, values: dict):
        return transferring.pass_on(case=case, **_values(request), **values)

    return take_step(request, number, PASS_ON, work)


@requires("complaints.view_case")
def take_in(request, number: str):
    def work(case: Case, values: dict):
        return transferring.take_in(case=case, **_values(request), **values)

    return take_step(request, number, TAKE_IN, work)


@requires("complaints.view_case")
def note_answer(request, number: str, pk: int):
    found = get_visible_case(request.user, number, request=request)
    transfer = get_object_or_404(found.transfers, pk=pk)

    def work(case: Case, _none: dict):
        return transferring.note_answer(case=case, transfer=transfer, **_values(request))

    return take_step(request, number, NOTE_ANSWER, work, context=lambda _case: {"transfer": transfer})


@requires("complaints.view_case")
def new_facts(request, number: str):
    def work(case: Case, values: dict):
        return renewing.add_new_facts(case=case, **_values(request), **values)

    return take_step(request, number, NEW_FACTS, work)


@requires("complaints.view_case")
def dispute(request, number: str):
    def work(case: Case, values: dict):
        return ending.set_dispute(case=case, **_values(request), **values)

    return take_step(request, number, DISPUTE, work, initial=lambda case: {"way": case.dispute})


@requires("complaints.view_case")
def file_case(request, number: str):
    def work(case: Case, _none: dict):
        return ending.file_case(case=case, **_values(request))

    return take_step(request, number, FILE, work, context=_filing)


def _filing(case: Case) -> dict:
    return {"kept_until": kept_until(case), "why_not": ending.why_not_filed(case)}


@requires("complaints.view_case")
@require_GET
def follow_up(request):
    """What waits for this person after an answer: redress, reviews and call-backs to make."""
    return render(request, "complaints/handling/follow_up.html", waiting_for(request.user, timezone.now()))
