"""Identity documents that are about to expire: whoever looks after the archive hears of it 90, 30 and 7 days before
(DOMAIN.md 3.6), once a step.
"""

from collections import Counter
from datetime import date, datetime, timedelta

from django.urls import reverse

from archives.customers.models import Customer
from crm.jobs.models import JobRun
from crm.jobs.periods import first_day
from crm.jobs.services import heartbeat
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import Branch, User

STEPS = (90, 30, 7)  # days before the last day of validity


def remind_of_documents(*, day: date, now: datetime) -> dict[int, int]:
    """Customers told of, by step, as of `day`: one notice a person and step. Safe to run twice, and late."""
    told = {}
    for days in STEPS:
        rows = Customer.objects.filter(id_permanent=False, id_valid_until=day + timedelta(days=days))
        counts = Counter(rows.values_list("manager", "branch"))
        told[days] = counts.total()
        for person, n in _by_person(counts).items():
            notify(
                recipient=person,
                kind="documents-expiring",
                params={"n": n, "days": days, "day": (day + timedelta(days=days)).isoformat()},
                link=f"{reverse('workbench:customers')}?tab=expiring",
                now=now,
                dedupe_key=f"documents:{day}:{days}:{person.pk}",
            )
    return told


def _by_person(counts: Counter) -> Counter[User]:
    """The managers; where there is none, or they have left, the outlet head or the next level up."""
    managers = User.objects.active().in_bulk({manager for manager, _branch in counts if manager})
    branches = Branch.objects.in_bulk({branch for _manager, branch in counts})
    found: Counter[User] = Counter()
    for (manager, branch), n in counts.items():
        place = branches[branch]
        person = managers.get(manager) or outlet_head(place) or next_level_up(place)
        if person is not None:
            found[person] += n
    return found


def run(*, period: str, run: JobRun, now: datetime) -> None:
    """The ledger's job: the period is the day, so that a day caught up with tells of its own documents."""
    told = remind_of_documents(day=first_day(period), now=now)
    heartbeat(run, counts={str(days): n for days, n in told.items()})
