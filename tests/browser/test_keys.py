"""Keys that decide and go on, and values that hide again."""

import pytest

from archives.changes.models import Kind, Reason
from archives.changes.services import propose_change
from archives.models import ChangeRequest, Customer
from tests.archives import make_personal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def waiting(transactional_db, outlet, manager, teller, now):
    """Two requests that wait for the manager, oldest first."""

    def ask(customer):
        return propose_change(
            customer=customer, proposer=teller, kind=Kind.EDIT, items={"employer": "临江市第二纺织厂"}, part_items=[],
            reason_code=Reason.CHANGED, reason_text="客户本人到店，原件已核", evidence=[], token=None,
            base_version=Customer.objects.get(pk=customer.pk).version, now=now,
        )  # fmt: skip

    people = [make_personal(branch=outlet, manager=manager, actor=manager, now=now, name=n) for n in ("王芳", "赵强")]
    return [ask(person) for person in people]


def test_j_and_k_walk_between_waiting_requests(open_page, manager, waiting):
    page = open_page(manager)
    page.goto(f"/requests/{waiting[0].number}/")
    page.keyboard.press("j")
    page.wait_for_url(f"**/requests/{waiting[1].number}/")
    page.keyboard.press("k")
    page.wait_for_url(f"**/requests/{waiting[0].number}/")
    assert page.locator("h1").inner_text().startswith("王芳")


def test_letters_typed_into_a_field_decide_nothing(open_page, manager, waiting):
    page = open_page(manager)
    page.goto(f"/requests/{waiting[0].number}/")
    page.click('[data-all="accept"]')
    page.focus("#comment")
    page.keyboard.type("arjk")
    page.wait_for_timeout(300)
    assert page.input_value("#comment") == "arjk"
    assert page.url.endswith(f"/requests/{waiting[0].number}/")
    assert ChangeRequest.objects.get(pk=waiting[0].pk).is_open


def test_a_revealed_number_needs_a_reason_and_hides_again(open_page, teller, archive, complaints):
    page = open_page(teller)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.goto(f"/customers/{archive.number}/")
    assert archive.mobile not in page.content()
    reveal = page.locator("#f-mobile details.reveal")
    reveal.locator("summary").click()
    assert reveal.locator("select[name=reason]").get_attribute("required") is not None
    reveal.locator("button").click()
    shown = page.locator("[data-remask]")
    assert shown.inner_text() == archive.mobile
    page.clock.fast_forward(61_000)
    page.wait_for_url(f"**/customers/{archive.number}/")
    assert archive.mobile not in page.content()
    assert not [url for url in asked if archive.mobile in url]
    assert complaints == []
