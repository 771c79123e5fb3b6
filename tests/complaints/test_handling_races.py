"""Two people at one case in the same instant: one wins, the other is told, nothing is doubled."""

from functools import partial

import pytest

from complaints.cases.codes import State
from complaints.handling.assigning import accept_case, assign_case, reassign_case
from complaints.handling.contacting import record_contact
from complaints.handling.delegating import ask_delegation, decide_delegation
from complaints.handling.investigating import report_of, save_report, sign_report
from complaints.handling.rerouting import reroute_open_cases
from complaints.models import Case, Contact, Recusal
from crm.lib.refusals import Refused
from tests.cast import make_user
from tests.complaints.handling import fresh, words
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12


@pytest.fixture
def second(bank, cast):
    return make_user(username="second", role="service", branch=bank["0000"])


def race(*works):
    results = at_once(*works, errors=Refused)
    losers = [one for one in results if isinstance(one, Refused)]
    return results, losers


def test_of_two_officers_one_accepts(at, service, second, now):
    for _n in range(ROUNDS):
        case = at()
        _results, losers = race(
            partial(accept_case, case=fresh(case), actor=service, now=now),
            partial(accept_case, case=fresh(case), actor=second, now=now),
        )
        assert len(losers) == 1
        assert [event.action for event in case.events.all()] == ["accept", "assign"]


def test_of_two_officers_one_assigns(at, service, second, head, now):
    for _n in range(ROUNDS):
        case = at(State.ACCEPTED)
        case.respondents.create(employee=head, named_at=now)
        seen = [fresh(case), fresh(case)]
        _results, losers = race(
            partial(assign_case, case=seen[0], actor=service, now=now),
            partial(assign_case, case=seen[1], actor=second, now=now),
        )
        assert len(losers) == 1 and case.events.filter(action="assign").count() == 1
        assert Recusal.objects.filter(case=case).count() == 1


def test_of_two_signatures_one_stands(at, president, now):
    for _n in range(ROUNDS):
        case = at(State.INVESTIGATING)
        seen = [fresh(case), fresh(case)]

        def sign(n, seen=seen):
            said = words(facts=f"第{n}份")
            return sign_report(case=seen[n], actor=president, seen=1, words=said, now=now)

        results, losers = race(lambda: sign(0), lambda: sign(1))
        (winner,) = [one for one in results if not isinstance(one, Refused)]
        assert len(losers) == 1 and report_of(case).facts == winner.facts
        assert case.events.filter(action="find").count() == 1


def test_signing_against_giving_it_to_somebody_else(at, president, service, headoffice, now):
    for _n in range(ROUNDS):
        case = at(State.INVESTIGATING)
        seen = [fresh(case), fresh(case)]
        _results, losers = race(
            partial(sign_report, case=seen[0], actor=president, seen=1, words=words(), now=now),
            partial(reassign_case, case=seen[1], actor=service, reason="换人", investigator="headoffice", now=now),
        )
        after, report = fresh(case), report_of(case)
        assert len(losers) == 1
        signed = (after.state, report.signed_at is not None, after.investigator)
        assert signed in {(State.FOUND, True, president), (State.INVESTIGATING, False, headoffice)}


def test_two_tabs_save_one_draft(at, president, now):
    for _n in range(ROUNDS):
        case = at(State.CONTACTED)
        seen = [fresh(case), fresh(case)]
        _results, losers = race(
            partial(save_report, case=seen[0], actor=president, seen=0, words=words(facts="一"), now=now),
            partial(save_report, case=seen[1], actor=president, seen=0, words=words(facts="二"), now=now),
        )
        assert len(losers) == 1 and case.investigations.count() == 1
        assert case.events.filter(action="investigate").count() == 1


def test_one_attempt_pressed_twice_is_recorded_once(at, head, now):
    for _n in range(ROUNDS):
        case = at(State.ASSIGNED)
        seen = [fresh(case), fresh(case)]

        def attempt(n, seen=seen):
            return record_contact(case=seen[n], actor=head, at=now, means="phone", result="no_answer", note="", now=now)

        _results, losers = race(lambda: attempt(0), lambda: attempt(1))
        assert len(losers) == 1 and Contact.objects.filter(case=case).count() == 1


def test_of_two_decisions_on_a_delegation_one_stands(at, president, service, second, now):
    for _n in range(ROUNDS):
        case = at(State.CONTACTED)
        row = ask_delegation(case=case, actor=president, to="manager", reason="外出", now=now)
        seen = [fresh(case), fresh(case)]
        _results, losers = race(
            partial(decide_delegation, case=seen[0], delegation=row, actor=service, granted=True, now=now),
            partial(decide_delegation, case=seen[1], delegation=row, actor=second, granted=False, now=now),
        )
        assert len(losers) == 1 and case.events.filter(action="delegate").count() == 2


def test_the_hourly_job_beside_an_officer_and_itself(at, president, service, headoffice, now):
    for _n in range(ROUNDS):
        case = at(State.INVESTIGATING)
        president.is_active = False
        president.save()
        seen = fresh(case)
        at_once(
            lambda: reroute_open_cases(now=now),
            lambda: reroute_open_cases(now=now),
            partial(reassign_case, case=seen, actor=service, reason="换人", investigator="colleague", now=now),
            errors=Refused,
        )
        assert fresh(case).investigator.username in {"headoffice", "colleague"}
        assert case.events.filter(action="reassign").count() == 1
        president.is_active = True
        president.save()
        Case.objects.filter(pk=case.pk).update(state=State.REGISTERED)
