"""What the pages of the day show: who is there, what happened, one's own duties."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.customers.masking import name_for
from archives.customers.models import Customer
from complaints.duty.access import may_decide_swap, works_at
from complaints.duty.attendance import EARLY, GRACE, ends_at, starts_at
from complaints.duty.checking import problems_of, span
from complaints.duty.models import Duty, Handover, LobbyEvent, LobbyLog, Post, Roster, Swap
from complaints.duty.months import Month
from complaints.duty.rules import open_windows
from complaints.duty.selectors import hours_of, local_time, next_duties
from crm.lib.dates import local_day
from crm.staff.models import Branch

AHEAD = 40  # one's own duties shown
DECIDED_SHOWN = 10


@dataclass(frozen=True)
class DutyRow:
    """A duty on the day, its state in words with a tone, and what its person may do now."""

    duty: Duty
    tone: str
    icon: str
    state: str
    may_check_in: bool
    may_check_out: bool
    open_swap: Swap | None = None


def row_of(duty: Duty, user, now: datetime) -> DutyRow:
    own, today = duty.person_id == user.pk, duty.day == local_day(now)
    tone, icon, state = _state(duty, now)
    here = own and today and duty.roster.state == Roster.State.PUBLISHED
    return DutyRow(
        duty,
        tone,
        icon,
        state,
        may_check_in=here and not duty.checked_in_at and starts_at(duty) - EARLY <= now < ends_at(duty),
        may_check_out=here and bool(duty.checked_in_at) and not duty.checked_out_at,
        open_swap=next((swap for swap in duty.swaps.all() if swap.granted is None), None) if own else None,
    )


def _state(duty: Duty, now: datetime) -> tuple[str, str, str]:
    if duty.checked_out_at:
        return "none", "check", _("out %(time)s") % {"time": f"{local_time(duty.checked_out_at):%H:%M}"}
    if duty.checked_in_at:
        late = duty.checked_in_at > starts_at(duty) + GRACE
        words = _("in %(time)s, late") if late else _("in %(time)s")
        return ("warn" if late else "ok"), "check", words % {"time": f"{local_time(duty.checked_in_at):%H:%M}"}
    if now < starts_at(duty):
        return "none", "clock", _("to come")
    if now < ends_at(duty):
        return "late", "late", _("not checked in")
    return "late", "late", _("never checked in")


def duty_line(duty: Duty) -> str:
    return f"{duty.day} {duty.get_post_display()} {span(duty.starts, duty.ends)}"


def today_of(branch: Branch, user, *, now: datetime) -> dict:
    """The lobby today. A draft shows nobody."""
    day = local_day(now)
    hours = hours_of(branch, day, day)
    windows = open_windows(day, hours)
    rows = Duty.objects.published().on(day).filter(branch=branch).for_page().prefetch_related("swaps", "person__role_grants")  # fmt: skip
    duties = sorted(rows, key=lambda duty: (list(Post.values).index(duty.post), duty.starts))
    published = Roster.objects.filter(branch=branch, month=str(Month.of(day)), state=Roster.State.PUBLISHED).exists()
    happened = LobbyEvent.objects.filter(branch=branch).select_related("by", "customer", "case")
    events = list(happened.on(day, day))
    older = happened.unsettled().on(day - timedelta(days=30), day - timedelta(days=1))
    return {
        "day": day,
        "windows": windows,
        "is_open": any(opens <= local_time(now) < closes for opens, closes in windows),
        "published": published,
        "rows": [row_of(duty, user, now) for duty in duties],
        "gaps": problems_of(branch, day, day, duties=duties, hours=hours) if published else [],
        "events": [shown_event(event, user) for event in events],
        "older": [shown_event(event, user) for event in older],
        "settled": sum(event.kind == LobbyEvent.Kind.SETTLED for event in events),
        "log": LobbyLog.objects.filter(branch=branch, day=day).first(),
        "works_here": works_at(user, branch, day),
    }


@dataclass(frozen=True)
class ShownEvent:
    event: LobbyEvent
    customer: str
    number: str
    became_case: bool

    @property
    def case_url(self) -> str:
        """Where intake makes a case of it."""
        return f"{reverse('intake:register')}?event={self.event.pk}"


def shown_event(event: LobbyEvent, user) -> ShownEvent:
    """An event with the customer's name as `user` may read it; no name outside their scope."""
    customer = event.customer
    sees = customer is not None and Customer.objects.visible_to(user).filter(pk=customer.pk).exists()
    return ShownEvent(
        event,
        name_for(user, customer) if sees and customer else "",
        customer.number if sees and customer else "",
        became_case=getattr(event, "case", None) is not None,
    )


@dataclass(frozen=True)
class LobbyRow:
    branch: Branch
    heads: list[str]
    lobby: list[str]
    missing: int
    state: str


def lobby_rows(outlets: list[Branch], *, now: datetime) -> list[LobbyRow]:
    """Who is on duty at each outlet now, how many are missing, how far this month's roster is. Few queries."""
    day, moment = local_day(now), local_time(now)
    running = Duty.objects.published().on(day).running(moment).filter(branch__in=outlets).for_page()
    posts: dict[tuple[int, str], list[str]] = {}
    missing: Counter = Counter()
    for duty in running:
        posts.setdefault((duty.branch_id, duty.post), []).append(duty.person.name)
        missing[duty.branch_id] += duty.missed_at is not None and duty.checked_in_at is None
    states = dict(Roster.objects.filter(branch__in=outlets, month=str(Month.of(day))).values_list("branch", "state"))
    return [
        LobbyRow(
            branch,
            posts.get((branch.pk, Post.HEAD), []),
            posts.get((branch.pk, Post.LOBBY), []),
            missing[branch.pk],
            states.get(branch.pk, ""),
        )
        for branch in outlets
    ]


def mine_of(user, *, now: datetime) -> dict:
    """One's duties today and to come, swaps that wait, handovers to sign, the month's count."""
    day = local_day(now)
    rows = Duty.objects.published().of(user).for_page().prefetch_related("swaps")
    coming = list(rows.filter(day__gte=day)[:AHEAD])
    month = Month.of(day)
    about_me = Swap.objects.filter(Q(asked_by=user) | Q(to=user)).for_page()
    counted = Duty.objects.published().of(user).between(month.first, month.last)
    return {
        "day": day,
        "month": month,
        "today": [row_of(duty, user, now) for duty in coming if duty.day == day],
        "coming": [row_of(duty, user, now) for duty in coming if duty.day > day],
        "waiting": swaps_waiting_for(user, now=now),
        "asked": list(about_me.open().filter(duty__day__gte=day)),
        "decided": list(about_me.filter(granted__isnull=False).order_by("-decided_at")[:DECIDED_SHOWN]),
        "handovers": list(Handover.objects.unsigned().filter(taker=user).select_related("giver", "branch")),
        "n": counted.aggregate(n=Count("day", distinct=True))["n"],
    }


def next_rows(user, *, now: datetime, limit: int = 5) -> list[DutyRow]:
    """For the home page: one's next duties with what may be done now."""
    return [row_of(duty, user, now) for duty in next_duties(user, local_day(now), limit=limit)]


def swaps_waiting_for(user, *, now: datetime) -> list[Swap]:
    """Open swaps of days to come that `user` may decide."""
    if not user.has_perm("complaints.plan_roster"):
        return []
    rows = Swap.objects.open().visible_to(user).filter(duty__day__gte=local_day(now)).exclude(asked_by=user)
    rows = rows.for_page().prefetch_related("asked_by__role_grants").order_by("duty__day", "pk")
    return [swap for swap in rows[:100] if may_decide_swap(user, swap)]
