"""The register as a file: its columns, its masks, its log, and nothing that a spreadsheet would run."""

import csv
import io
from datetime import timedelta
from tempfile import NamedTemporaryFile

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from python_calamine import CalamineWorkbook

from complaints.cases.codes import State
from complaints.clocks.codes import ClockKind
from complaints.models import CallBack, Case, CaseFlag, Extension, Redress, Respondent
from complaints.overview import exporting
from complaints.overview.criteria import Criteria
from complaints.overview.exporting import LoggedDownload, Unlogged
from complaints.overview.register_columns import COLUMNS
from complaints.overview.scrubbing import scrub
from crm.privacy.models import AccessEvent
from tests.archives import make_personal
from tests.complaints.world import case_at, make_case

SECRETS = ("欧阳雨桐", "13812345678", "339901198005178716", "6230876543219999", "ouyang@example.com", "0579-87654399", "金丝雀路一号")  # fmt: skip
TYPED = "客户欧阳雨桐(电话 138 1234 5678,身份证339901198005178716,卡号6230 8765 4321 9999,邮箱ouyang@example.com,座机0579-87654399)投诉 TS20261124-00001,金额 12,000.50 元,2026-11-24 09:30"  # fmt: skip


@pytest.fixture
def closed(bank, cast, now):
    """A closed case with something in every group of columns."""
    customer = make_personal(
        branch=bank["0101"],
        manager=cast["manager"],
        name="欧阳雨桐",
        mobile="13812345678",
        address="临江市城东区金丝雀路一号",
    )
    case = case_at(
        State.CLOSED, respondent=bank["0101"], actor=cast["teller"], officer=cast["service"], investigator=cast["president"], contact=cast["head"],
        now=now, customer=customer, name="欧阳雨桐", phone="13812345678", facts=TYPED, demand=TYPED, amount_cents=1_234_500,
    )  # fmt: skip
    case.parties.update(email="", address="临江市城东区金丝雀路一号")
    party = case.parties.get()
    party.id_number, party.email = "339901198005178716", "ouyang@example.com"
    party.save()
    Redress.objects.create(
        case=case,
        round=1,
        kind="refund",
        amount_cents=8800,
        reason="x",
        proposed_by=cast["head"],
        proposed_at=now,
        granted=True,
        decided_by=cast["president"],
        decided_at=now,
    )
    CallBack.objects.create(case=case, round=1, at=now, by=cast["service"], means="phone", answer="5", note=TYPED)
    Extension.objects.create(
        case=case,
        round=1,
        step=1,
        reason=TYPED,
        asked_by=cast["president"],
        asked_at=now,
        granted=True,
        decided_by=cast["service"],
        told_at=now,
    )
    CaseFlag.objects.create(case=case, flag="upset")
    case.investigations.update(facts=TYPED, root=TYPED, measures=TYPED)
    case.resolutions.update(text=TYPED)
    return case


def table(client, address="state=any", kind="csv") -> list[list[str]]:
    response = client.get(f"/complaints/register/?{address}&format={kind}")
    assert response.status_code == 200
    body = b"".join(response.streaming_content)
    if kind == "csv":
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    with NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(body)
        file.flush()
        return [
            [str(cell) for cell in row]
            for row in CalamineWorkbook.from_path(file.name).get_sheet_by_index(0).to_python()
        ]


def english(client):
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_columns_say_what_happened(closed, cast, client_of, kind):
    lines = table(english(client_of(cast["service"])), kind=kind)
    row = dict(zip(lines[2], lines[3], strict=True))
    wanted = {
        "Outlet": "城东支行营业部", "Branch number": "0101", "Case number": closed.number, "Complainant": "欧阳**", "Telephone": "138****5678",
        "Document number": "3***************16", "Address": "临江市城东区***", "Amount (10,000 yuan)": "1.23", "First contact by": "Telephone",
        "First contact, who": "郑海峰", "Investigated in person": "yes", "Supervising president or head": "陈立群", "Service flaw": "yes",
        "Redress": "yes", "Redress (yuan)": "88.00", "Apology, how": "Visit", "Apology, who": "郑海峰", "Forgiven": "Forgiven", "Answered": "yes",
        "Called back": "yes", "Called back from": "天华银行总行", "Sensitivity": "Very upset", "Finding": "Bank at fault", "Closed in time": "yes",
    }  # fmt: skip
    assert {key: row[key] for key in wanted} == wanted


def test_every_clock_has_target_limit_actual_and_difference(closed, cast, client_of):
    lines = table(english(client_of(cast["service"])))
    groups = {(group, label): cell for group, label, cell in zip(lines[1], lines[2], lines[3], strict=True)}
    for kind in ClockKind:
        assert {what for group, what in groups if group == str(kind.label)} >= {"target", "due", "actual", "difference"}
    clock = closed.clocks.get(kind="statutory")
    assert groups["Statutory limit", "target"].startswith("15") and groups["Statutory limit", "due"]
    assert groups["Statutory limit", "actual"].split()[0] == f"{clock.actual.normalize():f}"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_nobodys_name_or_number_leaves(closed, cast, client_of, kind):
    """Neither from the fields nor from inside what people typed."""
    text = str(table(client_of(cast["service"]), kind=kind))
    assert [secret for secret in SECRETS if secret in text] == []
    assert "138 1234" not in text and "6230 8765" not in text and "TS20261124-00001" in text and "12,000.50" in text


@pytest.mark.parametrize(
    ("typed", "left"),
    [("手机13812345678。", "手机***。"), ("卡号 6230 8765 4321 9999", "卡号 ***"), ("2026-11-24 09:30", "2026-11-24 09:30"), ("33990119800517871X", "***"), ("12,000.50", "12,000.50"), ("TS20261124-00001", "TS20261124-00001"), ("a.b@c.cn", "***"), ("(0579)87654399", "(0579)87654399")],
)  # fmt: skip
def test_numbers_are_struck_out(typed, left):
    assert scrub(typed) == left


def test_names_are_masked_in_what_was_typed():
    assert scrub("王建国说,王建找王", ["王建", "王建国", "王"]) == "王*国说,王*找王"


def test_the_watermark_names_who_took_it(closed, cast, client_of):
    first = table(client_of(cast["service"]))[0][0]
    assert cast["service"].employee_number in first and "欧阳" not in first


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_is_a_formula(bank, service, client_of, kind):
    make_case(
        respondent=bank["0101"],
        actor=service,
        facts='=HYPERLINK("http://x")',
        demand="@SUM(1)",
        product="+cmd|' /C calc'!A0",
    )
    cells = [cell for row in table(client_of(service), kind=kind) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))] and any(
        "HYPERLINK" in cell for cell in cells
    )


def test_every_cell_of_the_sheet_is_text(closed, cast, client_of):
    response = client_of(cast["service"]).get("/complaints/register/?state=any&format=xlsx")
    with NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(b"".join(response.streaming_content))
        file.flush()
        rows = CalamineWorkbook.from_path(file.name).get_sheet_by_index(0).to_python()
    assert all(isinstance(cell, str) for row in rows for cell in row) and len(rows) == 4
    assert len(rows[2]) == len(COLUMNS) > 68


def test_an_export_is_logged_with_its_conditions_and_count(closed, cast, client_of):
    table(client_of(cast["service"]), "state=any&level=ordinary")
    event = AccessEvent.objects.get(action="export")
    assert (event.actor, event.object_type, event.result) == (cast["service"], "case", "1 rows")
    assert "level=ordinary" in event.fields


def test_a_download_without_a_person_to_log_does_not_come_into_being(db):
    nobody = RequestFactory().get("/")
    nobody.user = AnonymousUser()
    for request in (None, nobody):
        with pytest.raises(Unlogged):
            LoggedDownload([b"x"], request=request, name="x", content_type="text/csv", what="x", rows=1)
    assert not AccessEvent.objects.filter(action="export").exists()


def test_a_failing_log_sends_nothing(closed, cast, client_of, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(exporting, "record", broken)
    client = client_of(cast["service"])
    with pytest.raises(RuntimeError):
        client.get("/complaints/register/?state=any")


@pytest.mark.parametrize("who", ["teller", "manager", "lobby", "head", "president", "stranger_head", "admin"])
def test_others_take_no_register(closed, cast, client_of, who):
    assert client_of(cast[who]).get("/complaints/register/?state=any").status_code == 403
    assert not AccessEvent.objects.filter(action="export").exists()


def test_the_file_holds_exactly_the_list(bank, service, client_of, now):
    wanted = make_case(respondent=bank["0101"], actor=service, level="major")
    make_case(respondent=bank["0101"], actor=service)
    ended = make_case(respondent=bank["0101"], actor=service, level="major", state="withdrawn")
    late = make_case(respondent=bank["0101"], actor=service, level="major")
    Case.objects.filter(pk=late.pk).update(nearest_at=now - timedelta(days=1))
    client = client_of(service)
    assert {row[2] for row in table(client, "level=major")[3:]} == {wanted.number, late.number}
    assert {row[2] for row in table(client, "level=major&due=late")[3:]} == {late.number}
    assert ended.number in {row[2] for row in table(client, "state=any")[3:]}


def test_the_accused_takes_no_register_of_their_case(bank, service, teller, client_of, now):
    case = make_case(respondent=bank["0101"], actor=teller)
    Respondent.objects.create(case=case, employee=service, named_at=now)
    assert len(table(client_of(service), "state=any")) == 3


def test_a_sheet_that_would_be_too_large_is_refused_and_the_csv_is_not(closed, service, client_of, monkeypatch):
    monkeypatch.setattr(exporting, "LARGEST_SHEET", 0)
    client = client_of(service)
    assert client.get("/complaints/register/?state=any&format=xlsx").status_code == 302
    assert not AccessEvent.objects.filter(action="export").exists()
    assert len(table(client)) == 4


def test_an_empty_list_is_an_empty_register(service, client_of, bank):
    assert len(table(client_of(service))) == 3


def test_a_case_loaded_from_a_file_has_its_own_number(bank, service, client_of):
    make_case(
        respondent=bank["0101"], actor=service, load_key="cfpb:77", is_anonymous=True, outcome="Closed with explanation"
    )
    lines = table(english(client_of(service)))
    row = dict(zip(lines[2], lines[3], strict=True))
    assert (row["Number at the other system"], row["Complainant"], row["Result"]) == (
        "77",
        "Anonymous",
        "Closed with explanation",
    )


def test_chunks_cost_the_same_queries_however_many_cases(bank, service, django_assert_max_num_queries):
    from complaints.overview.register_columns import cells_of
    from complaints.overview.register_rows import register_rows

    for _i in range(12):
        make_case(respondent=bank["0101"], actor=service)
    with django_assert_max_num_queries(25):
        assert len([cells_of(one) for one in register_rows(Criteria(tab="all").rows(service))]) == 12
