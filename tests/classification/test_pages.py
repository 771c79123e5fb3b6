"""What each role sees of a quarter's run: figures, the rows behind them, overrides, the release."""

import re

import pytest
from django.utils import timezone

from archives.models import LateMark, Override, Run, Unit
from tests.classification.rows import QUARTER, WAN, make_quarter

RUN = f"/classes/{QUARTER}/"
ROWS = f"{RUN}customers/"


@pytest.fixture
def quarter(bank, cast, now):
    return make_quarter(bank=bank, cast=cast, now=now)


def text(client, url, status=200) -> str:
    response = client.get(url)
    assert response.status_code == status, response.status_code
    return response.content.decode()


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("teller", {"甲升升", "乙降降"}),
        ("head", {"甲升升", "乙降降"}),
        ("president", {"甲升升", "乙降降", "丙邻邻"}),
        ("stranger", {"丁远远"}),
        ("headoffice", {"甲升升", "乙降降", "丙邻邻", "丁远远"}),
        ("auditor", set()),
    ],
)
def test_everybody_sees_their_own_branches_only(quarter, cast, client_of, who, names):
    client, count = client_of(cast[who]), len(names) or 4
    page = text(client, ROWS)
    assert {name for name in ("甲升升", "乙降降", "丙邻邻", "丁远远") if name in page} == names
    assert len(client.get(ROWS).context["page"].rows) == client.get(RUN).context["total"] == count


def test_an_auditor_reads_masked_names(quarter, auditor, client_of):
    page = text(client_of(auditor), ROWS)
    assert "甲" in page and "甲升升" not in page and quarter["riser"].number[:4] in page


@pytest.mark.parametrize("url", ["/classes/", RUN, ROWS, "/classes/thresholds/"])
def test_an_administrator_sees_nothing_of_it(quarter, admin, client_of, url):
    assert client_of(admin).get(url).status_code == 403


def links(page: str) -> list[tuple[str, int]]:
    found = re.findall(r'<a href="(/classes/2026Q3/customers/[^"]*)">([\d,]+)</a>', page)
    return [(url.replace("&amp;", "&"), int(n.replace(",", ""))) for url, n in found]


@pytest.mark.parametrize("who", ["head", "president", "headoffice", "auditor"])
def test_each_figure_opens_exactly_its_rows(quarter, cast, client_of, who):
    client = client_of(cast[who])
    figures = links(text(client, RUN))
    assert len(figures) >= 8
    for url, n in figures:
        assert len(client.get(url).context["page"].rows) == n, url


def test_a_branch_is_chosen_within_scope_only(quarter, president, client_of):
    client = client_of(president)
    assert len(client.get(f"{ROWS}?branch=0102").context["page"].rows) == 1
    assert len(client.get(f"{ROWS}?branch=0201").context["page"].rows) == 3  # out of scope asks for nothing
    assert "branch=0102" in text(client, f"{RUN}?branch=0102")


def test_a_hidden_archive_counts_nowhere(quarter, head, client_of):
    type(quarter["riser"]).objects.filter(pk=quarter["riser"].pk).update(life="hidden")
    client = client_of(head)
    assert "甲升升" not in text(client, ROWS) and client.get(RUN).context["total"] == 1


def test_who_moved_to_another_branch_is_not_named_to_the_old_one(quarter, bank, head, client_of):
    type(quarter["riser"]).objects.filter(pk=quarter["riser"].pk).update(branch=bank["0201"])
    assert "甲升升" not in text(client_of(head), ROWS)


def test_the_deviation_stands_beside_the_average(quarter, head, client_of):
    rows = client_of(head).get(f"{ROWS}?verdict=up").context["page"].rows
    assert [row.deviation for row in rows] == [10.0]


@pytest.mark.parametrize("quarter_name", ["2026Q9", "1999Q1", "x", "2026Q3x"])
def test_an_unknown_quarter_is_404(quarter, head, client_of, quarter_name):
    assert client_of(head).get(f"/classes/{quarter_name}/").status_code == 404


def test_a_waiting_run_says_which_days_are_missing(quarter, head, client_of):
    Run.objects.update(
        state=Run.State.WAITING, missing_days=[["2026-07-03", "2026-07-05"], ["2026-08-01", "2026-08-01"]]
    )
    client = client_of(head)
    for page in (text(client, "/classes/"), text(client, RUN)):
        assert "2026-07-03" in page and "2026-07-05" in page and "2026-08-01" in page
    assert "甲升升" not in text(client, RUN)


@pytest.mark.parametrize("url", ["/classes/", RUN])
def test_a_page_that_polls_turns_into_the_result(quarter, head, client_of, url):
    client = client_of(head)
    assert client.get(url, headers={"X-Poll": "1"}).headers["HX-Refresh"] == "true"
    Run.objects.update(state=Run.State.COMPUTING)
    response = client.get(url, headers={"X-Poll": "1"})
    assert "HX-Refresh" not in response.headers and 'id="progress"' in response.content.decode()


def test_late_postings_are_named_in_scope_only(quarter, cast, client_of, today):
    LateMark.objects.create(
        run=quarter["run"], customer=quarter["stranger"], average_cents=9 * WAN, new_code="active", verdict="up", found_on=today
    )  # fmt: skip
    assert "丁远远" in text(client_of(cast["stranger"]), RUN)
    assert "丁远远" not in text(client_of(cast["head"]), RUN)


def test_one_sees_the_meeting_of_ones_own_unit(quarter, teller, client_of):
    page = text(client_of(teller), RUN)
    assert "城东支行" in page and "滨江支行" not in page


def override_url(customer, end="") -> str:
    return f"{ROWS}{customer.number}/{end}"


def override_form(cast, **fields) -> dict:
    return {"code": "platinum", "reason": "房款过渡", "approver": cast["president"].pk, "until": "2026-12-31"} | fields


@pytest.mark.parametrize(("who", "status"), [("teller", 403), ("manager", 403), ("service", 403), ("auditor", 403), ("stranger_head", 404), ("head", 200), ("president", 200), ("headoffice", 200)])  # fmt: skip
def test_who_may_override(quarter, cast, client_of, who, status):
    assert client_of(cast[who]).get(override_url(quarter["riser"])).status_code == status


def test_nobody_overrides_for_a_stranger(quarter, cast, head, client_of):
    client = client_of(head)
    assert client.post(override_url(quarter["stranger"]), override_form(cast)).status_code == 404
    assert client.post(override_url(quarter["stranger"], "end/")).status_code == 404


@pytest.mark.parametrize("approver", ["head", "manager", "stranger_head"])
def test_the_approver_is_another_person_with_the_right_who_sees_the_branch(quarter, cast, client_of, approver):
    response = client_of(cast["head"]).post(
        override_url(quarter["faller"]), override_form(cast, approver=cast[approver].pk)
    )
    assert response.status_code == 200 and "approver" in response.context["form"].errors
    assert not Override.objects.exists()


def test_a_held_run_is_loud_and_released_by_head_office_only(quarter, cast, client_of):
    Run.objects.update(state=Run.State.HELD)
    assert 'role="alert"' in text(client_of(cast["head"]), RUN) and "release/" not in text(client_of(cast["head"]), RUN)
    assert f"{RUN}release/" in text(client_of(cast["headoffice"]), RUN)
    assert client_of(cast["president"]).post(f"{RUN}release/", {"reason": "x"}).status_code == 403
    assert client_of(cast["headoffice"]).get(f"{RUN}release/").status_code == 405


def test_a_release_without_a_reason_is_refused(quarter, headoffice, client_of):
    Run.objects.update(state=Run.State.HELD)
    client_of(headoffice).post(f"{RUN}release/", {"reason": ""})
    assert Run.objects.get().state == Run.State.HELD


def test_a_confirmed_unit_is_no_longer_overridden(quarter, cast, head, client_of):
    url, client = override_url(quarter["riser"]), client_of(head)
    assert url in text(client, ROWS)
    Unit.objects.update(state=Unit.State.CONFIRMED, confirmed_by=cast["president"], confirmed_at=timezone.now())
    page = text(client, url)
    assert "陈立群" in page and 'name="code"' not in page
    assert url not in text(client, ROWS)


@pytest.mark.parametrize("path", ["/classes/", RUN, ROWS])
def test_more_rows_ask_no_more_queries(quarter, bank, head, client_of, path, django_assert_max_num_queries):
    from tests.archives import make_personal
    from tests.classification.rows import propose

    client = client_of(head)
    client.get(path)
    for n in range(12):
        propose(run=quarter["run"], customer=make_personal(branch=bank["0101"]), wan=n)
    with django_assert_max_num_queries(32):
        client.get(path)
