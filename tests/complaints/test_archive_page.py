"""What the archive page says of a customer's cases, and to whom."""

import pytest

from archives.retention.services import open_holds
from complaints.models import Case, Respondent
from tests.archives import make_personal
from tests.complaints.world import case_at, make_case


@pytest.fixture
def customer(outlet, manager):
    return make_personal(branch=outlet, manager=manager)


@pytest.fixture
def case(customer, outlet, lobby):
    return make_case(respondent=outlet, actor=lobby, customer=customer)


def page(client_of, person, customer, section=""):
    return client_of(person).get(f"/customers/{customer.number}/?section={section}").content.decode()


def test_an_open_case_stands_on_the_first_screen(case, customer, client_of, manager, head):
    for person in (manager, head):
        text = page(client_of, person, customer)
        assert case.number in text and text.index(case.number) < text.index('class="tabs')


def test_only_who_may_open_it_gets_the_link(case, customer, client_of, manager, head):
    address = f"/complaints/{case.number}/"
    assert address in page(client_of, head, customer, "complaints")
    assert address not in page(client_of, manager, customer, "complaints")


def test_whoever_is_complained_about_does_not_learn_whose_case_it_is(case, customer, client_of, manager, now):
    Respondent.objects.create(case=case, employee=manager, named_at=now)
    for section in ("", "complaints"):
        assert case.number not in page(client_of, manager, customer, section)


def test_a_past_case_stays_in_its_section(customer, outlet, teller, service, president, head, client_of, today):
    case = case_at(
        "closed",
        respondent=outlet,
        actor=teller,
        officer=service,
        investigator=president,
        contact=head,
        customer=customer,
    )
    text = page(client_of, head, customer, "complaints")
    assert case.number in text and "0 / 1" not in text
    assert case.number not in text[: text.index('class="tabs')]
    assert not open_holds(customer, today).exists()
    assert Case.objects.open().count() == 0
