"""Case numbers: TS, the day, a count within it."""

from datetime import datetime

from complaints.cases.models import Case
from crm.lib.dates import local_day

PATTERN = r"TS[0-9]{8}-[0-9]{4,6}"


def next_number(now: datetime) -> str:
    """One above the day's highest; two at once collide on the unique number: the caller tries again."""
    head = f"TS{local_day(now):%Y%m%d}-"
    last = Case.objects.filter(number__startswith=head).order_by("-number").values_list("number", flat=True).first()
    return f"{head}{int(last.removeprefix(head)) + 1 if last else 1:05d}"


class CaseNumberConverter:
    """`<case:number>` in a URL."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
