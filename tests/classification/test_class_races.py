"""A meeting confirms while somebody overrides, or two confirm: one wins, the other is told, nothing happens twice.

Calibrated: without the version in the unit's claim the first fails within the first rounds, without the
claim's state the second.
"""

from datetime import date

import pytest

from archives.classification.services import confirm_unit, override
from archives.models import ClassChange, CustomerClass, Override, Proposal, Run, Unit
from crm.lib.refusals import Refused
from tests.archives import make_personal
from tests.classification.engine import compute, deposit, moment, proposal_of
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 200
AT = moment(2026, 10, 20, 16)


@pytest.fixture
def person(outlet, now):
    found = make_personal(branch=outlet, now=now)
    deposit(found, 10)
    compute()
    return found


def again() -> Unit:
    """The state before the meeting, once more."""
    ClassChange.objects.all().delete()
    CustomerClass.objects.all().delete()
    Override.objects.all().delete()
    Proposal.objects.update(override_code="")
    Run.objects.update(state="proposed")
    Unit.objects.update(state="waiting", version=1, confirmed_by=None, confirmed_at=None)
    return Unit.objects.get()


def confirming(unit, actor):
    return lambda: confirm_unit(
        unit=unit, version=unit.version, actor=actor, meeting_number=actor.name, effective_on=date(2026, 10, 20), now=AT
    )


def overriding(person, actor, approver):
    row = proposal_of(person)
    return lambda: override(
        proposal=row, code="gold", reason="拆迁款", approver=approver, until=date(2027, 3, 31), actor=actor, now=AT
    )


def test_a_confirmation_and_an_override_at_once_tell_one_story(person, head, president):
    won = set()
    for _n in range(ROUNDS):
        unit = again()
        results = at_once(confirming(unit, president), overriding(person, head, president), errors=Refused)
        winners = [result for result in results if not isinstance(result, Refused)]
        assert len(winners) == 1, results
        won.add(type(winners[0]))
        after = Unit.objects.get()
        if isinstance(winners[0], Unit):
            assert (after.state, person.class_changes.get().new_code) == ("confirmed", "active")
            assert not Override.objects.exists() and proposal_of(person).override_code == ""
        else:
            assert (after.state, after.version) == ("waiting", 2)
            assert Override.objects.count() == 1 and not ClassChange.objects.exists()
    assert won == {Unit, Override} or ROUNDS < 50


def test_two_confirmations_at_once_change_classes_once(person, president, headoffice):
    for _n in range(ROUNDS):
        unit = again()
        results = at_once(confirming(unit, president), confirming(unit, headoffice), errors=Refused)
        winners = [result for result in results if isinstance(result, Unit)]
        assert len(winners) == 1, results
        loser = next(result for result in results if isinstance(result, Refused))
        assert winners[0].confirmed_by.name in loser.message
        assert person.class_changes.get().meeting_number == winners[0].confirmed_by.name
        assert Run.objects.get().state == "confirmed"


def test_the_last_two_units_at_once_confirm_the_run(person, bank, president, stranger_head, now):
    Run.objects.all().delete()
    from crm.jobs.models import JobRun

    JobRun.objects.all().delete()
    deposit(make_personal(branch=bank["0201"], now=now), 10)
    compute()
    for _n in range(30):
        ClassChange.objects.all().delete()
        Run.objects.update(state="proposed")
        Unit.objects.update(state="waiting", version=1)
        east, south = Unit.objects.order_by("branch__path")
        results = at_once(confirming(east, president), confirming(south, stranger_head), errors=Refused)
        assert all(isinstance(result, Unit) for result in results), results
        assert Run.objects.get().state == "confirmed"
        assert ClassChange.objects.count() == 2 or CustomerClass.objects.count() == 2
