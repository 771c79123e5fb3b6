"""15 → 30 by the office, 30 → 60 by the upper level or head office; never by who asked, never untold, never too late."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from complaints.cases.codes import State
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.clocks.extending import ask_extension, decide_extension
from complaints.clocks.models import ClockShift, Extension
from complaints.clocks.pausing import ask_pause, decide_pause
from complaints.models import Case
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.complaints.clocks_world import MONDAY, case_on, clock_of
from tests.complaints.test_clocks_rules import at

DAY = timedelta(days=1)


@pytest.fixture
def case(cast, outlet):
    return case_on(cast, outlet, to=State.INVESTIGATING)


def ask(case, actor, when=MONDAY + DAY):
    return ask_extension(case=case, reason="需外部取证", actor=actor, now=when)


def grant(extension, case, actor, when=MONDAY + DAY, **changes):
    values = {"grant": True, "means": "sms", "told_at": when} | changes
    return decide_extension(extension=extension, case=case, actor=actor, now=when, **values)


def test_two_steps_move_statutory_and_internal(case, president, service, headoffice):
    grant(ask(case, president), case, service)
    assert clock_of(case, "statutory").due_at == at("2026-12-23 24:00")
    assert clock_of(case, "internal").due_at == at("2026-12-22 24:00")
    second = ask(case, president, when=MONDAY + 20 * DAY)
    assert second.step == 2
    grant(second, case, headoffice, when=MONDAY + 20 * DAY)
    statutory = clock_of(case, "statutory")
    assert (statutory.due_at, statutory.amount, statutory.first_due_at) == (at("2027-01-22 24:00"), 60, at("2026-12-08 24:00"))  # fmt: skip
    assert clock_of(case, "internal").due_at == at("2027-01-21 24:00")
    assert [row.reason for row in ClockShift.objects.all()] == ["需外部取证"] * 4
    with pytest.raises(Refused):
        ask(case, president, when=MONDAY + 30 * DAY)
    assert list(case.events.filter(action__startswith="extend").values_list("action", flat=True)) == [
        "extend",
        "extend_again",
    ]


def test_both_count_from_the_start_with_what_was_paused(case, president, service):
    pause = ask_pause(case=case, reason="testing", note="送检", actor=president, now=MONDAY)
    decide_pause(pause=pause, case=case, grant=True, means="phone", told_at=MONDAY, actor=service, now=MONDAY)
    with pytest.raises(Refused):
        ask(case, president)
    from complaints.clocks.pausing import resume

    resume(case=case, actor=president, now=MONDAY + 4 * DAY)
    grant(ask(case, president, when=MONDAY + 5 * DAY), case, service, when=MONDAY + 5 * DAY)
    assert clock_of(case, "statutory").due_at == at("2026-12-27 24:00")
    assert clock_of(case, "internal").due_at == at("2026-12-26 24:00")


@pytest.mark.parametrize("who", ["teller", "colleague", "head", "headoffice", "stranger"])
def test_only_the_investigator_or_the_office_asks(case, cast, who):
    with pytest.raises(NotYours):
        ask(case, cast[who])


@pytest.mark.parametrize(("step", "right", "wrong"), [(1, "service", ["headoffice", "head", "teller"]), (2, "headoffice", ["service", "head", "teller"])])  # fmt: skip
def test_each_step_has_its_decider(case, cast, president, service, step, right, wrong):
    if step == 2:
        grant(ask(case, president), case, service)
    extension = ask(case, president, when=MONDAY + 2 * DAY)
    for who in wrong:
        with pytest.raises(NotYours):
            grant(extension, case, cast[who], when=MONDAY + 2 * DAY)
    grant(extension, case, cast[right], when=MONDAY + 2 * DAY)


def test_the_upper_level_decides_the_second_step_but_not_the_investigator(
    cast, bank, outlet, president, service, headoffice
):
    case = case_on(cast, outlet, to=State.INVESTIGATING)
    grant(ask(case, service, when=MONDAY), case, _other_officer(bank), when=MONDAY)
    extension = ask(case, service)
    with pytest.raises(NotYours):
        grant(extension, case, president)  # investigates it, so is not the upper level
    Case.objects.filter(pk=case.pk).update(investigator=cast["head"])
    case.refresh_from_db()
    grant(extension, case, president)


def _other_officer(bank):
    from crm.staff.roles import Role
    from tests.cast import make_user

    return make_user(username="officer", role=Role.SERVICE, branch=bank["0000"], name="韩松")


def test_nobody_decides_their_own(case, service):
    extension = ask(case, service)
    with pytest.raises(NotYours):
        grant(extension, case, service)
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.update(decided_by=service)


@pytest.mark.parametrize(
    "changes", [{"means": ""}, {"told_at": None}, {"told_at": MONDAY}, {"told_at": MONDAY + 3 * DAY}]
)
def test_the_customer_is_told(case, president, service, changes):
    extension = ask(case, president)
    with pytest.raises(Refused):
        grant(extension, case, service, **changes)
    assert clock_of(case, "statutory").amount == 15


def test_a_limit_that_has_passed_is_not_extended(case, president, service):
    extension = ask(case, president)
    with pytest.raises(Refused):
        grant(extension, case, service, when=at("2026-12-09 00:01"), told_at=at("2026-12-08 10:00"))
    with pytest.raises(Refused):
        ask(case, president, when=at("2026-12-09 00:01"))


def test_refused_with_words_it_may_be_asked_again(case, president, service):
    extension = ask(case, president)
    with pytest.raises(Refused):
        ask(case, president)
    with pytest.raises(Refused):
        decide_extension(extension=extension, case=case, grant=False, comment="", actor=service, now=MONDAY + DAY)
    decide_extension(extension=extension, case=case, grant=False, comment="材料已足", actor=service, now=MONDAY + DAY)
    assert clock_of(case, "statutory").amount == 15
    assert ask(case, president).step == 1


def test_twice_and_stale_are_too_late(case, president, service, bank):
    extension = ask(case, president)
    stale = Case.objects.get(pk=case.pk)
    grant(extension, case, service)
    with pytest.raises(TooLate):
        grant(extension, case, _other_officer(bank))
    with pytest.raises((TooLate, Refused)):
        grant(Extension.objects.get(), stale, service)


def test_only_handled_cases(cast, outlet, service):
    for state in (State.REGISTERED, State.ACCEPTED, State.CLOSED):
        with pytest.raises((NotYours, Refused)):
            ask(case_on(cast, outlet, to=state), service)


def test_who_decides_is_told_and_then_who_asked(case, president, service, headoffice):
    extension = ask(case, president)
    assert Notice.objects.of(service).filter(kind="extension-asked").exists()
    grant(extension, case, service)
    assert Notice.objects.of(president).filter(kind="extension-granted").exists()
    ask(case, president, when=MONDAY + 2 * DAY)
    assert Notice.objects.of(headoffice).filter(kind="extension-asked").exists()
    assert not Notice.objects.of(service).filter(kind="extension-asked").count() > 1


def test_new_facts_after_an_extension_keep_the_longer_period(case, president, service):
    grant(ask(case, president), case, service)
    act(case=case, action=Action.NEW_FACTS, actor=service, now=at("2026-12-01 10:00"))
    assert clock_of(case, "statutory").due_at == at("2026-12-31 24:00")
    assert clock_of(case, "internal").due_at == at("2026-12-30 24:00")
