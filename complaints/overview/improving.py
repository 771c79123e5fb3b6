"""溯源整改: a cause is taken out at a branch and below; whether it helped is counted, not said."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.cases.codes import Face
from complaints.cases.models import Case, Category
from complaints.overview.criteria import start_of
from complaints.overview.models import Improvement
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.notifications.services import notify
from crm.staff.models import Branch, User
from crm.staff.roles import Role

RIGHT = "complaints.manage_improvement"
OWNERS = (Role.HEAD, Role.PRESIDENT, Role.SERVICE, Role.HEADOFFICE)
WEEKS = range(1, 53)
TRIES = 5


def owners_for(branch: Branch) -> QuerySet[User]:
    """Who may answer for a task at `branch`: who leads it or stands above it, and the office."""
    codes = [branch.path[: i + 1] for i, sign in enumerate(branch.path) if sign == "/" and i]
    above = Q(branch__path__in=codes)
    return User.objects.active().with_role(*OWNERS).filter(above).order_by("employee_number")


def open_improvement(
    *, cause: Category, branch: Branch, text: str, owner: User, due_on: date, weeks: int, actor: User, now: datetime
) -> Improvement:
    """A task with its owner, who is told. Refused where a value cannot be."""
    if not actor.has_perm(RIGHT) or not Branch.objects.in_scope_of(actor).filter(pk=branch.pk).exists():
        raise NotYours(_("You may not open tasks for this branch."))
    text = typed(text, 1000, field="text", missing=_("Say what is changed."))
    _check(cause, branch, owner, due_on, weeks, now)
    for _try in range(TRIES):
        try:
            with transaction.atomic():
                found = Improvement.objects.create(
                    number=_next_number(now), cause=cause, branch=branch, text=text, owner=owner, due_on=due_on,
                    weeks=weeks, opened_by=actor, opened_at=now,
                )  # fmt: skip
                _tell(found, "improvement-opened", owner, now, who=actor.name, day=str(due_on))
                return found
        except IntegrityError:
            continue
    raise Refused(_("Many tasks are opened at once: try again."))


def _check(cause: Category, branch: Branch, owner: User, due_on: date, weeks: int, now: datetime) -> None:
    if cause.face != Face.CAUSE:
        raise Refused(_("Choose a cause."), fields={"cause": [_("Choose a cause.")]})
    if due_on < local_day(now):
        raise Refused(_("The day lies in the past."), fields={"due_on": [_("The day lies in the past.")]})
    if weeks not in WEEKS:
        raise Refused(_("From 1 to 52 weeks."), fields={"weeks": [_("From 1 to 52 weeks.")]})
    if not owners_for(branch).filter(pk=owner.pk).exists():
        text = _("The owner must lead this branch, stand above it, or be of the service office.")
        raise Refused(text, fields={"owner": [text]})


def _next_number(now: datetime) -> str:
    head = f"ZG{local_day(now):%Y%m%d}-"
    last = Improvement.objects.filter(number__startswith=head).order_by("-number").values_list("number", flat=True).first()  # fmt: skip
    return f"{head}{int(last.removeprefix(head)) + 1 if last else 1:04d}"


@transaction.atomic
def finish_improvement(*, improvement: Improvement, result: str, actor: User, now: datetime) -> Improvement:
    """Done, with what was done; the effect is counted so many weeks later. `improvement` as the caller saw it."""
    if not _may(actor, improvement):
        raise NotYours(_("Only its owner, or who manages improvements there, says that it is done."))
    result = typed(result, 500, field="result", missing=_("Say what was done."))
    today = local_day(now)
    changes = {
        "state": Improvement.State.DONE, "done_on": today, "result": result,
        "check_on": today + timedelta(weeks=improvement.weeks, days=1),
    }  # fmt: skip
    _take(improvement, Improvement.State.OPEN, changes)
    if improvement.opened_by_id not in (actor.pk, improvement.owner_id):
        _tell(improvement, "improvement-done", improvement.opened_by, now, who=actor.name)
    return improvement


def _may(actor: User, improvement: Improvement) -> bool:
    if not actor.is_active or not actor.has_perm(RIGHT):
        return False
    return Improvement.objects.in_scope_of(actor).filter(pk=improvement.pk).exists()


def _take(improvement: Improvement, state: str, changes: dict) -> None:
    """Compare and set on state and version."""
    mine = Improvement.objects.filter(pk=improvement.pk, version=improvement.version, state=state)
    if not mine.update(version=F("version") + 1, **changes):
        raise TooLate(_("%(number)s was changed meanwhile: look at it again.") % {"number": improvement.number})
    improvement.refresh_from_db()


@transaction.atomic
def check_effect(*, improvement: Improvement, now: datetime) -> Improvement | None:
    """Count complaints before and after; None before its day, or where it was checked already."""
    if improvement.check_on is None or local_day(now) < improvement.check_on:
        return None
    before, after = effect_of(improvement)
    try:
        _take(
            improvement, Improvement.State.DONE, {"state": Improvement.State.CHECKED, "before": before, "after": after}
        )
    except TooLate:
        return None
    for person in {improvement.owner, improvement.opened_by}:
        _tell(improvement, "improvement-checked", person, now, before=before, after=after)
    return improvement


def windows(improvement: Improvement) -> tuple[tuple[date, date], tuple[date, date]]:
    """(first, last) day of the weeks before the task was opened, and of those after it was done."""
    opened, done, span = local_day(improvement.opened_at), improvement.done_on, timedelta(weeks=improvement.weeks)
    assert done is not None
    day = timedelta(days=1)
    return (opened - span, opened - day), (done + day, done + span)


def effect_of(improvement: Improvement) -> tuple[int, int]:
    """Complaints of the cause at the branch and below, in the weeks before and in as many weeks after."""
    before, after = (complaints_of(improvement, *days).count() for days in windows(improvement))
    return before, after


def complaints_of(improvement: Improvement, first: date, last: date) -> QuerySet[Case]:
    rows = Case.objects.complaints().received_in(start_of(first), start_of(last + timedelta(days=1)))
    return rows.filter(
        Q(cause=improvement.cause_id) | Q(cause__parent=improvement.cause_id),
        respondent__path__startswith=improvement.branch.path,
    )


def link_to(improvement: Improvement) -> str:
    return reverse("overview:improvement", args=[improvement.number])


def _tell(improvement: Improvement, kind: str, person: User, now: datetime, *, dedupe: str = "", **params) -> None:
    key = f"{kind}:{improvement.pk}:{dedupe}" if dedupe else None
    values = {"number": improvement.number} | params
    notify(recipient=person, kind=kind, params=values, link=link_to(improvement), now=now, dedupe_key=key)


SOON = timedelta(days=3)


def remind(*, improvement: Improvement, now: datetime) -> None:
    """Three days before, and once overdue: the owner; overdue also whoever opened it. Once each."""
    today, due = local_day(now), improvement.due_on
    if today > due:
        for person in {improvement.owner, improvement.opened_by}:
            _tell(improvement, "improvement-late", person, now, dedupe=f"{person.pk}:{due}", day=str(due))
    elif today >= due - SOON:
        _tell(improvement, "improvement-soon", improvement.owner, now, dedupe=f"{due}", day=str(due))
