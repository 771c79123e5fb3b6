"""What the two databases write differently about days and quotients: in one place."""

from django.db import connection


def days_between(later: str, earlier: str) -> str:
    """SQL for `later` - `earlier` in whole days."""
    if connection.vendor == "postgresql":
        return f"(({later})::date - ({earlier})::date)"
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


def greatest(first: str, second: str) -> str:
    if connection.vendor == "postgresql":
        return f"greatest(({first})::date, ({second})::date)"
    return f"max({first}, {second})"


def a_date(value: str) -> str:
    return f"({value})::date" if connection.vendor == "postgresql" else value


def half_up(numerator: str, denominator: int) -> str:
    """SQL for a quotient of whole numbers rounded half away from zero, as crm.lib.money.divide_half_up."""
    twice = f"2 * abs({numerator}) + {denominator}"
    postgresql = connection.vendor == "postgresql"
    quotient = f"div({twice}, {2 * denominator})" if postgresql else f"({twice}) / {2 * denominator}"
    return f"(CASE WHEN {numerator} < 0 THEN -1 ELSE 1 END) * ({quotient})"
