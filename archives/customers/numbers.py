"""Customer numbers: kind digit, eight of sequence, a check digit; never given twice."""

from django.db.models import Max
from django.db.models.functions import Length
from stdnum import luhn

from archives.customers.models import Customer

PREFIX = {"P": "1", "C": "8"}


def number_of(kind: str, sequence: int) -> str:
    """'1' personal or '8' corporate, the sequence, and a Luhn digit: a mistyped number is nobody's."""
    body = f"{PREFIX[kind]}{sequence:08d}"
    return body + luhn.calc_check_digit(body)


def next_sequence(kind: str) -> int:
    """One above the highest in use. Two at once collide on the unique number: the caller tries again."""
    ours = Customer.objects.annotate(size=Length("number")).filter(size=10, number__startswith=PREFIX[kind])
    highest = ours.aggregate(top=Max("number"))["top"]
    return int(highest[1:9]) + 1 if highest else 1
