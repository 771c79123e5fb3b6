"""Whom a form offers; a service takes whoever fits, also by number."""

from complaints.cases.models import Case
from crm.staff.models import User
from crm.staff.roles import Role

LEADING = (Role.HEAD, Role.PRESIDENT, Role.HEADOFFICE, Role.MANAGER)
SHOWN = 60


def leaders(case: Case) -> list[User]:
    """Heads, presidents, head office, then managers, who have no part in the matter; the nearest branches first."""
    rows = (
        User.objects.active()
        .with_role(*LEADING)
        .exclude(pk__in=case.respondents.values("employee"))
        .select_related("branch")
        .order_by("-branch__path", "employee_number")
    )
    near = case.respondent.path
    people = list(rows.filter(branch__path__startswith=_above(near))[:SHOWN]) + list(
        rows.with_role(Role.HEADOFFICE)[:SHOWN]
    )
    return list({person.pk: person for person in people}.values())[:SHOWN]


def _above(path: str) -> str:
    """The sub-branch of a path: two levels below the root at most."""
    parts = path.strip("/").split("/")
    return f"/{'/'.join(parts[:2])}/" if len(parts) > 1 else path
