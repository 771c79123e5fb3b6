"""Customer numbers: kind digit, eight of sequence, a check digit; never given twice."""

from django.db.models import Max
from django.db.models.functions import Length
from stdnum import luhn

from archives.customers.models import Customer, NumberFloor

PREFIX = {"P": "1", "C": "8"}


def number_of(kind: str, sequence: int) -> str:
    """'1' personal or '8' corporate, the sequence, and a Luhn digit: a mistyped number is nobody's."""
    body = f"{PREFIX[kind]}{sequence:08d}"
    return body + luhn.calc_check_digit(body)


def next_sequence(kind: str) -> int:
    """One above the highest ever given. Two at once collide on the unique number: the caller tries again."""
    ours = Customer.everyone.annotate(size=Length("number")).filter(size=10, number__startswith=PREFIX[kind])
    highest = ours.aggregate(top=Max("number"))["top"]
    retired = NumberFloor.objects.filter(kind=kind).values_list("last", flat=True).first() or 0
    return max(int(highest[1:9]) if highest else 0, retired) + 1


def retire(number: str, kind: str) -> None:
    """Call before an archive is purged: its number is never given again. Numbers of other systems are left alone."""
    if len(number) != 10 or not number.isdigit() or not number.startswith(PREFIX[kind]):
        return
    floor, _new = NumberFloor.objects.get_or_create(kind=kind)
    NumberFloor.objects.filter(pk=floor.pk, last__lt=int(number[1:9])).update(last=int(number[1:9]))
