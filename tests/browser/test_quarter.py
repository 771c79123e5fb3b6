"""A quarter from its run to confirmed classes and filed minutes; thresholds tried before they are proposed."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from archives.models import CustomerClass, Meeting, Proposal, Scheme, Unit
from archives.reviews.quarterly import open_quarter
from tests.browser.test_accessibility import check
from tests.classification.rows import QUARTER, make_quarter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS", "")  # a folder for pictures, to look at them
MEETING = f"/meetings/quarterly/FX{QUARTER}-0100/"


@pytest.fixture
def quarter(bank, cast, now):
    found = make_quarter(bank=bank, cast=cast, now=now)
    for unit in found["units"].values():
        open_quarter(unit=unit, now=now)
    return found


def shot(page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def test_a_quarter_goes_from_its_run_to_confirmed_classes(open_page, quarter, head, president, complaints):
    page = open_page(head)
    page.goto(f"/classes/{QUARTER}/customers/?verdict=down")
    page.locator("main table a.btn").first.click()
    page.select_option("#id_code", "platinum")
    page.select_option("#id_approver", str(president.pk))
    page.fill("#id_reason", "房款过渡，已约定转回")
    page.locator("main form button.btn-primary").click()
    page.wait_for_selector("main [role=status]")
    assert Proposal.objects.get(customer=quarter["faller"]).override_code == "platinum"

    page = open_page(president)
    page.goto(f"/classes/{QUARTER}/")
    page.locator("table.matrix td.rise a").first.click()
    assert page.locator("main tbody tr").count() == 2
    page.goto(MEETING)
    assert page.locator("main .actbar button").is_disabled()
    page.fill("#id_held_at", (timezone.localtime() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    page.select_option("#id_host", str(president.pk))
    page.select_option("#id_recorder", str(president.pk))
    page.locator("section[aria-labelledby=head] button").click()
    page.wait_for_selector("main [role=status]")
    page.locator(f"label[for=p{president.pk}y]").click()
    page.locator("section[aria-labelledby=att] button").click()
    page.wait_for_selector("main [role=status]")
    page.fill("#minutes", "逐户讨论了升降，同意拟定类别。")
    page.locator("section[aria-labelledby=min] button").click()
    page.wait_for_selector("main [role=status]")
    page.locator("main .actbar button").click(no_wait_after=True)
    page.wait_for_selector(".page-head .tone-none", timeout=60_000)  # the PDF is made meanwhile
    shot(page, "quarterly-closed")
    assert CustomerClass.objects.get(customer=quarter["faller"]).code == "platinum"
    assert CustomerClass.objects.get(customer=quarter["riser"]).code == "gold"
    found = Meeting.objects.get(number=f"FX{QUARTER}-0100")
    assert found.state == "closed" and Unit.objects.get(branch__code="0100").state == "confirmed"
    with page.expect_download() as filed:
        page.locator(f"a[href='{MEETING}document/']").click()
    assert Path(filed.value.path()).read_bytes().startswith(b"%PDF")
    if SHOTS:
        filed.value.save_as(str(Path(SHOTS) / "minutes.pdf"))
    assert complaints == []


def test_thresholds_are_tried_and_proposed(open_page, quarter, headoffice, complaints):
    page = open_page(headoffice)
    page.goto("/classes/thresholds/propose/")
    page.fill("[name=floor-P-gold]", "3")
    page.fill("#id_reason", "提高门槛")
    page.locator("button[name=simulate]").click()
    assert page.locator("#f-floor-P-gold .invalid-feedback").is_visible()
    page.fill("[name=floor-P-gold]", "31")
    page.locator("button[name=simulate]").click()
    page.wait_for_selector("#trial")
    shot(page, "thresholds-tried")
    assert page.input_value("[name=floor-P-gold]") == "31" and Scheme.objects.count() == 1
    page.locator("main .actbar button.btn-primary").click()
    page.wait_for_url("**/classes/thresholds/2/")
    shot(page, "thresholds-proposed")
    assert Scheme.objects.get(version=2).levels.get(code="gold").floor_cents == 31_000_000
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 360])
def test_the_pages_of_a_quarter_have_no_serious_finding(width, open_page, quarter, cast, complaints):
    here = quarter["riser"].number
    pages = {
        "president": ["/classes/", f"/classes/{QUARTER}/", f"/classes/{QUARTER}/customers/", f"/classes/{QUARTER}/customers/{here}/", MEETING, f"{MEETING}print/"],
        "headoffice": ["/classes/thresholds/", "/classes/thresholds/1/", "/classes/thresholds/propose/"],
    }  # fmt: skip
    found = []
    for who, addresses in pages.items():
        page = open_page(cast[who], width=width)
        for address in addresses:
            found += check(page, address, width)
            shot(page, f"{width}{address.replace('/', '-').replace(here, 'n')}")
    assert found == [] and complaints == []
