"""The calendar of the jobs: every period once, oldest first, whatever beat does; no day of a century breaks it."""

import random
from datetime import date, timedelta

import pytest

from crm.jobs import periods, services
from crm.jobs.models import JobRun
from crm.jobs.periods import after_half_year, after_quarter, after_year, daily, first_day, last_day, monthly
from crm.lib.dates import Quarter

pytestmark = pytest.mark.django_db


def test_800_days_of_outages_two_beats_and_a_lost_schedule_give_every_period_once(job, local):
    """Knocks of single jobs, sweeps, both twice in the same minute, outages of up to 70 days."""
    runs = {
        "month": job("month", periods=monthly("month", hour=6), in_order=True),
        "quarter": job("quarter", periods=after_quarter("quarter", hour=6), in_order=True),
        "half": job("half", periods=after_half_year("half", hour=7, days=30), in_order=True),
        "year": job("year", periods=after_year("year", hour=7, days=30), in_order=True),
        "day": job("day", periods=daily("day", hour=7), in_order=True),
    }
    dice, start, hour = random.Random(800), local(2024, 12, 31, 12), 0
    services.sweep(start)
    while hour <= 800 * 24:
        now = start + timedelta(hours=hour)
        for _beat in range(dice.choice([1, 2])):  # two beats knock in the same minute
            services.knock_job(name=dice.choice(list(runs)), now=now)
            services.sweep(now)
        hour += dice.choice([1, 3, 7, 24, 24, 49]) if dice.random() > 0.02 else 70 * 24
    services.sweep(start + timedelta(days=800))

    days = [(start + timedelta(days=n)).date() for n in range(801)]
    assert runs["day"] == [day.isoformat() for day in days]
    assert runs["month"] == sorted({day.isoformat()[:7] for day in days})
    assert runs["quarter"] == [f"{y}Q{q}" for y in (2024, 2025, 2026) for q in (1, 2, 3, 4)][2:]
    assert runs["half"] == ["2024H1", "2024H2", "2025H1", "2025H2", "2026H1", "2026H2"]
    assert runs["year"] == ["2023", "2024", "2025", "2026"]
    assert not JobRun.objects.exclude(status="done").exists()


def test_the_guard_bites_without_the_ledgers_memory(job, local):
    """The same walk without unique periods would run a period twice: the ledger's row is what stops it."""
    done = job("day", periods=daily("day"))
    services.sweep(local(2026, 1, 5, 12))
    JobRun.objects.all().delete()
    services.sweep(local(2026, 1, 5, 13))
    assert done == ["2026-01-05", "2026-01-05"]


@pytest.mark.parametrize(
    ("after", "now", "newest"),
    [
        (after_quarter, (2026, 10, 1, 0), "2026Q3"),
        (after_quarter, (2026, 9, 30, 23), "2026Q2"),
        (after_quarter, (2026, 1, 1, 0), "2025Q4"),
        (after_half_year, (2026, 6, 30, 23), "2025H2"),
        (after_half_year, (2026, 7, 1, 0), "2026H1"),
        (after_year, (2027, 1, 1, 0), "2026"),
        (after_year, (2026, 12, 31, 23), "2025"),
    ],
)
def test_a_period_is_due_once_it_has_ended(after, now, newest, local):
    assert after("x")(local(*now)) == [newest]


def test_the_analyses_open_on_31_july_and_31_january(local):
    assert after_half_year("x", days=30)(local(2026, 7, 30, 23)) == ["2025H2"]
    assert after_half_year("x", days=30)(local(2026, 7, 31, 0)) == ["2026H1"]
    assert after_year("x", days=30)(local(2027, 1, 30, 23)) == ["2025"]
    assert after_year("x", days=30)(local(2027, 1, 31, 0)) == ["2026"]


class EmptyLedger:
    """What a ledger without any run answers, without asking the database 100,000 times."""

    def planned(self, job, *, until):
        return self

    def aggregate(self, **asked):
        return {"last": None}


def test_every_day_from_2000_to_2100_has_its_periods(local, monkeypatch):
    monkeypatch.setattr(periods.JobRun, "objects", EmptyLedger())
    quarter, half, year = after_quarter("x"), after_half_year("x", days=30), after_year("x", days=30)
    day = date(2000, 1, 1)
    while day <= date(2100, 12, 31):
        now = local(day.year, day.month, day.day, 12)
        q, h, y = quarter(now)[0], half(now)[0], year(now)[0]
        assert q == str(Quarter.of(day).previous)
        for label in (q, h, y, f"{day:%Y-%m}", day.isoformat()):
            assert first_day(label) <= last_day(label)
        assert last_day(q) < day and last_day(h) < day and last_day(y) < day
        assert last_day(f"{day:%Y-%m}").month == day.month
        day += timedelta(days=1)
