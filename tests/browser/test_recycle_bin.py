"""A deletion from the proposal to the tombstone, the way people do it, on a desk and on a phone."""

from datetime import timedelta

import pytest

from archives.models import ChangeRequest, Customer, DeadCandidate, Deletion, Tombstone
from archives.retention.services import place_hold
from tests.archives import make_account, make_personal
from tests.browser.test_accessibility import check
from tests.retention.deletions import delete, vouch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def let_a_month_pass(now) -> None:
    """Whatever was deleted was deleted forty days ago."""
    past = now - timedelta(days=40)
    ChangeRequest.objects.update(submitted_at=past, decided_at=past)
    Deletion.objects.update(approved_at=past, keep_until=(past + timedelta(days=31)).date())
    vouch(now)


@pytest.fixture
def shot():
    """Nothing in the suite; whoever wants to look sets a folder."""
    return lambda page, name: None


@pytest.mark.parametrize("width", [1440, 360])
def test_a_deletion_from_proposal_to_tombstone(width, open_page, archive, teller, manager, head, now, complaints, shot):
    page = open_page(teller, width=width)
    page.goto(f"/customers/{archive.number}/delete/?category=dead")
    page.fill("textarea[name=reason_text]", "多次联系不上，已核实")
    shot(page, "delete")
    page.click("form[enctype] button.btn-danger")
    page = open_page(manager, width=width)
    page.goto(f"/requests/{ChangeRequest.objects.get().number}/")
    page.click("button[value=accept]")
    page.goto("/recycle-bin/")
    shot(page, "bin")
    page.click("tbody a.person")
    shot(page, "deletion")
    page.fill("input[name=reason]", "客户来电")
    page.click("form[action$='/restore/'] button")
    assert Customer.objects.filter(pk=archive.pk).exists()
    delete(customer=archive, proposer=teller, approver=manager, now=now)
    let_a_month_pass(now)
    page = open_page(head, width=width)
    page.goto("/recycle-bin/?tab=due")
    page.click("tbody a.person")
    page.fill("input[name=number]", archive.number)
    shot(page, "purge")
    page.click("form[action$='/purge/'] button")
    assert page.locator("h1").inner_text() == archive.number
    shot(page, "tombstone")
    assert (Tombstone.objects.count(), Customer.everyone.count(), complaints) == (1, 0, [])


@pytest.fixture
def addresses(archive, outlet, manager, teller, head, headoffice, now, today):
    blocked, gone, kept = (make_personal(branch=outlet, manager=manager) for _n in range(3))
    make_account(customer=blocked, postings=[(today, 123_456_00)])
    place_hold(customer=gone, kind="audit", source="审〔2026〕3号", actor=headoffice, now=now)
    for rule, evidence in (
        ("no_account", {"opened": "2020-01-01", "contact": ""}),
        ("duplicate", {"others": {archive.number: ["document", "name"]}}),
    ):
        DeadCandidate.objects.create(customer=blocked, rule=rule, evidence=evidence, found_on=today)
    gone.holds.update(released_at=now)
    deletion = delete(customer=gone, proposer=teller, approver=manager, now=now)
    sealed = delete(customer=kept, proposer=teller, approver=manager, now=now)
    Deletion.objects.filter(pk=sealed.pk).update(
        state="sealed", sealed_until=today + timedelta(days=3650), seal_reason="account", confirmed_by=head, confirmed_at=now
    )  # fmt: skip
    Customer.everyone.filter(pk=kept.pk).update(life="sealed")
    return {
        "head": [
            f"/customers/{blocked.number}/delete/", f"/customers/{archive.number}/delete/", "/dead-archives/",
            "/recycle-bin/", f"/recycle-bin/{deletion.pk}/", "/tombstones/",
        ],
        "auditor": ["/recycle-bin/", "/sealed/", f"/sealed/{kept.number}/", f"/customers/{gone.number}/holds/"],
    }  # fmt: skip


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("who", ["head", "auditor"])
def test_pages_are_readable_and_fit(who, width, addresses, cast, open_page, complaints, shot):
    page, found = open_page(cast[who], width=width), []
    for n, address in enumerate(addresses[who]):
        found += check(page, address, width)
        shot(page, f"{who}-{n}")
    assert (found, complaints) == ([], [])
