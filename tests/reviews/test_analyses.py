"""Half-year and annual analyses: every figure is a sum over frozen rows, and opens exactly them."""

import re
from datetime import date, datetime

import pytest
from django.utils import timezone

from archives.classification.models import ClassChange, Run, Scheme, Unit
from archives.models import Analysis, AnalysisRow, Customer, KeyCustomer, Meeting
from archives.reviews import analysing
from archives.reviews.analysis_figures import FIGURES, by_branch, by_class, by_manager, rows_behind, total
from archives.reviews.analysis_rows import Span, year_before
from crm.jobs import services
from crm.jobs.models import JobRun
from crm.notifications.models import Notice
from tests.archives import make_account, make_personal

pytestmark = pytest.mark.django_db
WHEN = timezone.make_aware(datetime(2026, 7, 31, 9))


@pytest.fixture
def year(bank, manager, colleague, stranger, now):
    """Three customers: one grew and moved up, one left, one is new; a fourth of another sub-branch."""
    rows = {}
    for name, branch, who, opened in (
        ("grew", "0101", manager, date(2024, 1, 5)),
        ("left", "0101", colleague, date(2024, 2, 5)),
        ("new", "0102", None, date(2026, 3, 2)),
        ("far", "0201", stranger, date(2024, 3, 5)),
    ):
        rows[name] = make_personal(branch=bank[branch], manager=who, name=f"客户{name}")
        Customer.objects.filter(pk=rows[name].pk).update(opened_on=opened)
    moves = {
        "grew": [(date(2025, 1, 1), 10_000_00), (date(2026, 2, 1), 500_000_00)],
        "left": [(date(2025, 1, 1), 80_000_00), (date(2026, 5, 1), -80_000_00)],
        "new": [(date(2026, 3, 2), 60_000_00)],
        "far": [(date(2025, 1, 1), 1_00)],
    }
    for i, (name, postings) in enumerate(moves.items()):
        make_account(customer=rows[name], number=f"623000000000{i}", opened_on=date(2024, 1, 1), postings=postings)
    return rows


def classes(customer, *pairs, bank):
    """(quarter, code) by confirmed runs."""
    scheme = Scheme.objects.order_by("version").first()
    for quarter, code in pairs:
        run, _new = Run.objects.get_or_create(quarter=quarter, defaults={"scheme": scheme, "state": "confirmed"})
        unit, _new = Unit.objects.get_or_create(run=run, branch=bank["0100"])
        before = ClassChange.objects.filter(customer=customer).order_by("run__quarter").last()
        ClassChange.objects.create(
            customer=customer, old_code=before.new_code if before else "", new_code=code, verdict="up", average_cents=0,
            scheme=scheme, run=run, unit=unit, effective_on=date(2026, 1, 15), at=WHEN,
        )  # fmt: skip


def opened(branch, period="2026H1") -> Analysis:
    services.run_job(name="half-year-analyses" if "H" in period else "annual-analyses", period=period, now=WHEN)
    return Analysis.objects.get(branch=branch, period=period)


def test_the_calendar_opens_and_counts_one_for_the_bank_and_each_sub_branch(year, bank, president):
    analysis = opened(bank["0100"])
    assert {a.branch.code for a in Analysis.objects.all()} == {"0000", "0100", "0200"}
    assert analysis.computed_at and analysis.rows.filter(is_base=False).count() == 3
    assert Notice.objects.filter(recipient=president, kind="analysis-opened").count() == 1
    before = list(AnalysisRow.objects.order_by("pk").values())
    run = JobRun.objects.get(job="half-year-analyses")
    services.run_again(run=run, actor=president, now=WHEN)
    services.run_job(name="half-year-analyses", period="2026H1", now=WHEN)
    assert list(AnalysisRow.objects.order_by("pk").values()) == before
    assert Notice.objects.filter(recipient=president, kind="analysis-opened").count() == 1


def test_figures_by_class_say_who_came_who_left_and_who_stayed(year, bank):
    classes(year["grew"], ("2025Q4", "ordinary"), ("2026Q2", "gold"), bank=bank)
    classes(year["left"], ("2025Q4", "active"), bank=bank)
    analysis = opened(bank["0100"])
    lines = {line.link: line for line in by_class(analysis)["P"]}
    gold, ordinary, active, none = (lines[f"kind=P&code={c}"] for c in ("gold", "ordinary", "active", "-"))
    assert (gold.counts["all"], gold.counts["came"], gold.counts["up"]) == (1, 1, 1)
    assert gold.balance_cents == 510_000_00
    assert (ordinary.counts["all"], ordinary.counts["went"], ordinary.retention) == (0, 1, 100.0)
    assert (active.counts["all"], active.counts["lost"], active.retention) == (1, 1, 0.0)
    assert (none.counts["all"], none.counts["new"]) == (1, 1)
    whole = total(analysis)
    assert (whole.counts["all"], whole.counts["start"], whole.counts["retained"]) == (3, 2, 1)


def test_averages_are_over_every_day_of_the_period(year, bank):
    row = opened(bank["0100"]).rows.get(customer=year["new"], is_base=False)
    days = (date(2026, 6, 30) - date(2026, 3, 2)).days + 1
    assert row.average_cents == round(60_000_00 * days / 181)


def test_the_base_is_the_same_period_last_year(year, bank):
    analysis = opened(bank["0100"])
    base = total(analysis, is_base=True)
    assert base.counts["all"] == 2 and base.balance_cents == 90_000_00
    assert year_before("2026") == "2025" and year_before("2026H2") == "2025H2"
    assert Span.of("2026H2") == Span(date(2026, 7, 1), date(2026, 12, 31)) and Span.of("2026").last == date(
        2026, 12, 31
    )


def test_by_branch_and_by_manager_add_up_to_the_whole(year, bank):
    analysis, whole = opened(bank["0000"]), None
    whole = total(analysis)
    for lines in (by_branch(analysis), by_manager(analysis), by_class(analysis)["P"]):
        for name in FIGURES:
            assert sum(line.counts[name] for line in lines) == whole.counts[name], name
        assert sum(line.balance_cents for line in lines) == whole.balance_cents


def test_key_attention_is_followed_through(year, bank, head):
    meeting = Meeting.objects.create(
        number="ZT1", kind="monthly", branch=bank["0101"], period="2026-04", state="closed", opened_at=WHEN,
        data_on=date(2026, 4, 1), due_on=date(2026, 4, 30),
    )  # fmt: skip
    for name, result in (("grew", "done"), ("left", "not_done")):
        KeyCustomer.objects.create(meeting=meeting, customer=year[name], number=year[name].number, owner=head, action="拜访", result=result)  # fmt: skip
    whole = total(opened(bank["0100"]))
    assert (whole.counts["key"], whole.counts["followed"], whole.follow_through) == (2, 1, 50.0)


LINK = re.compile(r'/analyses/[^"/]+/customers/\?([^"]+)"[^>]*>(\d+)</a>')


def test_every_figure_on_the_page_opens_exactly_its_rows(year, bank, president, client_of):
    classes(year["grew"], ("2025Q4", "ordinary"), ("2026Q2", "gold"), bank=bank)
    analysis, client = opened(bank["0100"]), client_of(president)
    page = client.get(f"/analyses/{analysis.number}/").content.decode()
    found = LINK.findall(page)
    assert len(found) > 40
    for query, shown in found:
        listed = client.get(f"/analyses/{analysis.number}/customers/?{query.replace('&amp;', '&')}")
        assert len(listed.context["page"].rows) == int(shown), query


@pytest.mark.pango
def test_signed_off_it_is_frozen_on_every_path(year, bank, president, headoffice, client_of, settings):
    analysis = opened(bank["0100"])
    client, url = client_of(president), f"/analyses/{analysis.number}/"
    assert "tone-late" in client.post(url, {"action": "sign", "version": analysis.version, "conclusions": ""}, follow=True).content.decode()  # fmt: skip
    analysis.refresh_from_db()
    client.post(url, {"action": "sign", "version": analysis.version, "conclusions": "存款稳定"})
    analysis.refresh_from_db()
    assert analysis.state == "signed" and analysis.document and analysis.signed_by == president
    with analysis.document.open() as file:
        assert file.read(5) == b"%PDF-"
    rows = list(analysis.rows.order_by("pk").values())
    with pytest.raises(analysing.Refused):
        analysing.conclude(analysis=analysis, actor=headoffice, version=analysis.version, conclusions="改")
    with pytest.raises(analysing.Refused):
        analysing.ask_anew(analysis=analysis, actor=headoffice, now=WHEN)
    with pytest.raises(analysing.Refused):
        analysing.sign_off(analysis=analysis, actor=headoffice, version=analysis.version, now=WHEN)
    services.run_job(name="compute-analysis", period=f"{analysis.number}/1", now=WHEN)
    client.post(url, {"action": "save", "version": analysis.version, "conclusions": "改"})
    analysis.refresh_from_db()
    assert analysis.conclusions == "存款稳定" and list(analysis.rows.order_by("pk").values()) == rows
    download = client.get(f"{url}document/")
    assert b"".join(download.streaming_content).startswith(b"%PDF-")


def test_two_people_with_the_same_page_do_not_overwrite_each_other(year, bank, president, headoffice):
    analysis = opened(bank["0100"])
    analysing.conclude(analysis=analysis, actor=president, version=analysis.version, conclusions="一")
    with pytest.raises(analysing.TooLate):
        analysing.conclude(analysis=analysis, actor=headoffice, version=analysis.version, conclusions="二")
    analysis.refresh_from_db()
    assert analysis.conclusions == "一"


def test_counting_anew_takes_todays_data_while_it_is_open(year, bank, president, client_of):
    analysis = opened(bank["0100"])
    make_account(customer=year["left"], number="6230000000099", opened_on=date(2024, 1, 1), postings=[(date(2026, 6, 1), 5_00)])  # fmt: skip
    client_of(president).post(f"/analyses/{analysis.number}/", {"action": "anew"})
    services.sweep(WHEN)
    analysis.refresh_from_db()
    assert analysis.computed_at and total(analysis).counts["retained"] == 2


@pytest.mark.parametrize(("who", "status"), [("teller", 403), ("manager", 403), ("admin", 403), ("head", 404), ("stranger_head", 404), ("president", 200), ("headoffice", 200), ("auditor", 200), ("service", 200)])  # fmt: skip
def test_who_may_read_and_who_may_sign(year, bank, cast, client_of, who, status):
    analysis, client = opened(bank["0100"]), client_of(cast[who])
    url = f"/analyses/{analysis.number}/"
    for page in (url, f"{url}print/", f"{url}customers/"):
        assert client.get(page).status_code == status
    client.post(url, {"action": "save", "version": analysis.version, "conclusions": who})
    analysis.refresh_from_db()
    assert (analysis.conclusions == who) == (who in ("president", "headoffice"))


def test_a_purged_customer_leaves_a_number_and_the_figures(year, bank, president, client_of):
    analysis = opened(bank["0100"])
    before = total(analysis)
    AnalysisRow.objects.filter(customer=year["left"]).update(customer=None)
    assert total(analysis).counts == before.counts
    page = client_of(president).get(f"/analyses/{analysis.number}/customers/").content.decode()
    assert "客户left" not in page and year["left"].number[:4] in page


def test_a_chunk_built_twice_or_cut_in_the_middle_gives_the_same_rows(year, bank, monkeypatch):
    whole = opened(bank["0100"])
    expected = list(whole.rows.order_by("is_base", "number").values_list("is_base", "number", "balance_cents"))
    analysing._forget(whole)
    monkeypatch.setattr(analysing, "CHUNK", 1)
    built, calls = analysing.build, []

    def breaks(*args, **options):
        calls.append(options["after"])
        if len(calls) == 3:
            raise RuntimeError("killed")
        return built(*args, **options)

    monkeypatch.setattr(analysing, "build", breaks)
    run = JobRun.objects.create(job="compute-analysis", period=f"{whole.number}/x", created_at=WHEN)
    services.take_turn(name=run.job, period=run.period, now=WHEN)
    run.refresh_from_db()
    assert run.status == "failed"
    services.run_job(name=run.job, period=run.period, now=run.retry_at)
    assert list(whole.rows.order_by("is_base", "number").values_list("is_base", "number", "balance_cents")) == expected


def test_unknown_figures_and_values_are_no_error(year, bank, president, client_of):
    url = f"/analyses/{opened(bank['0100']).number}/customers/"
    for query in ("figure=zzz", "code=%00", "manager=x", "branch=99999999999999999999", "kind=Q&after=zz"):
        assert client_of(president).get(f"{url}?{query}").status_code == 200
    assert rows_behind(Analysis.objects.first(), figure="all", is_base=False, unmanaged=True).count() >= 0
