"""Merging duplicates the way people do it: two archives side by side, the approval, undoing; on a desk and on a phone."""

import os
from datetime import date

import pytest

from archives.customers.services import add_row
from archives.models import ChangeRequest, Customer, Merge
from tests.archives import make_account, make_personal
from tests.browser.test_accessibility import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def double(archive, outlet, manager, now):
    """A second archive of the same person, with an account and another phone."""
    other = make_personal(branch=outlet, manager=manager, actor=manager, now=now, employer="临江市第二纺织厂")
    make_account(customer=other, postings=[(date(2026, 11, 1), 123_456_00)])
    add_row(customer=other, part="contactpoint", values={"kind": "mobile", "value": "15455551111"}, actor=manager, reason="x")  # fmt: skip
    return other


def shoot(page, name: str, width: int) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("width", [1440, 360])
def test_a_merge_from_the_proposal_to_undoing(width, open_page, archive, double, teller, manager, complaints):
    page, address = open_page(teller, width=width), f"/customers/{archive.number}/merge/"
    assert check(page, address, width) == []
    shoot(page, "choose", width)
    page.click(f"a[href='?other={double.number}']")
    assert check(page, f"{address}?other={double.number}", width) == []
    page.check("#c-mobile-l")
    page.fill("#id_reason_text", "客户到店确认只有一人")
    shoot(page, "side", width)
    page.click(".actbar .btn-primary")
    request = ChangeRequest.objects.get()
    page = open_page(manager, width=width)
    assert check(page, f"/requests/{request.number}/", width) == []
    shoot(page, "decide", width)
    page.click("button[value=accept]")
    merge = Merge.objects.get()
    assert [found for target in ("/merges/", f"/merges/{merge.pk}/") for found in check(page, target, width)] == []
    shoot(page, "undo", width)
    page.fill("#id_reason", "并非同一人")
    page.click(".actbar .btn-danger")
    assert Customer.objects.filter(pk=double.pk).exists()
    shoot(page, "undone", width)
    page.goto("/merges/")
    shoot(page, "list", width)
    assert complaints == []
