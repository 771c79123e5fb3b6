"""Numbers of hand-overs (YJ) and outlet changes (JG): the day, and a count within it."""

from datetime import datetime

from crm.lib.dates import local_day


def next_number(model, prefix: str, now: datetime) -> str:
    """Two at once collide on the unique number: the caller tries again."""
    head = f"{prefix}{local_day(now):%Y%m%d}-"
    last = model.objects.filter(number__startswith=head).order_by("-number").values_list("number", flat=True).first()
    return f"{head}{int(last.removeprefix(head)) + 1 if last else 1:04d}"
