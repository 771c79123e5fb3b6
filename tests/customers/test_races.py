"""Archives opened in the same instant: every number once, a submission once, a document once."""

import pytest
from django.db import IntegrityError

from archives.customers.services import open_archive
from archives.models import Customer, CustomerFigures
from tests.archives import personal_values
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 40


def opening(outlet, actor, now, token=None, **values):
    values = {key: text for key, text in personal_values(**values).items() if text}
    return lambda: open_archive(values=values, kind="P", branch=outlet, manager=None, actor=actor, now=now, token=token)


def test_no_number_is_given_twice(teller, outlet, now):
    for _n in range(ROUNDS):
        opened = at_once(*[opening(outlet, teller, now) for _i in range(3)], errors=IntegrityError)
        assert len({customer.number for customer in opened}) == 3
    assert Customer.objects.count() == CustomerFigures.objects.count() == 3 * ROUNDS


def test_a_double_click_in_the_same_instant_opens_one(teller, outlet, now):
    for n in range(ROUNDS):
        values = {"id_number": "", "id_kind": "", "birth_date": ""}
        first, second = at_once(
            *[opening(outlet, teller, now, token=f"t{n}", **values) for _i in range(2)], errors=IntegrityError
        )
        assert first == second
    assert Customer.objects.count() == ROUNDS


def test_a_document_opens_one_archive(teller, outlet, now):
    for n in range(ROUNDS):
        values = {"id_kind": "passport", "id_number": f"E{n:08d}"}
        results = at_once(*[opening(outlet, teller, now, **values) for _i in range(2)], errors=IntegrityError)
        assert sum(isinstance(result, IntegrityError) for result in results) == 1
    assert Customer.objects.count() == ROUNDS
