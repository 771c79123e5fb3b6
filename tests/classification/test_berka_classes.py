"""The real bank of 1993: classes by average, and who moves from the first quarter to the second."""

import csv
import json
from collections import Counter
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from archives.models import ClassChange, CustomerClass, Level, Proposal, Run, Scheme
from crm.lib.dates import Quarter
from crm.lib.money import to_cents
from tests.classification.engine import compute, moment
from tests.feeds.test_berka import BERKA, berka, loaded, pytestmark, truth  # noqa: F401

CODES = ["ordinary", "active", "gold", "platinum", "diamond"]
FLOORS = [0, 10_000, 25_000, 50_000, 100_000]
LATER = moment(1994, 4, 1)


@pytest.fixture
def thresholds(tmp_path):
    path = tmp_path / "thresholds.csv"
    path.write_text("code,floor\n" + "".join(f"{c},{f}\n" for c, f in zip(CODES, FLOORS, strict=True)))
    return path


def dry(quarter, thresholds, **options) -> str:
    out = StringIO()
    call_command(
        "reclassify", quarter, dry_run=True, thresholds=thresholds, no_new_rule=True, source="berka", stdout=out, **options
    )  # fmt: skip
    return out.getvalue()


def figures(text: str) -> dict[str, int]:
    """First words of each line to its number."""
    lines = [line.removeprefix("P ").split() for line in text.splitlines()]
    return {words[0]: int(words[1].replace(",", "")) for words in lines if len(words) > 1}


@pytest.mark.django_db
@pytest.mark.parametrize("quarter", ["1993Q1", "1993Q2"])
def test_a_dry_run_gives_the_classes_of_the_truth(berka, thresholds, tmp_path, quarter):  # noqa: F811
    found = figures(dry(quarter, thresholds, csv=tmp_path / "out.csv"))
    wanted = truth()[quarter]
    assert [found.get(code, 0) for code in CODES] == wanted["classes_by_average"]
    assert found["customers"] == found["first"] == wanted["customers"]
    with (tmp_path / "out.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["new"] for row in rows) == {
        c: n for c, n in zip(CODES, wanted["classes_by_average"], strict=True) if n
    }
    assert not Run.objects.exists() and not Proposal.objects.exists()


@pytest.mark.django_db
def test_the_averages_written_are_those_of_the_truth(berka, thresholds, tmp_path):  # noqa: F811
    dry("1993Q2", thresholds, csv=tmp_path / "out.csv")
    with (tmp_path / "out.csv").open() as file:
        found = {row["customer"]: (to_cents(row["average"]), to_cents(row["closing"])) for row in csv.DictReader(file)}
    with (BERKA / "truth_averages_1993Q2.csv").open() as file:
        wanted = {
            row["client_id"]: (to_cents(row["daily_average"]), to_cents(row["closing_balance"]))
            for row in csv.DictReader(file)
        }
    assert found == wanted


@pytest.mark.django_db
def test_a_dry_run_tells_who_would_move_between_two_quarters(berka, thresholds):  # noqa: F811
    found, wanted = figures(dry("1993Q2", thresholds, since="1993Q1")), truth()["1993Q2"]
    assert (
        (found["up"], found["down"], found["first"]) == (wanted["up"], wanted["down"], wanted["new"]) == (265, 0, 256)
    )


@pytest.mark.django_db
def test_two_runs_move_exactly_those_of_the_truth(berka, settings):  # noqa: F811
    settings.RECLASSIFICATION_CONFIRM = "auto"
    scheme = Scheme.objects.create(
        version=90, valid_from=date(1993, 1, 1), new_customer_days=0, held_percent=100, reason="x", state="adopted",
        proposed_at=LATER,
    )  # fmt: skip
    for rank, (code, floor) in enumerate(zip(CODES, FLOORS, strict=True)):
        Level.objects.create(scheme=scheme, kind="P", rank=rank, code=code, floor_cents=floor * 100)
    first = compute(Quarter(1993, 1), now=LATER)
    assert (first.state, first.counts) == ("confirmed", {"first": 298})
    assert classes() == truth()["1993Q1"]["classes_by_average"]
    second = compute(Quarter(1993, 2), now=LATER)
    wanted = truth()["1993Q2"]
    assert (second.counts["up"], second.counts.get("down", 0), second.counts["first"]) == (265, 0, 256)
    assert (wanted["up"], wanted["down"], wanted["new"]) == (265, 0, 256)
    assert classes() == wanted["classes_by_average"]
    assert Counter(ClassChange.objects.filter(run=second).values_list("verdict", flat=True)) == {
        "up": 265,
        "first": 256,
    }


def classes() -> list[int]:
    found = Counter(CustomerClass.objects.values_list("code", flat=True))
    return [found[code] for code in CODES]


@pytest.mark.django_db
def test_thresholds_are_tried_only_in_a_dry_run(berka, thresholds):  # noqa: F811
    with pytest.raises(CommandError, match="dry-run"):
        call_command("reclassify", "1993Q1", thresholds=thresholds)


@pytest.mark.django_db
def test_thresholds_may_be_json(berka, tmp_path):  # noqa: F811
    path = tmp_path / "thresholds.json"
    path.write_text(json.dumps(dict(zip(CODES, FLOORS, strict=True))))
    assert figures(dry("1993Q1", path))["ordinary"] == 212
    path.write_text(json.dumps([{"code": "A", "floor": 0}, {"code": "B", "floor": "50000"}]))
    with pytest.raises(CommandError, match="--kind"):
        dry("1993Q1", path)
    assert figures(dry("1993Q1", path, kind="P"))["B"] == 1
