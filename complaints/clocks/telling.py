"""Notices about pauses and extensions: to who decides, then to who asked. They name the case, never who complained."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from complaints.cases.access import roles_of
from complaints.cases.codes import Role
from complaints.cases.models import Case
from crm.notifications.services import notify
from crm.staff.hierarchy import next_level_up
from crm.staff.models import User
from crm.staff.roles import Role as StaffRole


def tell(*, case: Case, people: Iterable[User | None], kind: str, by: User, now: datetime) -> None:
    link = reverse("clocks:case", args=[case.number])
    for person in {one.pk: one for one in people if one and one.pk != by.pk}.values():
        notify(recipient=person, kind=kind, params={"number": case.number, "who": by.name}, link=link, now=now)


def office_of(case: Case) -> list[User]:
    """The office's people who may act on the case: its officer first."""
    barred = case.respondents.values("employee")
    people = User.objects.active().with_role(StaffRole.SERVICE).exclude(pk__in=barred)
    return sorted(people, key=lambda person: (person.pk != case.officer_id, person.pk))


def deciders_of(case: Case, step: int, asker: User) -> list[User]:
    """Who may grant an extension: of the first step the office, of the second the nearest upper level and head office."""
    if step == 1:
        return [person for person in office_of(case) if person.pk != asker.pk]
    barred = set(case.respondents.values_list("employee", flat=True)) | {asker.pk}
    handling = {pk for pk in (case.investigator_id, case.contact_id) if pk}
    upper = next_level_up(case.respondent, barred | handling)
    head_office = User.objects.active().with_role(StaffRole.HEADOFFICE).exclude(pk__in=barred)
    people = [person for person in (upper, *head_office) if person]
    return [person for person in people if roles_of(case, person) & {Role.UPPER, Role.HEAD_OFFICE}]
