"""Notices to the people of a case. They name the case and the outlet, never who complained."""

from datetime import datetime

from django.urls import reverse

from complaints.cases.models import Case
from crm.notifications.models import Notice
from crm.notifications.services import notify
from crm.staff.models import User
from crm.staff.roles import ROLES


def tell(
    *,
    case: Case,
    person: User | None,
    kind: str,
    now: datetime,
    by: User | None = None,
    key: str = "",
    anchor: str = "",
) -> Notice | None:
    """Tell `person` where there is one and they did not do it themselves. Inside the caller's transaction."""
    if person is None or person == by:
        return None
    link = reverse("complaints:case", args=[case.number])
    return notify(
        recipient=person,
        kind=kind,
        params={"number": case.number, "branch": case.respondent.name, "who": by.name if by else ""},
        link=f"{link}#{anchor}" if anchor else link,
        now=now,
        dedupe_key=f"{kind}:{case.number}:{person.pk}:{key}" if key else None,
    )


def officers_of(case: Case) -> list[User]:
    """The service officer of the case; everybody of the office where it has none who may act."""
    if case.officer and case.officer.is_active:
        return [case.officer]
    office = [role for role, rights in ROLES.items() if "complaints.run_office" in rights.permissions]
    return list(User.objects.active().with_role(*office).exclude(pk__in=case.respondents.values("employee")))
