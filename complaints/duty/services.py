"""A month's roster: proposed, changed duty by duty, published. Whoever holds the roster's row changes it."""

from collections import Counter
from datetime import date, datetime, time
from typing import NoReturn

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.duty.access import ensure_may_plan
from complaints.duty.checking import duties_of, minutes_open, problems_of, span
from complaints.duty.models import Duty, Post, Roster, RosterEvent, Swap
from complaints.duty.months import Month
from complaints.duty.proposing import OpenDay, Proposed, propose
from complaints.duty.rules import days_of, is_away, kind_of, open_windows
from complaints.duty.selectors import (
    away_of,
    candidates_of,
    earlier_days,
    holds_post,
    hours_of,
    principals_of,
    shifts_of,
    staff_of,
)
from crm.lib.dates import local_day
from crm.lib.refusals import Refused, TooLate
from crm.notifications.services import notify
from crm.staff.models import Branch, User


class Unsound(Refused):
    """A roster that cannot be published; `problems` say why, each with its place."""

    def __init__(self, message: str, problems: list):
        super().__init__(message)
        self.problems = problems


def note(*, roster: Roster, action: str, actor, now: datetime, **facts) -> None:
    RosterEvent.objects.create(roster=roster, action=action, facts=facts, actor=actor, at=now)


@transaction.atomic
def roster_of(*, branch: Branch, month: Month, actor, now: datetime) -> Roster:
    """The roster of a month, begun as a draft where there is none."""
    ensure_may_plan(actor, branch)
    roster, new = Roster.objects.get_or_create(branch=branch, month=str(month))
    if new:
        note(roster=roster, action="begin", actor=actor, now=now)
    return roster


def claim(*, roster: Roster, version: int | None = None) -> Roster:
    """Take the roster's row for this transaction; TooLate where `version` is given and no longer holds."""
    rows = Roster.objects.filter(pk=roster.pk)
    if version is not None:
        rows = rows.filter(version=version)
    if not rows.update(version=F("version") + 1):
        last = roster.events.select_related("actor").last()
        who = last.actor.name if last and last.actor else _("somebody")
        raise TooLate(_("%(who)s changed this roster meanwhile: look at it again.") % {"who": who})
    roster.refresh_from_db()
    return roster


@transaction.atomic
def propose_roster(*, roster: Roster, actor, now: datetime, version: int, anew: bool = False) -> list[Duty]:
    """Fill what is open from today on; `anew` takes away first what was placed. Only while it is a draft."""
    ensure_may_plan(actor, roster.branch)
    claim(roster=roster, version=version)
    if roster.state != Roster.State.DRAFT:
        raise Refused(_("A published roster is changed duty by duty."))
    month, branch = Month.parse(roster.month), roster.branch
    first = max(month.first, local_day(now))
    if anew:
        roster.duties.between(first, month.last).filter(checked_in_at=None).delete()
    people = staff_of(branch)
    hours = hours_of(branch, month.first, month.last)
    found = propose(
        days=[
            OpenDay(day, kind_of(day, hours.calendar), open_windows(day, hours)) for day in days_of(first, month.last)
        ],
        people=candidates_of(people),
        away=away_of([person.pk for person in people], first, month.last),
        placed=shifts_of(duties_of(branch, month.first, month.last)),
        before=earlier_days(branch, month.first, hours.calendar),
        principals=principals_of(branch, people),
    )
    made = Duty.objects.bulk_create([_as_duty(roster, one) for one in found])
    note(roster=roster, action="propose", actor=actor, now=now, anew=anew, **_told(found))
    return made


def _as_duty(roster: Roster, one: Proposed) -> Duty:
    return Duty(
        roster=roster,
        branch_id=roster.branch_id,
        day=one.day,
        post=one.post,
        starts=one.starts,
        ends=one.ends,
        person_id=one.person,
        stands_in_for_id=one.stands_in_for,
    )


def _told(found: list[Proposed]) -> dict:
    """The proposal explained: how many by reason."""
    return {"placed": len(found), "why": dict(Counter(one.why for one in found))}


@transaction.atomic
def place_duty(
    *, roster: Roster, actor, now: datetime, day: date, post: str, starts: time, ends: time, person: User,
    stands_in_for: User | None = None,
) -> Duty:  # fmt: skip
    ensure_may_plan(actor, roster.branch)
    claim(roster=roster)
    duty = Duty(
        roster=roster,
        branch=roster.branch,
        day=day,
        post=post,
        starts=starts,
        ends=ends,
        person=person,
        stands_in_for=stands_in_for,
    )
    ensure_fits(duty=duty, now=now)
    _save(duty)
    note(roster=roster, action="place", actor=actor, now=now, **facts_of(duty))
    _tell(duty, person, actor, now)
    return duty


@transaction.atomic
def change_duty(
    *, duty: Duty, actor, now: datetime, version: int, post: str, starts: time, ends: time, person: User,
    stands_in_for: User | None = None,
) -> Duty:  # fmt: skip
    """Another post, time or person on the same day. A published roster may not get a new gap by it."""
    ensure_may_plan(actor, duty.branch)
    claim(roster=duty.roster)
    before, old_person = facts_of(duty), duty.person
    open_before = minutes_open(duty.branch, duty.day)
    claim_duty(duty=duty, version=version)
    ensure_to_come(duty=duty, now=now)
    duty.post, duty.starts, duty.ends = post, starts, ends
    if duty.person != person:
        duty.missed_at = None
        withdraw_open_swap(duty=duty, actor=actor, now=now)
    duty.person, duty.stands_in_for = person, stands_in_for
    ensure_fits(duty=duty, now=now)
    _save(duty)
    ensure_no_new_gap(roster=duty.roster, day=duty.day, before=open_before)
    note(roster=duty.roster, action="change", actor=actor, now=now, before=before, **facts_of(duty))
    for who in {old_person, person}:
        _tell(duty, who, actor, now)
    return duty


@transaction.atomic
def remove_duty(*, duty: Duty, actor, now: datetime, version: int) -> None:
    ensure_may_plan(actor, duty.branch)
    claim(roster=duty.roster)
    open_before = minutes_open(duty.branch, duty.day)
    claim_duty(duty=duty, version=version)
    ensure_to_come(duty=duty, now=now)
    facts, person, roster = facts_of(duty), duty.person, duty.roster
    duty.delete()
    ensure_no_new_gap(roster=roster, day=date.fromisoformat(facts["day"]), before=open_before)
    note(roster=roster, action="remove", actor=actor, now=now, **facts)
    duty.roster = roster
    _tell(duty, person, actor, now)


@transaction.atomic
def publish_roster(*, roster: Roster, actor, now: datetime, version: int) -> Roster:
    """Make the month binding and tell everybody; refused while anything stands in the way from today on."""
    ensure_may_plan(actor, roster.branch)
    claim(roster=roster, version=version)
    if roster.state != Roster.State.DRAFT:
        raise TooLate(_("This roster is published already."))
    month = Month.parse(roster.month)
    duties = duties_of(roster.branch, month.first, month.last)
    if not duties:
        raise Refused(_("There is nothing to publish yet: let a roster be proposed or place duties."))
    found = problems_of(roster.branch, max(month.first, local_day(now)), month.last, duties=duties)
    if found:
        raise Unsound(_("Not published: %(n)s things stand in the way.") % {"n": len(found)}, found)
    Roster.objects.filter(pk=roster.pk).update(state=Roster.State.PUBLISHED, published_by=actor, published_at=now)
    roster.refresh_from_db()
    note(roster=roster, action="publish", actor=actor, now=now, duties=len(duties))
    counts = Counter(duty.person for duty in duties)
    for person, n in counts.items():
        params = {"branch": roster.branch.name, "month": roster.month, "n": n}
        notify(recipient=person, kind="roster-published", params=params, link=reverse("duty:mine"), now=now)
    return roster


# What a duty must fulfil, wherever it comes from.


def ensure_fits(*, duty: Duty, now: datetime) -> None:
    """Refused where the day, the times, the person or the post do not fit. Call it with the roster claimed."""
    if str(Month.of(duty.day)) != duty.roster.month:
        _refuse("day", _("This day is not in %(month)s.") % {"month": duty.roster.month})
    if duty.day < local_day(now):
        _refuse("day", _("A day that has passed is not planned any more."))
    if duty.post not in Post.values:
        _refuse("post", _("Choose a post."))
    if duty.ends <= duty.starts:
        _refuse("ends", _("The end must be later than the beginning."))
    ensure_available(duty=duty)
    if duty.post in (Post.HEAD, Post.LOBBY) and not holds_post(duty.person, duty.post):
        if duty.stands_in_for is None:
            told = {"who": duty.person.name, "post": duty.get_post_display()}
            _refuse("stands_in_for", _("%(who)s does not hold “%(post)s”: say for whom they stand in.") % told)
        if duty.stands_in_for == duty.person:
            _refuse("stands_in_for", _("Nobody stands in for themselves."))


def ensure_available(*, duty: Duty, without: int | None = None) -> None:
    """The person works at the outlet, is not absent, and has nothing else at that time (but for duty `without`)."""
    person, told = duty.person, {"who": duty.person.name, "day": duty.day}
    if not person.is_active or person.branch_id != duty.branch_id:
        _refuse("person", _("%(who)s does not work at this outlet.") % told)
    if is_away(person.pk, duty.day, away_of([person.pk], duty.day, duty.day)):
        _refuse("person", _("%(who)s is absent on %(day)s: choose somebody else.") % told)
    others = Duty.objects.of(person).on(duty.day).exclude(pk__in=[pk for pk in (duty.pk, without) if pk])
    clash = others.filter(starts__lt=duty.ends, ends__gt=duty.starts).first()
    if clash:
        told |= {"post": clash.get_post_display(), "time": span(clash.starts, clash.ends)}
        _refuse("person", _("%(who)s is “%(post)s” on %(day)s %(time)s already.") % told)


def ensure_to_come(*, duty: Duty, now: datetime) -> None:
    if duty.day < local_day(now) or duty.checked_in_at:
        raise Refused(_("This duty has begun or has passed: it stays as it is."))


def ensure_no_new_gap(*, roster: Roster, day: date, before: dict) -> None:
    """A published roster may lose no cover."""
    if roster.state != Roster.State.PUBLISHED:
        return
    for post, left in minutes_open(roster.branch, day).items():
        if left > before[post]:
            told = {"day": day, "post": Post(post).label}
            raise Refused(
                _("That would leave “%(post)s” empty on %(day)s in a published roster: place somebody first.") % told
            )


def claim_duty(*, duty: Duty, version: int) -> None:
    """TooLate where the duty has changed since it was read."""
    if not Duty.objects.filter(pk=duty.pk, version=version).update(version=F("version") + 1):
        raise TooLate(_("This duty was changed or removed meanwhile: look at it again."))
    roster = duty.roster
    duty.refresh_from_db()
    duty.roster = roster


def withdraw_open_swap(*, duty: Duty, actor, now: datetime) -> None:
    """A swap of a duty that goes to somebody else is over."""
    open_ones = Swap.objects.open()
    for rows in (open_ones.filter(duty=duty), open_ones.filter(in_return=duty)):
        rows.update(granted=False, decided_by=actor, decided_at=now)


def facts_of(duty: Duty) -> dict:
    return {
        "day": duty.day.isoformat(),
        "post": str(duty.post),
        "time": span(duty.starts, duty.ends),
        "person": duty.person_id,
        "stands_in_for": duty.stands_in_for_id,
    }


def _save(duty: Duty) -> None:
    try:
        with transaction.atomic():
            duty.save()
    except IntegrityError:
        _refuse("person", _("%(who)s has a duty at that time already.") % {"who": duty.person.name})


def _refuse(field: str, message: str) -> NoReturn:
    raise Refused(message, fields={field: [message]})


def _tell(duty: Duty, person: User, actor, now: datetime) -> None:
    """Whoever has a duty more, less or otherwise in a published roster learns it."""
    if duty.roster.state != Roster.State.PUBLISHED or person == actor:
        return
    params = {"who": actor.name, "day": duty.day.isoformat(), "branch": duty.branch.name}
    notify(recipient=person, kind="duty-changed", params=params, link=reverse("duty:mine"), now=now)
