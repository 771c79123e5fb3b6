"""Notices about change requests, written in the transaction of what they tell. No customer's name in them."""

from datetime import datetime

from django.urls import reverse

from archives.changes.models import ChangeRequest
from crm.lib.dates import local_day
from crm.notifications.services import notify
from crm.staff.deputies import acting_deputy


def tell_deciders(*, request: ChangeRequest, kind: str, now: datetime) -> None:
    """The assignee, and the deputy who stands in today."""
    for person in _deciders(request, now):
        if person != request.proposer:
            _tell(request, person, kind, now)


def tell_proposer(*, request: ChangeRequest, kind: str, now: datetime) -> None:
    if request.proposer is not None:
        _tell(request, request.proposer, kind, now)


def _deciders(request: ChangeRequest, now: datetime) -> list:
    people = [request.assignee] if request.assignee else []
    deputy = acting_deputy(request.assignee, local_day(now)) if request.assignee else None
    return people + ([deputy] if deputy else [])


def _tell(request: ChangeRequest, person, kind: str, now: datetime) -> None:
    notify(
        recipient=person,
        kind=kind,
        params={
            "number": request.number,
            "customer": request.subject.number,
            "who": request.proposer.name if request.proposer else "",
            "decider": request.decided_by.name if request.decided_by else "",
        },
        link=reverse("changes:detail", args=[request.number]),
        now=now,
    )
