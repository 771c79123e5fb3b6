"""A pause: asked for, decided by another person of the office, told before it begins; then exactly what was left."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from complaints.cases.codes import State
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.clocks.models import Clock, ClockShift, Pause
from complaints.clocks.pause_report import report_of
from complaints.clocks.pausing import ask_pause, decide_pause, resume
from complaints.models import Case
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from crm.staff.roles import Role
from tests.cast import make_user
from tests.complaints.clocks_world import MONDAY, case_on, clock_of
from tests.complaints.test_clocks_rules import at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def case(cast, outlet):
    return case_on(cast, outlet, to=State.INVESTIGATING)


@pytest.fixture
def officer(cast, bank):
    """A second person of the office."""
    return make_user(username="officer", role=Role.SERVICE, branch=bank["0000"], name="韩松")


def ask(case, actor, when=MONDAY + DAY, reason="testing"):
    return ask_pause(case=case, reason=reason, note="送检点钞机", actor=actor, now=when)


def grant(pause, case, actor, when=MONDAY + DAY, **changes):
    values = {"grant": True, "means": "phone", "told_at": when} | changes
    return decide_pause(pause=pause, case=case, actor=actor, now=when, **values)


def test_plan_internal_and_statutory_stand_still_and_run_on(case, president, service):
    pause = ask(case, president)
    grant(pause, case, service, when=at("2026-11-25 10:00"), told_at=at("2026-11-25 09:00"))
    case.refresh_from_db()
    paused = {clock.kind: clock.left for clock in Clock.objects.filter(case=case).exclude(paused_at=None)}
    # the plan was late already: a pause saves nothing that has passed
    assert paused == {"internal": 3, "statutory": 13}
    assert case.paused_at == at("2026-11-25 10:00") and case.nearest_at == clock_of(case, "plan").due_at
    assert not Clock.objects.filter(case=case, paused_at__isnull=False, next_warning_at__isnull=False).exists()
    resume(case=case, actor=president, now=at("2026-12-02 16:00"))
    case.refresh_from_db()
    internal, statutory = clock_of(case, "internal"), clock_of(case, "statutory")
    assert (internal.due_at, internal.paused_amount) == (at("2026-12-07 24:00"), 5)
    assert (statutory.due_at, statutory.paused_amount) == (at("2026-12-15 24:00"), 7)
    assert statutory.first_due_at == at("2026-12-08 24:00") and case.paused_at is None
    assert set(ClockShift.objects.values_list("why", flat=True)) == {"pause"}
    pause.refresh_from_db()
    assert (pause.started_at, pause.ended_at) == (at("2026-11-25 10:00"), at("2026-12-02 16:00"))


def test_over_the_spring_festival_working_days_lose_nothing(cast, outlet, president, service):
    case = case_on(cast, outlet, received=at("2026-02-12 09:00"), to=State.INVESTIGATING)
    grant(ask(case, president, when=at("2026-02-13 09:00")), case, service, when=at("2026-02-13 09:00"))
    resume(case=case, actor=service, now=at("2026-02-25 09:00"))
    assert clock_of(case, "internal").due_at == at("2026-03-02 24:00")  # four were left: 26, 27, make-up 28, 2 March
    assert clock_of(case, "statutory").due_at == at("2026-03-11 24:00")


def test_what_was_paused_does_not_count_as_used(case, president, service, cast):
    grant(ask(case, president), case, service)
    resume(case=case, actor=president, now=MONDAY + 8 * DAY)
    act(case=case, action=Action.WITHDRAW, actor=service, now=MONDAY + 9 * DAY)
    case = case_on(cast, case.respondent, to=State.REPLIED)
    grant(ask(case, president), case, service)
    resume(case=case, actor=president, now=MONDAY + 8 * DAY)
    act(case=case, action=Action.CLOSE, actor=service, now=MONDAY + 10 * DAY, closed_at=MONDAY + 10 * DAY)
    statutory = clock_of(case, "statutory")
    assert (statutory.end, statutory.actual, statutory.difference) == ("met", 3, -12)


def test_ending_a_case_ends_its_pause(case, president, service):
    grant(ask(case, president), case, service)
    act(case=case, action=Action.WITHDRAW, actor=service, now=MONDAY + 3 * DAY)
    case.refresh_from_db()
    assert case.paused_at is None and Pause.objects.get().ended_at == MONDAY + 3 * DAY
    assert not Clock.objects.open().filter(case=case).exists()


def test_what_was_asked_falls_with_the_case(case, president, service):
    ask(case, president)
    act(case=case, action=Action.WITHDRAW, actor=service, now=MONDAY + 3 * DAY)
    assert Pause.objects.get().granted is False


def test_the_office_is_told_and_then_who_asked(case, president, service):
    pause = ask(case, president)
    assert Notice.objects.of(service).get(kind="pause-asked").link == f"/complaints/{case.number}/clocks/"
    grant(pause, case, service)
    assert Notice.objects.of(president).filter(kind="pause-granted").count() == 1


@pytest.mark.parametrize("who", ["teller", "colleague", "head", "stranger", "headoffice"])
def test_only_the_investigator_or_the_office_asks(case, cast, who):
    with pytest.raises(NotYours):
        ask(case, cast[who])
    assert not Pause.objects.exists()


@pytest.mark.parametrize("who", ["president", "head", "headoffice"])
def test_only_the_office_decides(case, cast, president, who):
    pause = ask(case, president)
    with pytest.raises(NotYours):
        grant(pause, case, cast[who])


def test_nobody_decides_their_own(case, service, officer):
    pause = ask(case, service)
    with pytest.raises(NotYours):
        grant(pause, case, service)
    grant(pause, case, officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.update(decided_by=service)


@pytest.mark.parametrize(
    "changes",
    [{"means": ""}, {"means": "rumour"}, {"told_at": None}, {"told_at": MONDAY}, {"told_at": MONDAY + 2 * DAY}],
)
def test_the_customer_is_told_before_it_begins(case, president, service, changes):
    pause = ask(case, president)
    with pytest.raises(Refused) as refused:
        grant(pause, case, service, **changes)
    assert set(refused.value.fields) <= {"means", "told_at"}
    case.refresh_from_db()
    assert case.paused_at is None and Pause.objects.get().granted is None


def test_a_refusal_needs_words_and_moves_nothing(case, president, service):
    pause = ask(case, president)
    with pytest.raises(Refused):
        decide_pause(pause=pause, case=case, grant=False, actor=service, now=MONDAY + DAY)
    decide_pause(pause=pause, case=case, grant=False, comment="行内可查", actor=service, now=MONDAY + DAY)
    assert not Clock.objects.paused().exists() and Pause.objects.get().comment == "行内可查"
    ask(case, president)  # and may be asked for again


def test_twice_is_too_late(case, president, service, officer):
    pause = ask(case, president)
    with pytest.raises(Refused):
        ask(case, president)
    grant(pause, case, service)
    stale = Case.objects.get(pk=case.pk)
    stale.version -= 1
    with pytest.raises(TooLate):
        resume(case=stale, actor=president, now=MONDAY + 2 * DAY)
    with pytest.raises(TooLate):
        grant(Pause.objects.get(), case, officer)
    resume(case=case, actor=president, now=MONDAY + 2 * DAY)
    with pytest.raises(Refused):
        resume(case=case, actor=president, now=MONDAY + 2 * DAY)


def test_refusals_of_asking(case, president):
    for reason, when in [("holiday", MONDAY + DAY), ("testing", at("2026-12-20 10:00"))]:
        with pytest.raises(Refused):
            ask(case, president, reason=reason, when=when)
    with pytest.raises(Refused):
        ask_pause(case=case, reason="testing", note=" ", actor=president, now=MONDAY + DAY)


def test_new_facts_while_paused_leave_the_whole_period(case, president, service):
    grant(ask(case, president), case, service)
    act(case=case, action=Action.NEW_FACTS, actor=service, now=MONDAY + 3 * DAY)
    assert clock_of(case, "statutory").left == 15
    resume(case=case, actor=president, now=MONDAY + 5 * DAY)
    assert clock_of(case, "statutory").due_at == at("2026-12-13 24:00")


def test_the_report_counts_what_it_lists(case, president, service, headoffice, stranger_head):
    grant(ask(case, president), case, service)
    resume(case=case, actor=president, now=MONDAY + 36 * DAY)
    now = MONDAY + 40 * DAY
    found = report_of(headoffice, first=local_day(MONDAY), last=local_day(now), now=now)
    outlet = found["outlets"][0]
    assert (outlet.asked, outlet.granted, outlet.days, outlet.longest, outlet.is_long) == (1, 1, 35, 35, True)
    assert sum(days for _row, days in found["rows"]) == outlet.days
    assert report_of(stranger_head, first=local_day(MONDAY), last=local_day(now), now=now)["rows"] == []
    assert report_of(headoffice, first=local_day(now), last=local_day(now), now=now)["rows"] == []
