"""The purge: not before its day, by a third person who types the number; everything goes and a tombstone stays."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from archives.customers.models import Customer
from archives.models import ChangeRequest, Deletion, Tombstone
from archives.retention import due as daily
from archives.retention.services import (
    confirm_purge,
    confirmers,
    legal_end,
    note_legal_retention,
    place_hold,
    release_hold,
    restore,
)
from crm.jobs.models import JobRun
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_account, make_personal
from tests.retention.deletions import delete, due, vouch

pytestmark = pytest.mark.django_db


# --- who -------------------------------------------------------------------------------------------------------------


def test_everything_goes_and_a_tombstone_stays(archive, binned, purge, head, teller, manager):
    request, number = binned.request, archive.number
    stone = purge(binned)
    assert stone == Tombstone.objects.get(number=number)
    assert (stone.kind, stone.category, stone.reason_code) == ("customer", "dead", "dead")
    assert (stone.proposer, stone.approver, stone.confirmer) == (teller, manager, head)
    assert (stone.request_number, stone.proposed_at) == (request.number, request.submitted_at)
    assert not Customer.everyone.exists() and not Customer.history.exists()
    assert not Deletion.objects.exists() and not ChangeRequest.objects.exists()
    assert stone.rows["customer"] == 1 and stone.rows["historicalcustomer"] == 2


@pytest.mark.parametrize("typed", ["", "1", "{n}0", "x{n}"])
def test_a_mistyped_number_purges_nothing(archive, binned, purge, typed):
    with pytest.raises(Refused):
        purge(binned, typed=typed.format(n=archive.number))
    assert Customer.everyone.filter(pk=archive.pk).exists()


@pytest.mark.parametrize("who", ["teller", "manager", "colleague", "stranger_head", "service", "auditor", "admin"])
def test_others_purge_nothing(archive, binned, purge, cast, who):
    with pytest.raises(NotYours):
        purge(binned, actor=cast[who])
    assert Customer.everyone.filter(pk=archive.pk).exists()


@pytest.mark.parametrize("role", ["proposer", "approver"])
def test_proposer_and_approver_never_confirm(archive, head, president, manager, purge, now, role):
    """Each has the right to purge: it is their part in this deletion that keeps them from it."""
    two = (head, manager) if role == "proposer" else (manager, head)
    deletion = delete(customer=archive, proposer=two[0], approver=two[1], now=now)
    with pytest.raises(NotYours):
        purge(deletion, actor=head)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deletion.objects.update(confirmed_by=head)
    assert purge(deletion, actor=president).confirmer == president


def test_a_right_taken_away_meanwhile_counts(binned, purge, head):
    head.role_grants.all().delete()
    with pytest.raises(NotYours):
        purge(binned)


def test_a_restored_archive_is_not_purged(archive, binned, purge, colleague, now):
    restore(deletion=binned, actor=colleague, reason="客户又来了", now=now)
    with pytest.raises(TooLate, match=colleague.name):
        purge(binned)
    assert Customer.objects.filter(pk=archive.pk).exists()


def test_a_number_is_never_given_again(archive, binned, purge, outlet):
    purge(binned)
    assert int(make_personal(branch=outlet).number) > int(archive.number)


def test_a_lower_number_purged_later_gives_no_higher_one_free(archive, outlet, teller, manager, purge, now):
    higher = make_personal(branch=outlet, manager=manager, now=now)
    for customer in (higher, archive):
        purge(delete(customer=customer, proposer=teller, approver=manager, now=now))
        vouch(now)
    assert int(make_personal(branch=outlet).number) > int(higher.number)


def test_whoever_comes_after_a_purge_is_told(binned, purge, head, manager, now):
    stale = Deletion.objects.get(pk=binned.pk)
    purge(binned)
    for late in (
        lambda: restore(deletion=stale, actor=manager, reason="客户又来了", now=now),
        lambda: confirm_purge(deletion=stale, actor=head, typed_number=stale.number, now=due(stale)),
    ):
        with pytest.raises(TooLate, match=head.name):
            late()


# --- what stands in the way ------------------------------------------------------------------------------------------


def test_a_new_complaint_holds_it_up_until_it_ends(archive, binned, purge):
    moment = due(binned)
    place_hold(customer=archive, kind="complaint", source="TS-1", actor=None, now=moment)
    with pytest.raises(Refused, match="TS-1"):
        purge(binned)
    binned.refresh_from_db()
    assert (binned.state, binned.confirmed_by) == ("kept", None)
    release_hold(customer=archive, kind="complaint", source="TS-1", actor=None, now=moment)
    assert purge(binned).number == archive.number


def test_a_hold_on_what_was_purged_is_refused(archive, binned, purge, now):
    purge(binned)
    with pytest.raises(TooLate):
        place_hold(customer=archive, kind="complaint", source="TS-1", actor=None, now=now)
    with pytest.raises(TooLate):
        note_legal_retention(customer=archive, kind="complaint", source="TS-1", until=now.date())


def test_an_account_that_a_feed_opened_meanwhile_holds_it_up(archive, binned, purge):
    make_account(customer=archive)
    with pytest.raises(Refused):
        purge(binned)


# --- sealing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closed", "posted", "until"),
    [
        (date(2020, 3, 5), [], date(2030, 3, 5)),
        (date(2020, 2, 29), [], date(2030, 2, 28)),
        (date(2020, 3, 5), [date(2021, 1, 1)], date(2031, 1, 1)),
    ],
)
def test_who_ever_had_an_account_is_sealed_for_ten_years(
    archive, teller, manager, head, purge, now, closed, posted, until
):
    make_account(customer=archive, status="closed", closed_on=closed, opened_on=date(2010, 1, 1), postings=[(day, 1) for day in posted])  # fmt: skip
    deletion = delete(customer=archive, proposer=teller, approver=manager, now=now)
    sealed = purge(deletion)
    assert isinstance(sealed, Deletion)
    assert (sealed.state, sealed.sealed_until, sealed.seal_reason, sealed.confirmed_by) == (
        "sealed",
        until,
        "account",
        head,
    )
    hidden = Customer.everyone.get(pk=archive.pk)
    assert hidden.life == "sealed" and hidden.history.first().life == "sealed" and hidden.accounts.count() == 1
    assert not Tombstone.objects.exists()


def test_a_user_of_somebody_elses_account_is_sealed_too(archive, outlet, now):
    other = make_personal(branch=outlet)
    account = make_account(customer=other, status="closed", closed_on=date(2020, 3, 5), opened_on=date(2019, 1, 1))
    account.holders.create(customer=archive, role="user")
    assert legal_end(archive).until == date(2030, 3, 5)


def test_an_account_that_passed_to_another_counts_too(archive, outlet):
    account = make_account(customer=archive, status="closed", closed_on=date(2020, 3, 5), opened_on=date(2019, 1, 1))
    account.customer = make_personal(branch=outlet)
    account.save()
    assert legal_end(archive).until == date(2030, 3, 5)
    assert legal_end(archive, merged=True) is None


def test_the_latest_duty_counts(archive):
    assert legal_end(archive) is None
    note_legal_retention(customer=archive, kind="complaint", source="TS-1", until=date(2031, 5, 1))
    note_legal_retention(customer=archive, kind="complaint", source="TS-1", until=date(2030, 5, 1))
    make_account(customer=archive, status="closed", closed_on=date(2020, 3, 5), opened_on=date(2019, 1, 1))
    end = legal_end(archive)
    assert (end.until, end.reason) == (date(2031, 5, 1), "complaint")


@pytest.fixture
def sealed(archive, teller, manager, purge, now):
    """Sealed until 2030-05-01 for a complaint."""
    note_legal_retention(customer=archive, kind="complaint", source="TS-1", until=date(2030, 5, 1))
    return purge(delete(customer=archive, proposer=teller, approver=manager, now=now))


def at(day: date, clock: time = time(9)) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)


def test_what_is_sealed_is_purged_when_the_law_lets_it_go(archive, sealed, purge):
    for moment in (at(date(2029, 1, 1)), at(date(2030, 5, 1), time(23, 59))):
        vouch(moment)
        with pytest.raises(Refused):
            purge(sealed, now=moment)
    vouch(at(date(2030, 5, 2)))
    assert purge(sealed, now=at(date(2030, 5, 2))).number == archive.number
    assert not Customer.everyone.exists()


def test_a_duty_that_came_later_seals_it_again(archive, sealed, purge):
    note_legal_retention(customer=archive, kind="court", source="案-1", until=date(2035, 1, 1))
    vouch(at(date(2030, 5, 2)))
    again = purge(sealed, now=at(date(2030, 5, 2)))
    assert (again.state, again.sealed_until, again.seal_reason) == ("sealed", date(2035, 1, 1), "court")


def test_only_head_office_restores_what_is_sealed(archive, sealed, cast, now):
    for who in ("manager", "head", "president", "auditor"):
        with pytest.raises(NotYours):
            restore(deletion=sealed, actor=cast[who], reason="客户又来开户", now=now)
    restore(deletion=sealed, actor=cast["headoffice"], reason="客户又来开户", now=now)
    assert Customer.objects.get(pk=archive.pk).life == "active"


def test_whoever_confirms_a_sealing_twice_is_told(sealed, purge, head):
    stale = Deletion.objects.get(pk=sealed.pk)
    stale.state, stale.version = "kept", 1
    with pytest.raises(TooLate, match=head.name):
        confirm_purge(deletion=stale, actor=head, typed_number=stale.number, now=due(sealed))


# --- the daily job ---------------------------------------------------------------------------------------------------


def run_daily(moment) -> dict:
    run = JobRun.objects.create(job="retention-due", period=str(moment), status="running", lease_token="x")
    run.turn_now, run.turn_began = moment, 0.0
    daily.run(period=run.period, run=run, now=moment)
    run.refresh_from_db()
    return run.counts


def test_those_who_may_confirm_are_told_once(binned, head, president, headoffice, archive):
    moment = due(binned)
    assert run_daily(moment - timedelta(minutes=5)) == {"told": 0, "waiting": 0}
    vouch(moment)
    assert run_daily(moment) == {"told": 3, "waiting": 0}
    assert run_daily(moment + timedelta(minutes=1)) == {"told": 0, "waiting": 0}
    notices = Notice.objects.filter(kind="retention-due")
    assert {notice.recipient for notice in notices} == {head, president, headoffice}
    assert all(archive.number in notice.text for notice in notices)


def test_a_jump_forward_tells_nobody(binned, now):
    vouch(now)
    assert run_daily(now + timedelta(days=400)) == {"told": 0, "waiting": 0}


def test_nobody_is_told_whose_part_it_was(archive, head, manager, president, now):
    deletion = delete(customer=archive, proposer=manager, approver=head, now=now)
    assert head not in confirmers(deletion) and president in confirmers(deletion)


def test_what_is_blocked_is_asked_again_every_day(archive, binned):
    moment = due(binned)
    place_hold(customer=archive, kind="complaint", source="TS-1", actor=None, now=moment)
    assert run_daily(moment) == {"told": 0, "waiting": 1}
    release_hold(customer=archive, kind="complaint", source="TS-1", actor=None, now=moment)
    assert run_daily(moment + timedelta(minutes=1))["told"] == 3


def test_the_end_of_a_sealing_is_told_again(sealed):
    moment = at(date(2030, 5, 2))
    vouch(moment)
    assert run_daily(moment)["told"] == 3
