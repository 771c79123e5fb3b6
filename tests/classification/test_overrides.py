"""An override needs two people, a reason and an end, and stands only while the unit waits."""

from datetime import date

import pytest

from archives.classification.services import confirm_unit, end_override, override
from archives.models import Override, Run, Unit
from crm.lib.refusals import Refused, TooLate
from tests.archives import make_personal
from tests.classification.engine import QUARTER, compute, deposit, moment, proposal_of

pytestmark = pytest.mark.django_db
AT = moment(2026, 10, 20, 16)


@pytest.fixture
def person(outlet, now):
    found = make_personal(branch=outlet, now=now)
    deposit(found, 10)
    return found


@pytest.fixture
def run(person):
    return compute()


@pytest.fixture
def put(person, run, head, president):
    def act(**fields):
        terms = {
            "code": "gold", "reason": "将转入拆迁款", "approver": president, "until": date(2027, 9, 30), "actor": head, "now": AT,
        } | fields  # fmt: skip
        return override(proposal=proposal_of(person), **terms)

    return act


def test_it_stands_beside_the_proposal(put, person, head, president):
    made = put()
    row = proposal_of(person)
    assert (row.new_code, row.override_code) == ("active", "gold")
    assert (made.proposed_by, made.approver, made.reason, made.until) == (
        head,
        president,
        "将转入拆迁款",
        date(2027, 9, 30),
    )
    assert Unit.objects.get().version == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "  "},
        {"code": "brass"},
        {"code": "key"},
        {"until": date(2027, 10, 1)},
        {"until": date(2026, 10, 19)},
    ],
)
def test_its_terms_are_checked(put, person, fields):
    with pytest.raises(Refused):
        put(**fields)
    assert proposal_of(person).override_code == "" and Unit.objects.get().version == 1


def test_nobody_approves_their_own(put, head):
    with pytest.raises(Refused):
        put(approver=head)


def test_the_approver_has_the_right_and_the_branch(put, manager, stranger_head, headoffice):
    for wrong in (manager, stranger_head):
        with pytest.raises(Refused):
            put(approver=wrong)
    assert put(approver=headoffice)


def test_a_manager_sets_none(put, manager):
    with pytest.raises(Refused):
        put(actor=manager)


def test_the_database_refuses_one_person_twice(put, person, head):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.create(
            customer=person, run=Run.objects.get(), code="gold", reason="x", proposed_by=head, approver=head,
            until=date(2027, 1, 1), at=AT,
        )  # fmt: skip


def test_a_second_one_ends_the_first(put, person):
    first, second = put(), put(code="platinum")
    first.refresh_from_db()
    assert (first.ended_at, second.ended_at) == (AT, None)
    assert proposal_of(person).override_code == "platinum"


def test_one_of_an_earlier_quarter_ends_with_it(put, person, head, president):
    earlier = Run.objects.create(quarter="2026Q2", state="confirmed")
    older = Override.objects.create(
        customer=person, run=earlier, code="diamond", reason="x", proposed_by=head, approver=president,
        until=date(2027, 6, 30), at=AT,
    )  # fmt: skip
    made = put()
    older.refresh_from_db()
    assert (older.ended_at, made.ended_at) == (AT, None)


def test_it_does_not_become_what_its_own_run_proposes(person, run, head, president):
    """Decided anew after the earlier quarter's meeting, the proposal beside it is still the rule's."""
    person.accounts.update(balance_on=date(2026, 12, 31))
    compute(QUARTER.next, now=moment(2027, 1, 1, 8))
    override(
        proposal=proposal_of(person, QUARTER.next), code="gold", reason="拆迁款", approver=president,
        until=date(2027, 12, 31), actor=head, now=moment(2027, 1, 5, 9),
    )  # fmt: skip
    unit = Unit.objects.get(run=run)
    confirm_unit(
        unit=unit, version=unit.version, actor=president, meeting_number="1", effective_on=date(2027, 1, 6),
        now=moment(2027, 1, 6, 9),
    )  # fmt: skip
    row = proposal_of(person, QUARTER.next)
    assert (row.old_code, row.new_code, row.verdict, row.override_code) == ("active", "active", "same", "gold")


def test_a_manager_ends_none(put, person, manager):
    made = put()
    with pytest.raises(Refused):
        end_override(proposal=proposal_of(person), actor=manager, now=AT)
    made.refresh_from_db()
    assert made.ended_at is None and proposal_of(person).override_code == "gold"


def test_ended_before_the_meeting_the_proposal_counts_again(put, person, head):
    made = put()
    end_override(proposal=proposal_of(person), actor=head, now=AT)
    made.refresh_from_db()
    assert made.ended_at == AT and proposal_of(person).override_code == ""
    with pytest.raises(Refused):
        end_override(proposal=proposal_of(person), actor=head, now=AT)


def test_after_the_confirmation_none_is_set_and_the_meeting_that_saw_none_is_refused(put, person, head, president):
    seen = Unit.objects.get()
    put()
    terms = {"actor": president, "meeting_number": "1", "effective_on": date(2026, 10, 20), "now": AT}
    with pytest.raises(TooLate):
        confirm_unit(unit=seen, version=seen.version, **terms)
    confirm_unit(unit=seen, version=2, **terms)
    with pytest.raises(TooLate):
        put(code="platinum")
    end_override(proposal=proposal_of(person), actor=head, now=AT)
    assert person.customer_class.code == "gold"
    assert Override.objects.get().ended_at == AT
