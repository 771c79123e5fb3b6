"""What is due for purge: looked for every day, told once to those who may confirm it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from archives.retention.clock import vouched
from archives.retention.models import Deletion
from archives.retention.purging import last_day, standing_in_the_way
from archives.retention.rules import is_over
from crm.jobs.services import heartbeat
from crm.lib.dates import local_day
from crm.notifications.services import notify
from crm.staff.models import Branch, User
from crm.staff.roles import ROLES

PURGE = "archives.purge_archive"


def due_deletions(trusted: datetime) -> QuerySet[Deletion]:
    """Deletions whose last day lies behind the moment that `clock.vouched` gives."""
    today = local_day(trusted)
    kept = Q(state=Deletion.State.KEPT, keep_until__lt=today)
    sealed = Q(state=Deletion.State.SEALED, sealed_until__lt=today)
    return Deletion.objects.filter(kept | sealed).order_by("keep_until", "pk")


def confirmers(deletion: Deletion) -> list[User]:
    """Who may confirm this purge: the right, the branch in scope, neither proposer nor approver."""
    roles = [role for role, rights in ROLES.items() if PURGE in rights.permissions]
    people = User.objects.active().with_role(*roles).exclude(pk__in=[deletion.proposer_id, deletion.approver_id])
    return [who for who in people if Branch.objects.in_scope_of(who).filter(pk=deletion.branch_id).exists()]


def run(*, period: str, run, now: datetime) -> None:
    """Tell what has become due; what is blocked is looked at again the next day."""
    trusted = vouched(now=now)
    rows = due_deletions(trusted).select_related("customer", "item", "request", "branch")
    told = waiting = 0
    for deletion in rows.iterator(chunk_size=200):
        if not is_over(last_day(deletion), trusted):
            continue
        if standing_in_the_way(deletion, now):
            waiting += 1
            continue
        told += _tell(deletion, now)
    heartbeat(run, counts={"told": told, "waiting": waiting})


def _tell(deletion: Deletion, now: datetime) -> int:
    told = 0
    with transaction.atomic():
        for who in confirmers(deletion):
            told += bool(
                notify(
                    recipient=who,
                    kind="retention-due",
                    params={"number": deletion.number},
                    link=reverse("retention:deletion", args=[deletion.pk]),
                    dedupe_key=f"retention-due:{deletion.pk}:{deletion.sealed_until or ''}:{who.pk}",
                    now=now,
                )
            )
    return told
