"""Never early: by the calendar, the clock, the time zone, or a hand in the database."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from archives.checks import deleted_archives_are_kept_for_a_month
from archives.models import ChangeRequest, Clock, Customer, Deletion
from archives.retention.rules import STEADY, Watch, is_over, keep_until, went_back
from archives.retention.services import accept_clock, confirm_purge, reading, vouched
from crm.jobs.registry import JobError, find
from crm.lib.dates import SHANGHAI, add_months
from crm.lib.refusals import Refused
from tests.retention.deletions import delete, due, vouch

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 1, 31, 9, 30, tzinfo=SHANGHAI)


# --- the calendar ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 1, 31), date(2026, 3, 2)),  # a month later is clamped to 28 February: thirty days are later
        (date(2028, 1, 31), date(2028, 3, 1)),  # leap year
        (date(2026, 2, 1), date(2026, 3, 3)),  # February: thirty days
        (date(2026, 3, 31), date(2026, 4, 30)),
        (date(2026, 7, 31), date(2026, 8, 31)),  # 31 days: a month
        (date(2026, 8, 31), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2028, 2, 29), date(2028, 3, 30)),
        (date(2026, 4, 15), date(2026, 5, 15)),
    ],
)
def test_both_thirty_days_and_a_month_have_passed(day, last):
    assert keep_until(day) == last


def test_every_day_of_a_century_and_more_keeps_thirty_days_and_a_month():
    day = date(2000, 1, 1)
    while day.year <= 2100:
        last = keep_until(day)
        assert last >= day + timedelta(days=30) and last >= add_months(day, 1)
        assert last in (day + timedelta(days=30), add_months(day, 1)) and (last - day).days <= 31
        day += DAY


@pytest.mark.parametrize("days", [-5, 0, 1, 29, 30])
def test_a_shorter_time_cannot_be_set(days):
    assert keep_until(date(2026, 4, 10), days) == date(2026, 5, 10)


def test_a_longer_time_can_be_set():
    assert keep_until(date(2026, 4, 10), 90) == date(2026, 7, 9)


@pytest.mark.parametrize(("days", "errors"), [(29, 1), (0, 1), (30, 0), (180, 0)])
def test_the_check_refuses_a_setting_below_the_floor(settings, days, errors):
    settings.RETENTION_DAYS = days
    assert len(deleted_archives_are_kept_for_a_month(None)) == errors


moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 1), timezones=st.just(ZoneInfo("UTC")))


@given(approved=moments, shift=st.integers(-3 * 86_400, 3 * 86_400))
def test_the_boundary_is_the_end_of_the_local_day(approved, shift):
    """Around the last midnight: over exactly from it on, and never before thirty full days."""
    local = approved.astimezone(SHANGHAI)
    last = keep_until(local.date())
    midnight = datetime.combine(last + DAY, time.min, SHANGHAI)
    moment = midnight + timedelta(seconds=shift)
    assert is_over(last, moment.astimezone(ZoneInfo("America/Los_Angeles"))) == (shift >= 0)
    if is_over(last, moment):
        assert moment - approved >= timedelta(days=30)
        assert (moment - approved).days >= min(30, monthrange(local.year, local.month)[1])


# --- the watch -------------------------------------------------------------------------------------------------------


@given(steps=st.lists(st.tuples(st.integers(1, 90), st.integers(-40, 40)), max_size=60))
@hypothesis_settings(max_examples=300)
def test_what_is_vouched_never_runs_ahead_of_the_true_time(steps):
    """The true time goes on; the clock shows it with an error of up to forty days that a reading may see or not.

    As long as no error stands for a whole day of readings, the vouched moment is never later than the truth.
    """
    true, watch = START, Watch(START, START - STEADY, START)
    for hours, error in steps:
        for _hour in range(min(hours, 23)):  # right again within the day
            true += HOUR
            shown = true + timedelta(days=error)
            if not went_back(watch.seen, shown):
                watch = watch.after(shown)
            assert watch.trusted <= true
        true += HOUR
        watch = Watch(min(watch.seen, true), true, watch.trusted)  # set right by an administrator: accept_clock
        for _hour in range(3):
            true += HOUR
            watch = watch.after(true)


def test_after_an_outage_the_clock_proves_itself_for_a_day():
    watch = Watch(START, START - STEADY, START).after(START + 40 * DAY)
    assert watch.trusted == START
    moment = START + 40 * DAY
    for _hour in range(23):
        moment += HOUR
        watch = watch.after(moment)
        assert watch.trusted == START
    assert watch.after(moment + HOUR).trusted == moment + HOUR


@pytest.mark.django_db
def test_the_first_reading_is_believed(now):
    clock = reading(now=now)
    assert clock.trusted_at == now and vouched(now=now + HOUR) == now + HOUR


@pytest.mark.django_db
def test_a_clock_that_went_back_is_refused(now):
    reading(now=now)
    reading(now=now - timedelta(minutes=59))
    with pytest.raises(Refused):
        reading(now=now - timedelta(minutes=61))
    assert Clock.objects.get().seen_at == now


@pytest.mark.django_db
def test_a_clock_that_was_set_right_begins_anew(now):
    vouch(now + 400 * DAY)
    with pytest.raises(Refused):
        reading(now=now)
    clock = accept_clock(now=now)
    assert (clock.seen_at, clock.trusted_at) == (now, now)
    assert reading(now=now + HOUR).trusted_at == now


@pytest.mark.django_db
def test_accepting_a_clock_that_runs_ahead_vouches_for_nothing_new(now):
    vouch(now)
    assert accept_clock(now=now + 400 * DAY).trusted_at == now
    assert vouched(now=now + 400 * DAY + HOUR) == now


@pytest.mark.django_db
def test_the_hourly_job_reads_and_tells_of_a_clock_that_went_back(now):
    job = find("watch-clock")
    job.run(period="x", run=None, now=now)
    assert Clock.objects.get().seen_at == now
    with pytest.raises(JobError):
        job.run(period="x", run=None, now=now - DAY)


@pytest.mark.django_db
def test_the_command_begins_the_watch_anew(now, capsys):
    vouch(now + 400 * DAY)
    call_command("accept_clock")
    assert Clock.objects.get().trusted_at < now + HOUR
    assert "anew" in capsys.readouterr().out


@pytest.mark.django_db
def test_asking_what_is_vouched_writes_nothing(now):
    vouch(now)
    before = Clock.objects.values().get()
    assert vouched(now=now + 3 * DAY) == now
    assert vouched(now=now - 3 * DAY) == now - 3 * DAY
    assert Clock.objects.values().get() == before


# --- the purge -------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(archive, teller, manager, now):
    vouch(now)
    return delete(customer=archive, proposer=teller, approver=manager, now=now)


def last_second(deletion) -> datetime:
    return datetime.combine(deletion.keep_until, time(23, 59, 59), SHANGHAI)


@pytest.mark.django_db
def test_the_last_second_is_too_early_and_the_next_is_not(kept, purge):
    vouch(last_second(kept))
    with pytest.raises(Refused):
        purge(kept, now=last_second(kept))
    assert purge(kept, now=last_second(kept) + timedelta(seconds=1)).number == kept.number


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_a_time_zone_makes_nothing_earlier(kept, purge, settings, zone):
    settings.TIME_ZONE = zone
    vouch(last_second(kept))
    with pytest.raises(Refused):
        purge(kept, now=last_second(kept).astimezone(ZoneInfo(zone)))


@pytest.mark.django_db
@pytest.mark.parametrize("days", [1, 2, 400])
def test_a_jump_forward_purges_nothing(kept, purge, days):
    seen = last_second(kept) - HOUR
    vouch(seen)
    with pytest.raises(Refused):
        purge(kept, now=seen + timedelta(days=days))
    assert Customer.everyone.filter(pk=kept.customer_id).exists()


@pytest.mark.django_db
def test_a_clock_that_jumps_to_and_fro_purges_nothing(kept, purge):
    true = last_second(kept) - 20 * HOUR
    vouch(true)
    for _hour in range(19):
        true += HOUR
        for shown in (true + DAY, true - DAY, true):
            with pytest.raises(Refused):
                purge(kept, now=shown)


@pytest.mark.django_db
def test_what_was_due_before_an_outage_stays_so(kept, purge):
    moment = due(kept)
    assert purge(kept, now=moment + 9 * DAY).number == kept.number  # vouched already: no day of waiting


@pytest.mark.django_db
def test_a_clock_row_that_somebody_deleted_vouches_for_nothing(kept, purge):
    Clock.objects.all().delete()
    with pytest.raises(Refused):
        purge(kept, now=last_second(kept) + DAY)


@pytest.mark.django_db
def test_without_its_row_the_clock_may_not_lie_before_the_last_approval(kept, now):
    Clock.objects.all().delete()
    with pytest.raises(Refused):
        reading(now=kept.approved_at - DAY)
    assert not Clock.objects.exists()


@pytest.mark.django_db
def test_a_forged_clock_row_does_not_outrun_the_clock(kept, purge, now):
    vouch(now)
    Clock.objects.update(trusted_at=now + 400 * DAY)
    with pytest.raises(Refused):
        purge(kept, now=now + HOUR)


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["keep_until", "approved_at"])
def test_a_hand_in_the_database_makes_nothing_earlier(kept, purge, now, column):
    past = now - 90 * DAY
    Deletion.objects.update(**{column: past.date() if column == "keep_until" else past})
    kept.refresh_from_db()
    vouch(now + DAY)
    with pytest.raises(Refused):
        purge(kept, now=now + DAY)


@pytest.mark.django_db
def test_an_approval_by_a_slow_clock_counts_from_what_was_seen(archive, teller, manager, now):
    """Within the hour that a clock may go back, the later moment is the one that counts."""
    seen = datetime(2026, 4, 15, 0, 10, tzinfo=SHANGHAI)
    vouch(seen)
    deletion = delete(customer=archive, proposer=teller, approver=manager, now=seen - timedelta(minutes=20))
    assert deletion.keep_until == keep_until(date(2026, 4, 15)) > keep_until(date(2026, 4, 14))


@pytest.mark.django_db
def test_an_approval_by_a_clock_that_went_back_is_refused(archive, teller, manager, now):
    vouch(now)
    with pytest.raises(Refused):
        delete(customer=archive, proposer=teller, approver=manager, now=now - DAY)
    assert Customer.objects.filter(pk=archive.pk).exists() and ChangeRequest.objects.get().status == "pending"


@pytest.mark.django_db
def test_a_longer_setting_holds_for_what_waits_already(kept, head, settings):
    moment = due(kept)
    settings.RETENTION_DAYS = 60
    with pytest.raises(Refused):
        confirm_purge(deletion=kept, actor=head, typed_number=kept.number, now=moment)
