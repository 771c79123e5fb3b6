"""The seeded calendar is the published one; years load, change and are missed aloud."""

import csv
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from crm.workdays.models import CalendarDay, CalendarYear
from crm.workdays.services import calendar_warning, unknown_year_note, work_calendar

pytestmark = pytest.mark.django_db
PUBLISHED = Path(__file__).resolve().parents[3] / "shared/data/calendar/cn_workdays_2004_2026.csv"
HOLIDAYS_2027 = [
    f"2027-{day},holiday,节" for day in ["01-01", "02-05", "02-06", "02-07", "02-08", "02-09", "05-01", "10-01"]
]


@pytest.fixture
def year_file(tmp_path):
    def write(*lines, name="2027.csv"):
        path = tmp_path / name
        path.write_text("date,kind,name\n" + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the shared reference data is not beside the repository")
def test_it_agrees_with_the_published_calendar_on_every_day():
    calendar = work_calendar()
    with PUBLISHED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wrong = [
        row["date"] for row in rows if calendar.is_workday(date.fromisoformat(row["date"])) != (row["workday"] == "1")
    ]
    assert len(rows) == 8401 and wrong == []


def test_it_knows_the_years_2004_to_2026_and_no_other():
    assert work_calendar().known_years == frozenset(range(2004, 2027))


def test_a_year_loads_from_csv_and_counts_at_once(year_file):
    assert work_calendar().is_workday(date(2027, 2, 5))
    call_command("load_calendar", year_file(*HOLIDAYS_2027, "2027-02-20,makeup,春节"))
    calendar = work_calendar()
    assert not calendar.is_workday(date(2027, 2, 5))
    assert calendar.is_workday(date(2027, 2, 20))
    assert 2027 in calendar.known_years


def test_loading_the_same_file_again_changes_nothing(year_file, capsys):
    path = year_file(*HOLIDAYS_2027)
    call_command("load_calendar", path)
    rows = CalendarDay.history.count()
    call_command("load_calendar", path)
    assert "2027: added 0, changed 0, removed 0" in capsys.readouterr().out
    assert CalendarDay.history.count() == rows


def test_a_corrected_year_replaces_what_stood_there_with_history(year_file):
    call_command("load_calendar", year_file(*HOLIDAYS_2027))
    call_command("load_calendar", year_file(*HOLIDAYS_2027[1:], "2027-02-10,holiday,节"))
    assert not CalendarDay.objects.filter(day=date(2027, 1, 1)).exists()
    assert CalendarDay.history.filter(day=date(2027, 1, 1), history_type="-").exists()
    assert not work_calendar().is_workday(date(2027, 2, 10))
    assert not work_calendar().is_workday(date(2026, 10, 1))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["2027-02-30,holiday,x"], "Line 2"),
        (["2027-01-01,feast,x"], "Line 2"),
        ([*HOLIDAYS_2027, "2027-03-01,makeup,x"], "Line 10"),
        ([*HOLIDAYS_2027, HOLIDAYS_2027[0]], "Line 10"),
        (HOLIDAYS_2027[:3], "torn"),
        ([], "Nothing to load"),
    ],
)
def test_a_wrong_file_is_refused_whole(year_file, lines, says, settings):
    settings.LANGUAGE_CODE = "en"
    with pytest.raises(CommandError, match=says):
        call_command("load_calendar", year_file(*lines))
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_a_published_year_can_be_loaded_again_by_number(capsys):
    CalendarDay.objects.filter(day=date(2026, 10, 1)).delete()
    call_command("load_calendar", year=2026)
    assert "2026: added 1" in capsys.readouterr().out


def test_an_edit_of_one_day_is_seen_at_once():
    day = CalendarDay.objects.get(day=date(2026, 10, 1))
    assert not work_calendar().is_workday(day.day)
    day.delete()
    assert work_calendar().is_workday(date(2026, 10, 1))


def test_an_unchanged_calendar_costs_one_query(django_assert_num_queries):
    work_calendar()
    with django_assert_num_queries(1):
        work_calendar()


def test_it_warns_from_november_on_while_next_year_is_missing():
    assert calendar_warning(date(2026, 10, 31)) == ""
    assert "2027" in calendar_warning(date(2026, 11, 1))
    assert "2027" in calendar_warning(date(2027, 1, 4))
    assert calendar_warning(date(2025, 12, 31)) == ""


def test_a_deadline_in_an_unknown_year_says_so():
    assert unknown_year_note(date(2026, 12, 31)) == ""
    assert "2027" in unknown_year_note(date(2026, 12, 31), date(2027, 1, 4))
