"""Archives opened in the same instant: every number once, a submission once, a document once."""

import threading

import pytest
from django.db import IntegrityError, OperationalError, connection

from archives.customers.services import open_archive
from archives.models import Customer, CustomerFigures
from tests.archives import personal_values

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 40


def at_once(*works):
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def body(place, work):
        try:
            connection.ensure_connection()
            barrier.wait()
            results[place] = work()
        except (IntegrityError, OperationalError) as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(result is None or isinstance(result, OperationalError) for result in results), results
    return results


def opening(outlet, actor, now, token=None, **values):
    values = {key: text for key, text in personal_values(**values).items() if text}
    return lambda: open_archive(values=values, kind="P", branch=outlet, manager=None, actor=actor, now=now, token=token)


def test_no_number_is_given_twice(teller, outlet, now):
    for _n in range(ROUNDS):
        opened = at_once(*[opening(outlet, teller, now) for _i in range(3)])
        assert len({customer.number for customer in opened}) == 3
    assert Customer.objects.count() == CustomerFigures.objects.count() == 3 * ROUNDS


def test_a_double_click_in_the_same_instant_opens_one(teller, outlet, now):
    for n in range(ROUNDS):
        values = {"id_number": "", "id_kind": "", "birth_date": ""}
        first, second = at_once(*[opening(outlet, teller, now, token=f"t{n}", **values) for _i in range(2)])
        assert first == second
    assert Customer.objects.count() == ROUNDS


def test_a_document_opens_one_archive(teller, outlet, now):
    for n in range(ROUNDS):
        values = {"id_kind": "passport", "id_number": f"E{n:08d}"}
        results = at_once(*[opening(outlet, teller, now, **values) for _i in range(2)])
        assert sum(isinstance(result, IntegrityError) for result in results) == 1
    assert Customer.objects.count() == ROUNDS
