"""What pages ask about duties: opening hours, who is on duty, what comes next, counts."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db.models import Count

from complaints.duty.models import Duty, OpeningException, OpeningHours, Post
from complaints.duty.proposing import Candidate, pools
from complaints.duty.rules import HEAD, LOBBY, Exceptional, Hours, Shift, Window, kind_of, open_windows
from crm.lib.dates import SHANGHAI, add_months, local_day
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import Absence, Branch, User
from crm.staff.roles import Role
from crm.workdays.rules import WorkCalendar
from crm.workdays.services import work_calendar

ROLE_OF = {Post.HEAD: Role.HEAD, Post.LOBBY: Role.LOBBY}
MONTHS_BACK = 3  # how far fair shares look back


def local_time(now: datetime):
    return now.astimezone(SHANGHAI).time()


def hours_of(branch: Branch, first: date, last: date, *, calendar: WorkCalendar | None = None) -> Hours:
    """Opening hours of `branch`, with the exceptions from `first` to `last`. Ask `rules.open_windows` of it."""
    own = defaultdict(list)
    for weekday, opens, closes in OpeningHours.objects.filter(branch=branch).values_list("weekday", "opens", "closes"):
        own[weekday].append((opens, closes))
    rows = OpeningException.objects.filter(branch=branch, day__gte=first, day__lte=last)
    return Hours(
        calendar=calendar or work_calendar(),
        own={weekday: tuple(windows) for weekday, windows in own.items()},
        exceptions={row.day: Exceptional(row.is_open, _own_hours(row)) for row in rows},
    )


def _own_hours(row: OpeningException) -> Window | None:
    return (row.opens, row.closes) if row.opens and row.closes else None


def is_open(branch: Branch, now: datetime) -> bool:
    day, moment = local_day(now), local_time(now)
    return any(opens <= moment < closes for opens, closes in open_windows(day, hours_of(branch, day, day)))


def on_duty_now(branch: Branch, now: datetime) -> list[Duty]:
    """Published duties of `branch` that run at `now`, heads first; `person` and `stands_in_for` come along."""
    found = Duty.objects.published().on(local_day(now)).running(local_time(now)).filter(branch=branch).for_page()
    return sorted(found, key=lambda duty: (list(Post).index(Post(duty.post)), duty.starts, duty.pk))


def next_duties(user: User, today: date, *, limit: int = 5) -> list[Duty]:
    """Published duties of `user` from today on, the nearest first."""
    return list(Duty.objects.published().of(user).filter(day__gte=today).for_page().prefetch_related("swaps")[:limit])


def staff_of(branch: Branch) -> list[User]:
    """Who may be placed there: the active people of the outlet, with their roles."""
    return list(User.objects.active().at(branch).prefetch_related("role_grants").order_by("employee_number"))


def holds_post(person: User, post: str) -> bool:
    """Whether the person's role is the post's; a duty or its leader may be anybody."""
    role = ROLE_OF.get(Post(post))
    return role is None or role in person.roles


def shifts_of(duties) -> list[Shift]:
    """Duties in plain values. Each person's roles should be fetched with them."""
    return [
        Shift(
            key=duty.pk,
            day=duty.day,
            post=duty.post,
            starts=duty.starts,
            ends=duty.ends,
            person=duty.person_id,
            counts=duty.stands_in_for_id is not None or holds_post(duty.person, duty.post),
        )
        for duty in duties
    ]


def away_of(people, first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    """Absences of `people` (ids) that touch the days from `first` to `last`."""
    found = defaultdict(list)
    rows = Absence.objects.touching(first, last).filter(user__in=people)
    for person, starts, ends in rows.values_list("user", "starts", "ends"):
        found[person].append((starts, ends))
    return dict(found)


def candidates_of(people: list[User]) -> list[Candidate]:
    return [
        pools(
            person=person.pk,
            order=person.employee_number,
            is_head=Role.HEAD in person.roles,
            is_lobby=Role.LOBBY in person.roles,
            is_manager=Role.MANAGER in person.roles,
        )
        for person in people
    ]


def principals_of(branch: Branch, people: list[User]) -> dict[str, int]:
    """For whom a substitute stands in, by post; where nobody holds it, for the next level up or the head."""
    head = outlet_head(branch) or next_level_up(branch)
    lobby = next((person for person in people if Role.LOBBY in person.roles), None) or head
    return {post: person.pk for post, person in ((HEAD, head), (LOBBY, lobby)) if person}


def days_had(branch: Branch, first: date, last: date, calendar: WorkCalendar) -> dict[tuple[int, str], int]:
    """Days with a duty by (person, kind of day), each day once."""
    rows = Duty.objects.filter(branch=branch).between(first, last).order_by().values("person", "day")
    found: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows.annotate(n=Count("pk")):
        found[row["person"], kind_of(row["day"], calendar)] += 1
    return dict(found)


def earlier_days(branch: Branch, first: date, calendar: WorkCalendar) -> dict[tuple[int, str], int]:
    """Days had in the months before `first` that fair shares look back to."""
    return days_had(branch, add_months(first, -MONTHS_BACK), first - timedelta(days=1), calendar)
