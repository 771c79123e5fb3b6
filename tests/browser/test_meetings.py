"""A monthly meeting from its agenda to the filed PDF, by the people who hold it, in Chromium."""

from datetime import timedelta

import pytest
from django.utils import timezone

from archives.models import (
    Account,
    Customer,
    KeyCustomer,
)
from archives.reviews.opening import open_month
from crm.jobs import services as jobs
from tests.archives import make_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def gappy(archive):
    """An archive with gaps and a large deposit that came yesterday."""
    day = timezone.localdate() - timedelta(days=1)
    make_account(customer=archive, number="6230000000001", postings=[(day, 90_000_000_00)])
    Account.objects.update(balance_on=day)
    Customer.objects.filter(pk=archive.pk).update(completeness=40)
    return archive


def test_a_monthly_meeting_from_agenda_to_filed_pdf(open_page, gappy, head, manager, outlet, complaints):
    now = timezone.now()
    meeting = open_month(branch=outlet, period=f"{timezone.localdate():%Y-%m}", now=now)
    page = open_page(head)
    page.goto(f"/meetings/{meeting.number}/")
    page.select_option("[name=host]", str(head.pk))
    page.select_option("[name=recorder]", str(manager.pk))
    page.fill("[name=place]", "二楼会议室")
    page.click('form[action$="/head/"] button')
    page.wait_for_selector("main [role=status]")
    page.click('form[action$="/attendance/"] button')
    page.wait_for_selector("main [role=status]")

    page.goto(f"/meetings/{meeting.number}/?tab=gaps")
    item = page.locator("li[id^=item-]", has_text="李明亮")
    item.locator("summary").click()
    item.locator("[name=note]").fill("上门补齐资料，推介大额存单")
    item.locator("[name=owner]").select_option(str(manager.pk))
    item.locator("[name=due_on]").fill((timezone.localdate() + timedelta(days=7)).isoformat())
    item.locator("button[value=key]").click()
    page.wait_for_selector("li[id^=item-] .tag svg use[href$='#i-check']")
    for section in meeting.items.order_by().values_list("section", flat=True).distinct():
        page.goto(f"/meetings/{meeting.number}/?tab={section}")
        if page.locator('form[action$="/settle/"] button').count():
            page.click('form[action$="/settle/"] button')
            page.wait_for_load_state("networkidle")
    page.goto(f"/meetings/{meeting.number}/?tab=minutes")
    page.fill("textarea[name=minutes]", "逐户讨论，确定一户重点关注。")
    page.click('form[action$="/minutes/"] button')
    page.wait_for_selector("main [role=status]")
    page.click('form[action$="/close/"] button')
    page.wait_for_load_state("networkidle")

    meeting.refresh_from_db()
    assert meeting.state == "closed" and meeting.closed_by == head
    entry = KeyCustomer.objects.get(meeting=meeting)
    assert (entry.number, entry.owner, entry.action) == (gappy.number, manager, "上门补齐资料，推介大额存单")
    jobs.sweep(timezone.now())
    with page.expect_download() as got:
        page.evaluate(f"location.href = '/meetings/{meeting.number}/document/'")
    assert got.value.path().read_bytes().startswith(b"%PDF-")
    meeting.refresh_from_db()
    assert meeting.document and meeting.document_sha256
    page.goto(f"/meetings/{meeting.number}/")
    assert page.locator('form[action$="/close/"]').count() == 0

    page = open_page(manager)
    page.goto("/key-customers/")
    assert "李明亮" in page.inner_text("main") and "上门补齐资料" in page.inner_text("main")
    assert complaints == []
