"""The dashboard against rows counted by hand: each figure, each dimension, each link, and the export."""

import csv
import io
import random
from collections import Counter
from datetime import date, datetime, timedelta
from statistics import median
from urllib.parse import parse_qs

import pytest

from archives.models import Customer
from complaints.models import Case, Contact, Delegation, Investigation, Redress, Respondent
from complaints.overview.counting import DIMENSIONS, LEAST, Line, count
from complaints.overview.criteria import Criteria
from complaints.overview.figures import FIGURES
from complaints.overview.numbers_page import COLUMNS, facts
from complaints.overview.periods import Span, offered
from crm.lib.dates import SHANGHAI
from tests.archives import make_personal
from tests.complaints.world import make_category

STATES = ["registered", "assigned", "withdrawn", "archived"]
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


@pytest.fixture
def many(bank, cast):
    """Ninety invented cases in and around the half-year, all kinds of facts on them; seeded."""
    chance = random.Random(7)
    causes = [make_category(), make_category(key="fees-x", name="收费"), None]
    businesses = [make_category(face="B", key="loans-x", name="贷款"), None]
    made = []
    for n in range(90):
        day = FIRST - timedelta(days=20) + timedelta(days=chance.randrange(220))
        received = datetime(day.year, day.month, day.day, chance.randrange(24), tzinfo=SHANGHAI)
        outlet = bank[chance.choice(["0100", "0101", "0102", "0201"])]
        case = Case.objects.create(
            number=f"TS{day:%Y%m%d}-{n:05d}", kind="complaint" if n % 9 else "inquiry", state=chance.choice(STATES), source=chance.choice(["counter", "nfra"]),
            received_at=received, registered_at=received, branch=outlet, respondent=outlet, cause=chance.choice(causes), business=chance.choice(businesses),
            class_code=chance.choice(["", "gold", "diamond"]), product=chance.choice(["", "Mortgage", "Card"]), facts="x", round=chance.choice([1, 1, 2]),
            is_repeat=chance.random() < 0.3, closed_in_time=chance.choice([None, True, True, False]), satisfaction=chance.choice(["", "5", "2", "1", "none", "refused"]),
        )  # fmt: skip
        made.append(case)
        _steps(case, cast, chance)
    return made


def _steps(case, cast, chance) -> None:
    at = case.received_at
    for hours in sorted(chance.sample(range(1, 60), chance.randrange(3))):
        when = at + timedelta(hours=hours)
        Contact.objects.create(
            case=case, round=1, at=when, by=cast["head"], means="phone", result="no_answer", recorded_at=when
        )
    if chance.random() < 0.4:
        granted = chance.choice([True, False, None])
        decided = {} if granted is None else {"decided_by": cast["president"], "granted": granted, "decided_at": at}
        Redress.objects.create(
            case=case,
            round=1,
            kind="refund",
            amount_cents=100,
            reason="x",
            proposed_by=cast["head"],
            proposed_at=at,
            **decided,
        )
    if chance.random() < 0.5:
        behalf = cast["president"] if chance.random() < 0.4 else None
        Investigation.objects.create(
            case=case, round=1, by=cast["head"], on_behalf_of=behalf, finding="no", signed_at=at
        )


def expect(cases) -> dict[str, int]:
    """Every figure, counted one by one in plain Python."""
    ended = [one for one in cases if one.state in ("withdrawn", "archived")]
    signed = {one.pk: list(one.investigations.filter(signed_at__isnull=False)) for one in cases}
    return {
        "received": len(cases),
        "open": len(cases) - len(ended),
        "closed": len(ended),
        "on_time": sum(one.closed_in_time is True for one in cases),
        "untimely": sum(one.closed_in_time is False for one in cases),
        "timed": sum(one.closed_in_time is not None for one in cases),
        "contacted": sum(one.contacts.exists() for one in cases),
        "reopened": sum(one.round > 1 for one in cases),
        "repeated": sum(one.is_repeat for one in cases),
        "rated": sum(one.satisfaction in "12345" and one.satisfaction != "" for one in cases),
        "unsatisfied": sum(one.satisfaction in ("1", "2") for one in cases),
        "redress": sum(any(r.granted for r in one.redresss.all()) for one in cases),
        "reported": sum(bool(signed[one.pk]) for one in cases),
        "personal": sum(
            bool(signed[one.pk]) and all(r.on_behalf_of_id is None for r in signed[one.pk]) for one in cases
        ),
    }


def inside(cases, first=FIRST, last=LAST) -> list[Case]:
    days = ((one, one.received_at.astimezone(SHANGHAI).date()) for one in cases)
    return [one for one, day in days if first <= day <= last and one.kind == "complaint"]


def asked(**more) -> Criteria:
    return Criteria(tab="all", state="any", kind="complaint", first=str(FIRST), last=str(LAST), **more)


def test_the_total_is_what_is_counted_by_hand(many, service):
    total, _lines = count(asked(), service, "outlet")
    assert total.counts == expect(inside(many)) and total.counts["received"] > 30


@pytest.mark.parametrize("by", DIMENSIONS)
def test_each_line_of_each_dimension_is_what_is_counted_by_hand(many, service, by):
    _total, lines = count(asked(), service, by)
    column = DIMENSIONS[by].column
    groups: dict[str, list[Case]] = {}
    for case in inside(many):
        value = getattr(case, f"{column}_id" if hasattr(case, f"{column}_id") else column)
        groups.setdefault("-" if value in (None, "") else str(value), []).append(case)
    assert {line.key: line.counts for line in lines} == {key: expect(cases) for key, cases in groups.items()}
    assert all(line.label for line in lines)


def test_the_median_counts_the_first_attempt_of_each(many, service):
    total, lines = count(asked(), service, "outlet")

    def hours(cases):
        found = [one.contacts.order_by("at").first().at - one.received_at for one in cases if one.contacts.exists()]
        return round(median(span / timedelta(hours=1) for span in found), 1)

    assert total.hours == hours(inside(many))
    for line in lines:
        assert line.hours == hours([one for one in inside(many) if str(one.respondent_id) == line.key])


def test_an_attempt_of_a_later_round_or_to_nobody_is_no_first_contact(many, cast, service):
    case = inside(many)[0]
    case.contacts.all().delete()
    before = count(asked(), service, "outlet")[0].counts["contacted"]
    for round, result in ((2, "reached"), (1, "nobody")):
        Contact.objects.create(
            case=case,
            round=round,
            at=case.received_at,
            by=cast["head"],
            means="phone",
            result=result,
            recorded_at=case.received_at,
        )
    assert count(asked(), service, "outlet")[0].counts["contacted"] == before


def test_per_thousand_customers_of_the_outlet(many, bank, service):
    for i in range(3):
        make_personal(branch=bank["0101"], manager=None, name=f"客户{i}")
    _total, lines = count(asked(), service, "outlet")
    line = next(one for one in lines if one.key == str(bank["0101"].pk))
    customers = Customer.objects.filter(branch=bank["0101"]).count()
    assert line.per_thousand == pytest.approx(1000 * line.counts["received"] / customers)
    assert next(one for one in lines if one.key == str(bank["0201"].pk)).per_thousand is None


def test_a_rate_of_too_few_is_not_shown():
    few = Line("", "", {"closed": LEAST - 1, "received": LEAST - 1})
    enough = Line("", "", {"closed": 2, "received": LEAST})
    assert (few.rate("closing_rate"), enough.rate("closing_rate")) == (None, 40.0)


@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_figure_opens_exactly_its_rows(many, service, by):
    """A cell's address, read again as the list reads it, holds as many rows as the cell says."""
    found = facts({"first": str(FIRST), "last": str(LAST), "by": by}, service, date(2026, 11, 24))
    cells = found["total"] + [cell for _line, row in found["lines"] for cell in row]
    assert len(cells) >= len(COLUMNS) - 1
    for cell in cells:
        rows = reread(cell.address, service)
        if cell.column in FIGURES:
            assert rows.count() == int(cell.text), (cell, by)
        elif cell.text not in ("–", "0.0 %"):
            assert rows.exists(), cell


def reread(address: str, user):
    query = {key: value[0] for key, value in parse_qs(address).items()}
    return Criteria.read(query, user).rows(user)


def test_months_and_causes_of_the_chart_open_their_rows(many, service):
    found = facts({"first": str(FIRST), "last": str(LAST)}, service, date(2026, 11, 24))
    assert [one["label"] for one in found["months"]] == [f"2026-0{n}" for n in range(1, 7)]
    rows = [one["cells"] for one in found["months"]] + [cells for _line, cells in found["causes"]]
    for cells in rows:
        for cell in cells[:2]:
            assert reread(cell.address, service).count() == int(cell.text)
    assert sum(int(one["cells"][1].text) for one in found["months"]) == expect(inside(many))["untimely"]


def test_a_rate_stands_as_a_link_to_what_is_above_the_line(many, service):
    found = facts({"first": str(FIRST), "last": str(LAST)}, service, date(2026, 11, 24))
    cell = next(one for one in found["total"] if one.column == "on_time_rate")
    total = expect(inside(many))
    assert cell.text == f"{100 * total['on_time'] / total['timed']:.1f} %"
    assert reread(cell.address, service).count() == total["on_time"]


@pytest.mark.parametrize(("who", "outlets"), [("head", {"0101"}), ("president", {"0100", "0101", "0102"}), ("stranger_head", {"0201"}), ("service", {"0100", "0101", "0102", "0201"})])  # fmt: skip
def test_everybody_counts_their_own_branches(many, cast, bank, who, outlets):
    found = facts({"first": str(FIRST), "last": str(LAST)}, cast[who], date(2026, 11, 24))
    wanted = [one for one in inside(many) if one.respondent.code in outlets]
    assert {line.key for line, _cells in found["lines"]} == {str(bank[code].pk) for code in outlets}
    assert int(found["total"][0].text) == len(wanted)


def test_an_accused_leader_counts_without_the_case(many, cast, now):
    before = int(facts({"first": str(FIRST), "last": str(LAST)}, cast["head"], LAST)["total"][0].text)
    case = next(one for one in inside(many) if one.respondent.code == "0101")
    Respondent.objects.create(case=case, employee=cast["head"], named_at=now)
    assert int(facts({"first": str(FIRST), "last": str(LAST)}, cast["head"], LAST)["total"][0].text) == before - 1


def test_an_outlet_narrows_every_dimension_and_its_links(many, bank, service):
    query = {"first": str(FIRST), "last": str(LAST), "outlet": str(bank["0100"].pk), "by": "cause"}
    found = facts(query, service, LAST)
    wanted = [one for one in inside(many) if one.respondent.code in ("0100", "0101", "0102")]
    assert int(found["total"][0].text) == len(wanted)
    for _line, cells in found["lines"]:
        for cell in cells:
            if cell.column in FIGURES:
                assert reread(cell.address, service).count() == int(cell.text)


@pytest.mark.parametrize("who", ["teller", "manager", "lobby", "admin"])
def test_others_have_no_figures(cast, client_of, who):
    for url in ("numbers", "repeats", "improvements", "reports", "reports/paper", "reports/pdf"):
        assert client_of(cast[who]).get(f"/complaints/{url}/").status_code == 403


def test_the_page_prints_formulas_and_draws_with_a_table_behind(many, service, client_of):
    service.language = "en"
    service.save()
    for by in DIMENSIONS:
        page = client_of(service).get(
            f"/complaints/numbers/?first={FIRST}&last={LAST}&by={by}", headers={"accept-language": "en"}
        )
        assert page.status_code == 200
    text = page.content.decode()
    assert 'data-chart="by-month"' in text and 'data-chart="by-cause"' in text and "÷" in text
    assert len(page.context["formulas"]) == len(COLUMNS)


def test_an_empty_period_says_so(service, client_of, bank):
    assert client_of(service).get("/complaints/numbers/?period=1999").status_code == 200


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("2026-02", "2026-02-01", "2026-02-28"), ("2026Q4", "2026-10-01", "2026-12-31"), ("2026", "2026-01-01", "2026-12-31"), ("2024-02", "2024-02-01", "2024-02-29")],
)  # fmt: skip
def test_periods_are_read(text, first, last):
    span = Span.parse(text)
    assert (str(span.first), str(span.last), span.label) == (first, last, text)


@pytest.mark.parametrize("text", ["", "x", "20261", "2026-13", "2026Q5", "0000", "²026", "----", "9999"])
def test_a_bad_period_is_the_running_year(text):
    with pytest.raises(ValueError):
        Span.parse(text)
    assert Span.read({"period": text}, date(2026, 11, 24)).label == "2026"


def test_the_year_before_is_the_same_days():
    assert [str(Span.parse(text).year_before.first) + str(Span.parse(text).year_before.last) for text in ("2026-02", "2025-02", "2026Q1")] == ["2025-02-012025-02-28", "2024-02-012024-02-29", "2025-01-012025-03-31"]  # fmt: skip
    assert Span.parse("2026Q3").year_before.label == "2025Q3" and Span.parse("2026").year_before.label == "2025"
    turned = Span.read({"first": "2026-03-01", "last": "2026-02-01"}, date(2026, 11, 24))
    assert turned.label == "2026"


def test_offered_periods_can_be_read():
    assert [Span.parse(one).label for one in offered(date(2026, 1, 31))] == [
        "2026-01",
        "2025-12",
        "2026Q1",
        "2025Q4",
        "2026",
        "2025",
        "2024",
    ]


# The register says the same


def register(client, address: str) -> list[dict]:
    response = client.get(f"/complaints/register/?{address}&format=csv")
    lines = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    return [dict(zip(lines[2], line, strict=True)) for line in lines[3:]]


def test_the_export_gives_the_figures_again(many, service, client_of):
    client = client_of(service)
    client.cookies["django_language"] = "en"
    rows = register(client, asked().address())
    found = facts({"first": str(FIRST), "last": str(LAST), "by": "product"}, service, LAST)
    total = {cell.column: cell.text for cell in found["total"]}
    assert len(rows) == int(total["received"])
    assert sum(row["Closed in time"] == "no" for row in rows) == int(total["untimely"])
    assert sum(row["Closed in time"] == "yes" for row in rows) == int(total["on_time"])
    assert sum(row["Repeated"] == "yes" for row in rows) == int(total["repeated"])
    assert sum(int(row["Round"]) > 1 for row in rows) == int(total["reopened"])
    assert sum(row["Redress"] == "yes" for row in rows) == int(total["redress"])
    assert sum("nsatisfied" in row["Satisfaction"] for row in rows) == int(total["unsatisfied"])
    products = Counter(row["Product or service"] for row in rows)
    assert products == {
        line.label if line.key != "-" else "": line.counts["received"] for line, _cells in found["lines"]
    }


def test_delegations_make_no_difference_to_who_may_look(many, cast, now):
    case = inside(many)[0]
    Delegation.objects.create(
        case=case,
        round=1,
        to=cast["manager"],
        reason="x",
        asked_by=cast["president"],
        asked_at=now,
        granted=True,
        decided_by=cast["service"],
    )
    assert Criteria(tab="mine", state="any").rows(cast["manager"]).get() == case
