"""Cents inside, 元 and 万元 outside, nothing lost between."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib.money import divide_half_up, from_cents, to_cents, wan, yuan

CENTS = st.integers(-(10**16), 10**16)


@given(CENTS)
def test_cents_survive_the_way_there_and_back(cents):
    assert to_cents(from_cents(cents)) == cents == to_cents(str(from_cents(cents)))


@pytest.mark.parametrize("amount", ["0.001", "x", "", "NaN", "Infinity", "1,000"])
def test_what_is_no_whole_number_of_cents_is_refused(amount):
    with pytest.raises(ValueError, match=r"amount|fraction"):
        to_cents(amount)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0.00"),
        ("12345678.90", "1,234.57"),
        (12_345_600, "1,234.56"),
        (50, "0.01"),
        ("49.99", "0.00"),
        ("-49.99", "0.00"),
        (-50, "-0.01"),
        (10**12, "100,000,000.00"),
    ],
)
def test_wan_is_two_decimals_half_up(amount, shown):
    assert wan(Decimal(amount)) == shown


def test_yuan_is_grouped_with_its_cents():
    assert [yuan(Decimal("12345678.9")), yuan(0), yuan(Decimal("-0.004"))] == ["12,345,678.90", "0.00", "0.00"]


@given(CENTS, st.integers(1, 400))
def test_a_quotient_is_rounded_as_decimals_round_half_up(numerator, denominator):
    exact = (Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP)
    assert divide_half_up(numerator, denominator) == exact
