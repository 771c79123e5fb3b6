"""Two people at one customer-analysis meeting in the same instant: one wins, the other is told, nothing is doubled."""

from datetime import timedelta

import pytest

from archives.classification.services import override
from archives.models import ClassChange, CustomerClass, Meeting, Override, Proposal, Run, Unit
from archives.reviews.meetings import save_attendance, save_head, save_minutes
from archives.reviews.quarterly import confirm_quarter, open_quarter
from crm.lib.refusals import Refused
from tests.classification.rows import make_quarter
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12


@pytest.fixture
def rounds(bank, cast, now):
    """A meeting where nothing is missing but the confirmation, so often; with the versions that everybody saw."""
    found = make_quarter(bank=bank, cast=cast, now=now)
    meeting, actor = open_quarter(unit=found["units"]["0100"], now=now), cast["president"]
    save_head(meeting=meeting, actor=actor, held_at=now - timedelta(hours=1), place="", host=actor, recorder=actor)
    save_attendance(meeting=meeting, actor=actor, people={actor.pk: (True, "")})
    save_minutes(meeting=meeting, actor=actor, minutes="决议")

    def make():
        for _n in range(ROUNDS):
            ClassChange.objects.all().delete()
            CustomerClass.objects.all().delete()
            Override.objects.all().delete()
            Proposal.objects.update(override_code="")
            Run.objects.update(state=Run.State.PROPOSED)
            Unit.objects.update(state=Unit.State.WAITING, meeting_number="", confirmed_by=None, confirmed_at=None)
            Meeting.objects.update(state="open", closed_by=None, closed_at=None, frozen={})
            yield Meeting.objects.get(pk=meeting.pk), Unit.objects.get(pk=found["units"]["0100"].pk)

    return found, make


def confirm(meeting, unit, actor, now):
    seen = Meeting.objects.get(pk=meeting.pk)
    return lambda: confirm_quarter(meeting=seen, unit_version=unit.version, actor=actor, now=now)


def whole(meeting, unit) -> str:
    """ "closed" or "open"; a half-done confirmation fails."""
    meeting, unit = Meeting.objects.get(pk=meeting.pk), Unit.objects.get(pk=unit.pk)
    changes = ClassChange.objects.filter(unit=unit).count()
    assert (meeting.state, unit.state, bool(meeting.frozen), changes > 0) in {
        ("closed", "confirmed", True, True),
        ("open", "waiting", False, False),
    }
    return meeting.state


def test_of_two_confirmations_one_wins_and_the_other_reads_who_was_first(rounds, cast, now):
    _found, make = rounds
    for meeting, unit in make():
        one, other = cast["president"], cast["headoffice"]
        results = at_once(confirm(meeting, unit, one, now), confirm(meeting, unit, other, now), errors=Refused)
        losers = [result for result in results if isinstance(result, Refused)]
        assert len(losers) == 1 and whole(meeting, unit) == "closed"
        winner = Meeting.objects.get(pk=meeting.pk).closed_by
        assert winner.name in losers[0].message
        assert ClassChange.objects.count() == 3


def test_a_confirmation_against_an_override_never_confirms_unseen(rounds, cast, now):
    found, make = rounds
    for meeting, unit in make():
        proposal = Proposal.objects.get(customer=found["faller"])

        def otherwise(proposal=proposal):
            return override(
                proposal=proposal, code="platinum", reason="过渡", approver=cast["president"], until=now.date() + timedelta(days=30), actor=cast["head"], now=now
            )  # fmt: skip

        results = at_once(confirm(meeting, unit, cast["president"], now), otherwise, errors=Refused)
        refused = [isinstance(result, Refused) for result in results]
        assert sum(refused) == 1
        state = whole(meeting, unit)
        assert state == ("open" if refused[0] else "closed")
        if state == "closed":
            assert CustomerClass.objects.get(customer=found["faller"]).code == "active"


def test_minutes_written_in_the_same_instant_are_seen_or_refused(rounds, cast, now):
    _found, make = rounds
    for n, (meeting, unit) in enumerate(make()):
        text = f"补记{n}"
        seen = Meeting.objects.get(pk=meeting.pk)

        def write(text=text, seen=seen):
            return save_minutes(meeting=seen, actor=cast["headoffice"], minutes=text)

        results = at_once(confirm(meeting, unit, cast["president"], now), write, errors=Refused)
        refused = [isinstance(result, Refused) for result in results]
        assert sum(refused) == 1
        assert whole(meeting, unit) == ("open" if refused[0] else "closed")
        assert (Meeting.objects.get(pk=meeting.pk).minutes == text) == refused[0]
