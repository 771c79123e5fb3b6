"""Amounts: whole cents inside, 元 and 万元 for people."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")


def from_cents(cents: int) -> Decimal:
    """Yuan with two decimals."""
    return Decimal(cents).scaleb(-2)


def to_cents(yuan: Decimal | str) -> int:
    """Whole cents; raise ValueError for a fraction of a cent and for what is no amount."""
    try:
        cents = Decimal(yuan).scaleb(2)
    except InvalidOperation as error:
        raise ValueError("not an amount") from error
    if not cents.is_finite() or cents != cents.to_integral_value():
        raise ValueError("a fraction of a cent")
    return int(cents)


def wan(yuan: Decimal | int) -> str:
    """12345678.9 yuan -> '1,234.57' (万元, two decimals, half up)."""
    return _grouped(Decimal(yuan) / 10_000)


def yuan(amount: Decimal | int) -> str:
    """'12,345,678.90'."""
    return _grouped(Decimal(amount))


def _grouped(amount: Decimal) -> str:
    rounded = amount.quantize(CENT, ROUND_HALF_UP) + 0  # + 0: what rounds to nothing loses its minus
    return f"{rounded:,.2f}"


def divide_half_up(numerator: int, denominator: int) -> int:
    """Integer quotient rounded half up away from zero; for averages in whole cents."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    a, b = abs(numerator), abs(denominator)
    return sign * ((2 * a + b) // (2 * b))
