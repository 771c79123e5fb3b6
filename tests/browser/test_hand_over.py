"""Handing customers over, assigning them, merging an outlet: the way people do it, on a desk and on a phone."""

import pytest

from archives.models import Customer, HandOver
from tests.archives import make_account, make_corporate, make_personal
from tests.browser.test_accessibility import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def portfolio(archive, outlet, manager, now, today):
    make_account(customer=archive, opened_on=today.replace(day=1), postings=[(today, 123_456_00)])
    return [archive, make_corporate(branch=outlet, manager=manager), *(make_personal(branch=outlet) for _n in range(3))]


def prepare(page, outlet, manager):
    page.goto("/hand-overs/prepare/")
    page.goto(f"/hand-overs/prepare/?branch={outlet.code}&person={manager.employee_number}")
    page.check("input[name=incoming]")
    page.select_option("select[name=supervisor]", index=1)
    page.click("button[value=preview]")
    page.click("button[value=prepare]")


@pytest.mark.parametrize("width", [1440, 360])
def test_a_hand_over_from_preparing_to_undoing(
    width, open_page, portfolio, outlet, manager, colleague, head, complaints
):
    page = open_page(head, width=width)
    prepare(page, outlet, manager)
    made = HandOver.objects.get()
    addresses = ["/hand-overs/", "/hand-overs/prepare/", f"/hand-overs/{made.number}/"]
    addresses.append(f"/hand-overs/prepare/?branch={outlet.code}&person={manager.employee_number}")
    assert [found for address in addresses for found in check(page, address, width)] == []
    page = open_page(made.supervisor, width=width)  # another person signs
    page.goto(f"/hand-overs/{made.number}/")
    page.click("main .page-head .btn-primary")
    assert Customer.objects.managed_by(colleague).count() == 2
    page.click("main .page-head .btn-danger")
    assert Customer.objects.managed_by(manager).count() == 2
    assert check(page, f"/hand-overs/{made.number}/", width) == [] and complaints == []


@pytest.mark.parametrize("width", [1440, 360])
def test_customers_without_a_manager_get_one(width, open_page, portfolio, manager, colleague, head, complaints):
    page = open_page(head, width=width)
    assert check(page, "/unmanaged/", width) == []
    page.locator("[data-pick]").first.check()
    page.select_option("[data-picked-bar] select", index=1)
    page.click("button[value=assign]")
    assert Customer.objects.unmanaged().count() == 2
    page.goto("/unmanaged/")
    page.click("button[value=preview]")
    page.click("button[value=rule]")
    assert Customer.objects.unmanaged().count() == 0 and complaints == []


@pytest.mark.parametrize("width", [1440, 360])
def test_an_outlet_is_merged_by_its_code(width, open_page, portfolio, bank, headoffice, complaints):
    page = open_page(headoffice, width=width)
    assert check(page, "/outlets/", width) + check(page, "/outlets/0101/", width) == []
    page.select_option("select[name=merge-target]", "0102")
    page.fill("input[name=merge-reason]", "网点撤并")
    page.fill("input[name=merge-typed]", "0101")
    page.click("button[value=merge]")
    assert Customer.objects.filter(branch=bank["0102"]).count() == 5
    assert check(page, "/outlets/", width) + check(page, "/outlets/0101/", width) == [] and complaints == []
