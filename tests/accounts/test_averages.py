"""Averages by arithmetic against a count day by day."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archives.accounts.averages import quarter_averages
from archives.accounts.figures import refresh_figures
from archives.accounts.selectors import balance_series, quarter_figures
from archives.models import Account, CustomerFigures, ExchangeRate
from crm.lib.dates import Quarter
from crm.lib.money import divide_half_up
from tests.archives import make_account, make_personal

QUARTER = Quarter(2025, 3)
days = st.dates(date(2025, 5, 1), date(2025, 11, 30))
postings = st.lists(st.tuples(days, st.integers(-(10**9), 10**9)), max_size=12)


def oracle(opened: date, opening: int, moves: list, quarter: Quarter) -> tuple[int, int]:
    total, day = 0, quarter.first
    while day <= quarter.last:
        balance = opening + sum(cents for booked, cents in moves if booked <= day)
        total += balance if day >= opened else 0
        day += timedelta(days=1)
    return divide_half_up(total, quarter.days), balance


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(opened=st.dates(date(2025, 4, 1), date(2025, 9, 30)), opening=st.integers(0, 10**10), moves=postings)
def test_it_equals_counting_day_by_day(outlet, opened, opening, moves):
    Account.objects.all().delete()
    customer = make_personal(branch=outlet)
    moves = [(day, cents) for day, cents in moves if day >= opened]
    make_account(customer=customer, opened_on=opened, opening_cents=opening, postings=moves)
    found = {row.customer_id: row for row in quarter_averages(QUARTER)}[customer.pk]
    assert (found.average_cents, found.closing_cents) == oracle(opened, opening, moves, QUARTER)


def test_several_accounts_add_up_and_one_customer_can_be_asked(outlet):
    first, second = make_personal(branch=outlet), make_personal(branch=outlet)
    make_account(customer=first, number="1", postings=[(date(2025, 7, 1), 9_200)])
    make_account(customer=first, number="2", postings=[(date(2025, 9, 30), 9_200)])
    make_account(customer=second, number="3", postings=[(date(2025, 1, 1), 500)])
    rows = list(quarter_averages(QUARTER, customers=[first.pk]))
    assert [(row.customer_id, row.average_cents, row.closing_cents) for row in rows] == [(first.pk, 9_300, 18_400)]
    assert len(list(quarter_averages(QUARTER))) == 2


def test_figures_are_of_the_last_day_with_data(outlet):
    customer = make_personal(branch=outlet)
    make_account(customer=customer, postings=[(date(2025, 7, 1), 3_100)], balance_on=date(2025, 7, 31))
    refresh_figures(today=date(2026, 1, 1))
    figures = CustomerFigures.objects.get(customer=customer)
    assert (figures.balance_cents, figures.average_cents, figures.as_of) == (3_100, 3_100, date(2025, 7, 31))


def test_the_chart_and_the_quarters_agree_with_the_account(outlet):
    customer = make_personal(branch=outlet)
    make_account(customer=customer, postings=[(date(2025, 7, 1), 100), (date(2025, 8, 1), 50)])
    series = balance_series(customer, first=date(2025, 6, 30), last=date(2025, 8, 31))
    assert series == [
        (date(2025, 6, 30), 0),
        (date(2025, 7, 1), 100),
        (date(2025, 8, 1), 150),
        (date(2025, 8, 31), 150),
    ]
    running = quarter_figures(customer, day=date(2025, 8, 31))[0]
    assert (running.closing_cents, running.is_running, running.average_cents) == (
        150,
        True,
        divide_half_up(100 * 31 + 150 * 31, 62),
    )


@pytest.mark.parametrize("text", ["1993", "1993Q5", "Q1", "1993q", "1993Q1; DROP"])
def test_a_quarter_that_is_none_is_refused(db, text, tmp_path):
    with pytest.raises(CommandError):
        call_command("deposit_averages", text, "--csv", str(tmp_path / "x.csv"))


def test_each_core_systems_figures_are_of_its_own_last_day(outlet):
    old, new, both = (make_personal(branch=outlet) for _n in range(3))
    make_account(
        customer=old, number="1", source="old", postings=[(date(1993, 4, 1), 91)], balance_on=date(1993, 6, 30)
    )
    make_account(
        customer=new, number="2", source="new", postings=[(date(2025, 7, 1), 31)], balance_on=date(2025, 7, 31)
    )
    make_account(customer=both, number="3", source="old", postings=[(date(1993, 4, 1), 10)])
    make_account(customer=both, number="4", source="new", postings=[(date(2025, 7, 1), 5)])
    refresh_figures(today=date(2026, 1, 1))
    found = {row.customer_id: (row.balance_cents, row.as_of) for row in CustomerFigures.objects.all()}
    assert found[old.pk] == (91, date(1993, 6, 30))
    assert found[new.pk] == (31, date(2025, 7, 31))
    assert found[both.pk] == (15, date(2025, 7, 31))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=postings, opening=st.integers(-(10**6), 10**6))
def test_the_figures_of_everybody_equal_those_of_one(outlet, moves, opening):
    """The statement inside the database rounds as Python does, below zero too."""
    Account.objects.all().delete()
    customer = make_personal(branch=outlet)
    make_account(customer=customer, opening_cents=opening, postings=moves, balance_on=date(2025, 8, 31))
    refresh_figures(today=date(2026, 1, 1))
    whole = CustomerFigures.objects.values_list("balance_cents", "average_cents", "as_of").get(customer=customer)
    CustomerFigures.objects.all().delete()
    refresh_figures([customer.pk], today=date(2026, 1, 1))
    assert CustomerFigures.objects.values_list("balance_cents", "average_cents", "as_of").get() == whole


def test_more_accounts_and_currencies_ask_no_more_queries(outlet):
    ExchangeRate.objects.create(day=date(2025, 1, 1), currency="USD", rate="7.1")
    counts = []
    for n in (1, 9):
        customer = make_personal(branch=outlet)
        for i in range(n):
            for currency in ("CNY", "USD"):
                make_account(
                    customer=customer, number=f"{n}{i}{currency}", currency=currency, postings=[(date(2025, 7, 1), 100)]
                )
        with CaptureQueriesContext(connection) as asked:
            assert balance_series(customer, first=QUARTER.first, last=QUARTER.last)[-1][1] == n * 100
            assert next(iter(quarter_averages(QUARTER, customers=[customer.pk]))).average_cents == n * 810
        counts.append(len(asked))
    assert counts[0] == counts[1]
