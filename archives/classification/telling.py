"""Who hears of what: head office, and the presidents and heads whose meetings confirm."""

from datetime import datetime

from django.urls import NoReverseMatch, reverse

from archives.classification.models import Run, Scheme, Unit
from crm.lib.dates import local_day
from crm.notifications.services import notify
from crm.staff.models import Branch, User
from crm.staff.roles import Role


def _page(name: str, *arguments) -> str:
    try:
        return reverse(f"classification:{name}", args=arguments)
    except NoReverseMatch:
        return ""


def _tell(people, kind: str, params: dict, *, link: str, now: datetime, key: str) -> None:
    for person in people:
        notify(recipient=person, kind=kind, params=params, link=link, now=now, dedupe_key=f"{kind}:{key}:{person.pk}")


def _head_office():
    return User.objects.active().with_role(Role.HEADOFFICE)


def tell_scheme_proposed(*, scheme: Scheme, now: datetime) -> None:
    others = _head_office().exclude(pk=scheme.proposed_by_id)
    params = {"who": scheme.proposed_by.name, "version": scheme.version, "day": scheme.valid_from.isoformat()}
    _tell(others, "scheme-proposed", params, link=_page("schemes"), now=now, key=str(scheme.pk))


def tell_scheme_decided(*, scheme: Scheme, now: datetime) -> None:
    if scheme.proposed_by:
        kind = "scheme-adopted" if scheme.state == Scheme.State.ADOPTED else "scheme-rejected"
        params = {"who": scheme.decided_by.name, "version": scheme.version}
        _tell([scheme.proposed_by], kind, params, link=_page("schemes"), now=now, key=str(scheme.pk))


def tell_waiting(*, run: Run, now: datetime) -> None:
    """Once a day: which days are missing."""
    spans = ", ".join(f"{first} – {last}" for first, last in run.missing_days[:3])
    params = {"quarter": run.quarter, "days": spans}
    _tell(_head_office(), "classes-waiting", params, link=_page("run", run.quarter), now=now, key=f"{run.pk}:{local_day(now)}")  # fmt: skip


def tell_given_up(*, run: Run, now: datetime) -> None:
    _tell(_head_office(), "classes-skipped", {"quarter": run.quarter}, link=_page("run", run.quarter), now=now, key=str(run.pk))  # fmt: skip


def tell_held(*, run: Run, now: datetime) -> None:
    params = {"quarter": run.quarter, "percent": str(run.moved_percent), "limit": run.scheme.held_percent}
    _tell(_head_office(), "classes-held", params, link=_page("run", run.quarter), now=now, key=str(run.pk))


def tell_proposed(*, run: Run, now: datetime) -> None:
    """Those who hold the units' customer-analysis meetings: heads at the unit, presidents at it or above."""
    people = list(User.objects.active().with_role(Role.HEAD, Role.PRESIDENT).select_related("branch"))
    for unit in Unit.objects.filter(run=run).select_related("branch"):
        concerned = [person for person in people if _leads(person, unit.branch)]
        params = {"quarter": run.quarter, "branch": unit.branch.name}
        _tell(concerned, "classes-proposed", params, link=_page("run", run.quarter), now=now, key=str(unit.pk))


def _leads(person: User, branch: Branch) -> bool:
    """Its president; where the unit is an outlet, its head too."""
    if person.branch_id == branch.pk:
        return True
    return Role.PRESIDENT in person.roles and branch.path.startswith(person.branch.path)


def tell_late(*, run: Run, count: int, now: datetime) -> None:
    params = {"quarter": run.quarter, "count": count}
    _tell(_head_office(), "classes-late", params, link=_page("run", run.quarter), now=now, key=f"{run.pk}:{local_day(now)}")  # fmt: skip
