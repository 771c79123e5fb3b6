"""What the two databases write differently about days: in one place."""

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
