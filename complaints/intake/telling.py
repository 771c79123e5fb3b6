"""Notices of what came in. They name the case and the outlet, never who complained or about whom."""

from datetime import datetime

from django.urls import reverse

from complaints.cases.models import Case
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import User
from crm.staff.roles import ROLES


def office(case: Case) -> list[User]:
    """Everybody of the service office who may know of the case."""
    roles = [role for role, rights in ROLES.items() if "complaints.run_office" in rights.permissions]
    return list(User.objects.active().with_role(*roles).exclude(pk__in=barred_of(case)))


def barred_of(case: Case) -> frozenset[int]:
    return frozenset(case.respondents.values_list("employee", flat=True))


def tell_registered(*, case: Case, actor, now: datetime) -> None:
    """The office learns of every case; a major one also reaches the head and the level above at once."""
    told = {person.pk: (person, "case-registered") for person in office(case)}
    if case.level == "major":
        barred = barred_of(case)
        leaders = [outlet_head(case.respondent, barred), next_level_up(case.respondent, barred)]
        told = {pk: (person, "case-major") for pk, (person, _kind) in told.items()}
        told |= {person.pk: (person, "case-major") for person in leaders if person}
    for person, kind in told.values():
        if person != actor:
            tell(case=case, person=person, kind=kind, now=now)


def tell_escalated(*, case: Case, actor, now: datetime) -> None:
    """The level above looks into what comes again and again."""
    person = next_level_up(case.respondent, barred_of(case))
    if person and person != actor:
        tell(case=case, person=person, kind="case-escalated", now=now)


def tell(*, case: Case, person: User, kind: str, now: datetime) -> None:
    notify(
        recipient=person,
        kind=kind,
        params={"number": case.number, "branch": case.respondent.name},
        link=reverse("complaints:case", args=[case.number]),
        now=now,
    )
