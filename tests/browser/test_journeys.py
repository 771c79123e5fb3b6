"""From the gap in an archive to the modification record, by the people who do it."""

import pytest

from archives.models import ChangeRequest, Customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EMPLOYER = "临江市第二纺织机械有限公司"
WHY = "客户本人到店，原件已核"


def _send(page, reason=WHY):
    page.select_option("#id_reason_code", index=1)
    page.fill("#id_reason_text", reason)
    page.click("main .actbar button.btn-primary")
    page.wait_for_url(lambda url: "/supplement/" not in url and "/propose/" not in url)


def test_a_gap_is_filled_and_approved_in_chinese(open_page, archive, teller, manager, complaints):
    page = open_page(teller)
    page.keyboard.press("/")
    page.keyboard.type("李ml")
    page.keyboard.press("Enter")
    page.locator("main").get_by_role("link", name="李明亮").first.click()
    page.wait_for_url(f"**/customers/{archive.number}/**")
    page.locator('section[aria-labelledby="full"] a[href*="field=employer"]').click()
    page.wait_for_selector("[name=employer]:focus")
    page.keyboard.type(EMPLOYER)
    _send(page)
    page.goto(f"/customers/{archive.number}/")
    row = page.locator("#f-employer").inner_text()
    assert EMPLOYER not in row
    assert "何静" in row and "待" in row
    assert Customer.objects.get(pk=archive.pk).employer == ""

    page = open_page(manager)
    assert "1" in page.locator(".side-nav .count").first.inner_text()
    page.goto("/inbox/")
    page.locator("main").get_by_role("link", name="李明亮").click()
    assert page.locator("[data-item] ins").inner_text() == EMPLOYER
    page.locator("[data-item] label", has_text="同意").first.click()
    page.keyboard.press("a")
    page.wait_for_selector("main [role=status]")
    page.goto(f"/customers/{archive.number}/")
    assert EMPLOYER in page.locator("#f-employer").inner_text()
    page.goto(f"/customers/{archive.number}/modifications/")
    record = page.locator("main table").inner_text()
    assert all(said in record for said in (EMPLOYER, WHY, "何静", "周雅"))
    assert complaints == []


def test_an_edit_with_evidence_is_partly_rejected_in_english(open_page, archive, teller, manager, evidence, complaints):
    page = open_page(teller)
    page.click("header button[value=en]")
    page.goto(f"/customers/{archive.number}/propose/")
    page.fill("[name=employer]", EMPLOYER)
    page.fill("[name=address]", "临江市城东区人民路2号")
    page.set_input_files("[name=evidence]", str(evidence))
    _send(page, "Seen at the counter")
    asked = ChangeRequest.objects.get()

    page = open_page(manager)
    page.click("header button[value=en]")
    page.goto(f"/requests/{asked.number}/")
    assert "proof.pdf" in page.inner_text("main")
    page.locator("[data-item]", has_text=EMPLOYER).get_by_text("Accept", exact=True).click()
    item = page.locator("[data-item]").filter(has_not_text=EMPLOYER)
    item.get_by_text("Reject", exact=True).click()
    item.locator("[data-why] input").fill("The certificate shows house 1")
    page.click("[data-decide-bar] .btn-primary")
    page.wait_for_selector("main [role=status]")
    page.goto(f"/requests/{asked.number}/")
    assert "Partly approved" in page.inner_text("main")
    changed = Customer.objects.get(pk=archive.pk)
    assert (changed.employer, changed.address) == (EMPLOYER, archive.address)
    assert complaints == []
