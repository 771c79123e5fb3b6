"""Numbers of points proposals: VJ, the day, a count within it."""

from datetime import datetime

from complaints.conduct.models import PointProposal
from crm.lib.dates import local_day


def next_number(now: datetime) -> str:
    """Two at once collide on the unique number: the caller tries again."""
    head = f"VJ{local_day(now):%Y%m%d}-"
    numbers = PointProposal.objects.filter(number__startswith=head)
    last = numbers.order_by("-number").values_list("number", flat=True).first()
    return f"{head}{int(last.removeprefix(head)) + 1 if last else 1:04d}"
