"""Every page on a desk and on a phone: readable by a screen reader, in one language, without complaint."""

import re
from pathlib import Path

import pytest

from archives.changes.models import Kind, Reason
from archives.changes.services import propose_change
from archives.models import Customer, FeedLoad
from tests.archives import make_account, make_corporate, make_item

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run(document, {resultTypes: ['violations'], preload: false})).violations
  .filter(v => ['serious', 'critical'].includes(v.impact))
  .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', '))"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Words of the bank's own hand that stay Latin: formats, keys, abbreviations.
LATIN = {"pdf", "CSV", "UTF", "EN", "CNY", "PDF", "KB", "MB", "TSV", "XLSX", "PNG", "JPEG", "tianhua"}
NUMBERS = re.compile(r"\bTH-[A-Z_]+\b")
PAGES = {
    "manager": [
        "/", "/customers/", "/customers/{p}/", "/customers/{p}/?section=accounts", "/customers/{p}/?section=changes",
        "/customers/{c}/", "/customers/{p}/propose/", "/customers/{p}/supplement/", "/customers/{p}/modifications/",
        "/customers/{p}/access/", "/requests/{r}/", "/inbox/", "/search/?q=李", "/customers/new/?kind=P",
        "/customers/new/?kind=C", "/notices/", "/absences/", "/password/",
        "/intelligence/", "/intelligence/add/", "/intelligence/{i}/", "/intelligence/{i}/correct/", "/intelligence/{i}/delete/",
    ],
    "headoffice": ["/feeds/", "/feeds/{l}/", "/"],
    "auditor": ["/access-log/"],
    "admin": ["/admin/", "/admin/staff/branch/{b}/change/"],
}  # fmt: skip


@pytest.fixture
def addresses(archive, outlet, manager, teller, now, today):
    company = make_corporate(branch=outlet, manager=manager, actor=manager, now=now)
    make_account(customer=archive, opened_on=today.replace(day=1), postings=[(today, 123_456_00)])
    asked = propose_change(
        customer=archive, proposer=teller, kind=Kind.EDIT, items={"employer": "临江市第二纺织机械有限公司"}, part_items=[],
        reason_code=Reason.CHANGED, reason_text="客户本人到店，原件已核", evidence=[], token=None,
        base_version=Customer.objects.get(pk=archive.pk).version, now=now,
    )  # fmt: skip
    load = FeedLoad.objects.create(profile="tianhua", source="test", folder="in", status="done", created_at=now)
    item = make_item(actor=teller, customers=[archive], now=now)
    numbers = {
        "p": archive.number,
        "c": company.number,
        "r": asked.number,
        "l": load.pk,
        "b": outlet.pk,
        "i": item.number,
    }
    return lambda who: [page.format(**numbers) for page in PAGES[who]]


def check(page, address: str, width: int) -> list[str]:
    response = page.goto(address)
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE)
    found = [f"{width} {address} {problem}" for problem in page.evaluate(RUN)]
    if response.status != 200:
        found.append(f"{address} answered {response.status}")
    if "/admin/" not in address and (over := page.evaluate(OVERFLOW)) > 0:
        found.append(f"{width} {address} overflows by {over} px")
    return found


@pytest.mark.parametrize("who", PAGES)
@pytest.mark.parametrize("width", [1440, 360])
def test_a_page_has_no_serious_finding_and_no_complaint(who, width, open_page, cast, addresses, complaints):
    page = open_page(cast[who], width=width)
    assert [found for address in addresses(who) for found in check(page, address, width)] == []
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 360])
def test_the_door_has_no_serious_finding(width, open_page, cast, complaints):
    assert check(open_page(width=width), "/sign-in/", width) == []
    assert complaints == []


@pytest.mark.parametrize("who", ["manager", "headoffice", "auditor"])
def test_a_chinese_page_says_nothing_in_english(who, open_page, cast, addresses):
    page = open_page(cast[who])
    found = []
    for address in addresses(who):
        page.goto(address)
        words = set(re.findall(r"\b[A-Za-z]{2,}\b", NUMBERS.sub("", page.inner_text("main")))) - LATIN
        found += [f"{address}: {word}" for word in sorted(words)]
    assert found == []
