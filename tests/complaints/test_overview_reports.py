"""The regulator's report and the annual analysis: figures of a period beside those of the year before, on paper."""

from datetime import datetime

import pytest

from complaints.models import Case
from complaints.overview.periods import Span
from complaints.overview.reporting import report_of
from crm.lib.dates import SHANGHAI
from crm.privacy.models import AccessEvent
from tests.archives import make_corporate, make_personal
from tests.complaints.overview_world import open_task
from tests.complaints.world import make_category


def case(bank, year, n, code="0101", **fields) -> Case:
    received = datetime(year, 8, 1 + n, 10, tzinfo=SHANGHAI)
    values = {"number": f"TS{year}08{1 + n:02d}-{Case.objects.count():05d}", "kind": "complaint", "state": "withdrawn", "source": "counter", "facts": "x", "received_at": received, "registered_at": received, "branch": bank[code], "respondent": bank[code]}  # fmt: skip
    return Case.objects.create(**values | fields)


@pytest.fixture
def two_years(bank):
    """Ten complaints in the quarter, five the year before; two causes."""
    service, fees = make_category(), make_category(key="fees-x", name="收费")
    for n in range(10):
        case(
            bank,
            2026,
            n,
            "0101" if n < 7 else "0201",
            cause=service if n < 6 else fees,
            closed_in_time=n != 0,
            level="major" if n == 1 else "ordinary",
        )
    for n in range(5):
        case(bank, 2025, n, cause=service)
    case(bank, 2026, 12, kind="inquiry")
    case(bank, 2024, 1)
    return service, fees


def sums(found) -> dict:
    return {str(label): (now, before) for label, now, before in found["sums"] + found["major"]}


def test_the_figures_stand_beside_last_years(two_years, service):
    from django.utils import translation

    with translation.override("en"):
        shown = sums(report_of(Span.parse("2026Q3"), service))
    assert shown["Received"] == ("10", "5") and shown["Ended"] == ("10", "5")
    assert shown["Closing rate"] == ("100.0 %", "100.0 %") and shown["On-time rate"] == ("90.0 %", "–")
    assert shown["Untimely"] == ("1", "0") and shown["Major complaints"] == (1, 0)


def test_the_shares_are_of_the_whole_and_what_ended_stays_listed(two_years, bank, service):
    found = report_of(Span.parse("2026Q3"), service)
    causes = {line.label: (line.now, line.share, line.before) for line in dict(found["shares"])[_title("cause")]}
    assert list(causes.values()) == [(6, 60.0, 5), (4, 40.0, 0)]
    outlets = {line.label: (line.now, line.before) for line in dict(found["shares"])[_title("outlet")]}
    assert outlets == {"城东支行营业部": (7, 5), "滨江支行营业部": (3, 0)}
    later = report_of(Span.parse("2027Q3"), service)
    lines = dict(later["shares"])[_title("cause")]
    assert [(line.now, line.before) for line in lines] == [(0, 6), (0, 4)] and lines[0].change == -100


def _title(name):
    from complaints.overview.reporting import TITLES

    return TITLES[name]


def test_a_change_from_too_few_is_not_shown(two_years, service):
    found = report_of(Span.parse("2026Q3"), service)
    lines = dict(found["shares"])[_title("cause")]
    assert lines[0].change == pytest.approx(20) and lines[1].change is None


def test_it_is_normalised_by_outlets_and_personal_customers(two_years, bank, service):
    for n in range(4):
        make_personal(branch=bank["0101"], manager=None, name=f"客户{n}")
    make_corporate(branch=bank["0101"], manager=None)
    rows = [row[1:] for row in report_of(Span.parse("2026Q3"), service)["normal"]]
    assert rows == [("2500.0", "1250.0"), ("250.0", "125.0"), ("2500000.0", "1250000.0")]  # 4 outlets, 4 people


def test_the_year_counts_all_its_quarters(two_years, bank, service):
    case(bank, 2026, 20, received_at=datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI))
    case(bank, 2026, 21, received_at=datetime(2027, 1, 1, 0, 0, tzinfo=SHANGHAI))
    found = report_of(Span.parse("2026"), service)
    assert found["is_year"] and found["sums"][0][1:] == ("11", "5")


def test_leaders_report_on_their_branches(two_years, cast, bank):
    found = report_of(Span.parse("2026Q3"), cast["head"])
    assert (found["sums"][0][1], found["branch"]) == ("7", bank["0101"])
    assert report_of(Span.parse("2026Q3"), cast["service"])["branch"] == bank["0000"]


def test_measures_are_the_tasks_of_the_period_without_numbers(two_years, bank, cast, service):
    at = datetime(2026, 9, 1, 10, tzinfo=SHANGHAI)
    open_task(branch=bank["0101"], owner=cast["head"], actor=cast["service"], now=at, text="回访13812345678后增开窗口")
    (row,) = report_of(Span.parse("2026Q3"), service)["tasks"]
    assert "138" not in row[1] and "增开窗口" in row[1]
    assert report_of(Span.parse("2026Q2"), service)["tasks"] == []


@pytest.mark.parametrize("period", ["2026Q3", "2026", "nonsense", "", "2026-08"])
def test_the_paper_is_shown(two_years, service, client_of, period):
    client = client_of(service)
    assert client.get("/complaints/reports/").status_code == 200
    page = client.get(f"/complaints/reports/paper/?period={period}")
    assert page.status_code == 200 and "天华银行总行" in page.content.decode()


@pytest.mark.pango
def test_the_paper_is_a_pdf_and_its_download_is_logged(two_years, service, client_of):
    response = client_of(service).get("/complaints/reports/pdf/?period=2026Q3")
    assert response.content.startswith(b"%PDF") and "complaints-2026Q3.pdf" in response["Content-Disposition"]
    assert AccessEvent.objects.get(action="download").object_label == "complaints 2026Q3"
