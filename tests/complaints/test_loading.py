"""Real complaints from a file: each once, the cut row refused with its number, the counts those of the file."""

import csv
import gzip
from collections import Counter
from datetime import date
from urllib.parse import parse_qs

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from complaints.loading import services
from complaints.loading.profiles import ProfileError, load_profile
from complaints.loading.running import JOB
from complaints.loading.services import begin_load, run_load
from complaints.models import Case, CaseEvent, CaseLoad, Clock
from complaints.overview.criteria import Criteria
from complaints.overview.numbers_page import facts
from crm.jobs.services import run_job
from crm.lib.refusals import Refused
from tests.cast import make_bank, make_cast
from tests.house.source import ROOT

CFPB = ROOT.parent / "shared" / "data" / "cfpb"
HEAD = "Complaint ID,Product,Sub-product,Issue,Sub-issue,State,ZIP code,Submitted via,Date received,Date sent to company,Company,Company response,Timely response?,Consumer disputed?"  # fmt: skip
GOOD = "7,Mortgage,,Loan servicing,,FL,32219,Web,11/13/2014,11/14/2014,Bank,Closed with explanation,Yes,"
OPEN = "8,Credit card,,Billing,,TX,75006,Phone,11/13/2014,11/13/2014,Bank,In progress,Yes,"
LATE = "9,Payday loan,,Fee,,TX,75006,Fax,11/13/2014,11/20/2014,Bank,Untimely response,No,Yes"


def write(folder, *rows, name="cfpb.csv"):
    path = folder / name
    path.write_text("\r\n".join([HEAD, *rows]) + "\r\n", encoding="utf-8")
    return path


@pytest.fixture
def load(bank, service, now, tmp_path):
    def run(*rows, actor=service):
        path = write(tmp_path, *rows)
        begun = begin_load(
            profile=load_profile("cfpb"), path=path, name=path.name, branch=bank["0101"], actor=actor, now=now
        )
        return run_load(load=begun, path=path, now=now)

    return run


def test_columns_are_mapped(load):
    done = load(GOOD, OPEN, LATE)
    closed, under_way, late = Case.objects.order_by("load_key")
    assert (done.rows, done.loaded, done.refused) == (3, 3, 0)
    assert (closed.state, closed.product, closed.source, closed.closed_in_time) == (
        "closed",
        "Mortgage",
        "online",
        True,
    )
    assert (
        closed.business.key == "loans"
        and "Loan servicing" in closed.facts
        and closed.outcome == "Closed with explanation"
    )
    assert (under_way.state, under_way.closed_at, under_way.closed_in_time) == ("accepted", None, None)
    assert (late.closed_in_time, late.satisfaction) == (False, "2")
    assert closed.number == "TS20141113-00001" and CaseEvent.objects.count() == 3


def test_an_open_case_has_its_clocks_since_it_was_received(load):
    load(GOOD, OPEN)
    case = Case.objects.open().get()
    assert case.nearest_at and case.nearest_at.year == 2014
    assert set(Clock.objects.values_list("case", flat=True)) == {case.pk}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (GOOD.replace("11/13/2014", "13/13/2014"), "Date received"),
        (GOOD.replace("11/13/2014", "11/13/2999"), "Date received"),
        (GOOD.replace("11/14/2014", "11/12/2014"), "Date sent to company"),
        (GOOD.replace("7,Mort", ",Mort"), "Complaint ID"),
        (GOOD.replace("Loan servicing,,FL", ",,").replace(",Bank,", ",,"), "Issue"),
        ("1,Mortgage,cut", ""),
    ],
)
def test_a_bad_row_is_refused_with_line_and_column_and_the_rest_is_loaded(load, row, column):
    done = load(GOOD.replace("7,", "70,", 1), row, OPEN)
    refused = done.refused_rows.get()
    assert (done.loaded, done.refused) == (2, 1)
    assert (refused.line, refused.column) == (3, column) and refused.reason and refused.raw


def test_the_same_file_again_loads_nothing(load):
    first = load(GOOD, OPEN)
    again = load(GOOD, OPEN)
    assert again.pk == first.pk and Case.objects.count() == 2


def test_a_longer_file_loads_what_is_new(load):
    load(GOOD)
    done = load(GOOD, LATE)
    assert (done.loaded, done.known, Case.objects.count()) == (1, 1, 2)


def test_the_same_file_for_another_outlet_is_refused(load, bank, service, now, tmp_path):
    load(GOOD)
    path = write(tmp_path, GOOD)
    with pytest.raises(Refused):
        begin_load(profile=load_profile("cfpb"), path=path, name="x", branch=bank["0201"], actor=service, now=now)


def test_a_kill_between_chunks_loses_and_doubles_nothing(load, monkeypatch, bank, service, now, tmp_path):
    monkeypatch.setattr(services, "CHUNK", 2)
    rows = [GOOD.replace("7,", f"{n},", 1) for n in range(100, 107)]
    path = write(tmp_path, *rows)
    begun = begin_load(profile=load_profile("cfpb"), path=path, name="x", branch=bank["0101"], actor=service, now=now)

    def dies(_load):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_load(load=begun, path=path, now=now, report=dies)
    assert Case.objects.count() == 2
    done = run_load(load=CaseLoad.objects.get(), path=path, now=now)
    assert (done.rows, done.loaded, Case.objects.count()) == (7, 7, 7)


def test_the_page_takes_a_file_and_its_job_loads_it(service, client_of, bank, now):
    client = client_of(service)
    upload = SimpleUploadedFile("投诉.csv", "\r\n".join([HEAD, GOOD, "1,cut"]).encode())
    data = {"profile": "cfpb", "branch": bank["0101"].pk, "file": upload}
    page = client.post("/complaints/loads/", data)
    found = CaseLoad.objects.get()
    assert page.url == f"/complaints/loads/{found.pk}/"
    assert run_job(name=JOB, period=str(found.pk), now=now)
    found.refresh_from_db()
    assert (found.loaded, found.refused, found.is_finished) == (1, 1, True)
    assert "3" in client.get(page.url).content.decode()
    mended = b"".join(client.get(f"{page.url}refused/").streaming_content).decode("utf-8-sig")
    assert mended.splitlines()[0] == HEAD and "1,cut" in mended


@pytest.mark.parametrize("who", ["head", "teller", "auditor", "headoffice", "admin"])
def test_only_the_service_office_loads(cast, client_of, who):
    assert client_of(cast[who]).get("/complaints/loads/").status_code == 403


def test_a_file_that_is_no_text_is_refused(service, client_of, bank, now):
    upload = SimpleUploadedFile("x.csv", b"\xff\xfe\x00\xd8\x00\xd8" * 9)
    client_of(service).post("/complaints/loads/", {"profile": "cfpb", "branch": bank["0101"].pk, "file": upload})
    assert not Case.objects.exists()


def test_the_command_names_what_is_wrong(bank, tmp_path):
    for arguments in (["nobody", str(tmp_path), "--branch", "0101"], ["cfpb", str(tmp_path), "--branch", "0101"], ["cfpb", str(tmp_path), "--branch", "none"]):  # fmt: skip
        with pytest.raises(CommandError):
            call_command("import_complaints", *arguments)


def test_a_profile_says_what_it_lacks(settings, tmp_path):
    settings.COMPLAINT_PROFILES_DIR = tmp_path
    (tmp_path / "torn.toml").write_text('title = "x"\n', encoding="utf-8")
    with pytest.raises(ProfileError, match="source"):
        load_profile("torn")


# The real file


@pytest.fixture(scope="module")
def truth():
    with gzip.open(next(CFPB.glob("*.csv.gz")), "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if len(row) == len(rows[0])]


@pytest.mark.skipif(not CFPB.is_dir(), reason="the data lies in ../shared/data/cfpb, which is not here")
def test_the_whole_file_gives_its_own_counts(db, truth):
    cast = make_cast(make_bank())
    call_command("import_complaints", "cfpb", str(CFPB), branch="0901", verbosity=0)
    load = CaseLoad.objects.get()
    assert (load.loaded, load.refused) == (8339, 1)
    assert load.refused_rows.get().line == 8341
    products = Counter(Case.objects.values_list("product", flat=True))
    assert products == Counter(row["Product"] for row in truth) and products["Mortgage"] == 2210
    assert Case.objects.filter(closed_in_time=False).count() == 161
    assert Case.objects.open().count() == sum(row["Company response"] == "In progress" for row in truth)
    assert Counter(Case.objects.values_list("outcome", flat=True)) == Counter(row["Company response"] for row in truth)
    # The dashboard says the same, and so do the rows behind its figures.
    query = {"first": "1990-01-01", "last": "2030-12-31", "by": "product"}
    found = facts(query, cast["service"], date(2026, 11, 24))
    shown = {line.label: {cell.column: cell for cell in cells} for line, cells in found["lines"]}
    assert {label: int(cells["received"].text) for label, cells in shown.items()} == products
    total = {cell.column: cell for cell in found["total"]}
    assert (total["received"].text, total["untimely"].text) == ("8339", "161")
    late = Counter(row["Product"] for row in truth if row["Timely response?"] == "No")
    assert {label: int(cells["untimely"].text) for label, cells in shown.items()} == {label: late[label] for label in products}  # fmt: skip
    for cell, wanted in ((total["untimely"], 161), (shown["Mortgage"]["received"], 2210)):
        asked = {key: value[0] for key, value in parse_qs(cell.address).items()}
        assert Criteria.read(asked, cast["service"]).rows(cast["service"]).count() == wanted
