"""What is stored is shown as text, whatever it says."""

import pytest

from archives.changes.models import Kind, Reason
from archives.changes.services import propose_change
from archives.models import Customer
from tests.archives import make_personal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SPELL = "<img src=x onerror=alert(1)>"


def test_a_stored_tag_is_shown_as_text(open_page, outlet, manager, teller, now, complaints):
    archive = make_personal(branch=outlet, manager=manager, actor=manager, now=now, name=SPELL)
    asked = propose_change(
        customer=archive, proposer=teller, kind=Kind.EDIT, items={"employer": SPELL}, part_items=[],
        reason_code=Reason.CHANGED, reason_text=f"{SPELL} 客户本人到店", evidence=[], token=None,
        base_version=Customer.objects.get(pk=archive.pk).version, now=now,
    )  # fmt: skip
    page = open_page(manager)
    for address in (f"/customers/{archive.number}/", f"/requests/{asked.number}/", "/customers/", "/inbox/"):
        page.goto(address)
        assert SPELL in page.inner_text("main"), address
        assert page.locator("main img").count() == 0, address
    assert complaints == []
