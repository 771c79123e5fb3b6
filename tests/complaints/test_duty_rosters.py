"""A month's roster: proposed, changed duty by duty, published; opening hours that it follows."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from complaints.duty import checking, hours
from complaints.duty.months import Month
from complaints.duty.rules import open_windows
from complaints.duty.selectors import hours_of
from complaints.duty.services import (
    Unsound,
    change_duty,
    place_duty,
    propose_roster,
    publish_roster,
    remove_duty,
    roster_of,
)
from complaints.models import Duty, OpeningException, OpeningHours, Roster, RosterEvent
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from crm.staff.models import Absence
from crm.workdays.loading import load_years, published_year
from tests.cast import make_user
from tests.complaints.duty_world import at, make_duty, make_roster

pytestmark = pytest.mark.django_db

NOW = at(date(2026, 9, 25), "10:00")
OCTOBER, FEBRUARY = Month.parse("2026-10"), Month.parse("2026-02")
MONDAY, MAKEUP, HOLIDAY = date(2026, 10, 12), date(2026, 10, 10), date(2026, 10, 1)
OPEN, SHUT = time(8, 30), time(17, 30)
ALL_WEEK = {n: [(time(8, 30), time(12)), (time(13, 30), time(17, 30))] for n in range(7)}


@pytest.fixture(autouse=True)
def _calendar(db):
    load_years(days=published_year(2026), source="test")


@pytest.fixture
def roster(outlet, head):
    return roster_of(branch=outlet, month=OCTOBER, actor=head, now=NOW)


@pytest.fixture
def published(roster, head):
    propose_roster(roster=roster, actor=head, now=NOW, version=roster.version)
    return publish_roster(roster=roster, actor=head, now=NOW, version=roster.version)


def place(roster, actor, person, *, day=MONDAY, post="head", starts=OPEN, ends=SHUT, now=NOW, **fields):
    return place_duty(roster=roster, actor=actor, now=now, day=day, post=post, starts=starts, ends=ends, person=person, **fields)  # fmt: skip


def change(duty, actor, *, version=None, now=NOW, **fields):
    values = {"post": duty.post, "starts": duty.starts, "ends": duty.ends, "person": duty.person, "stands_in_for": duty.stands_in_for}  # fmt: skip
    return change_duty(duty=duty, actor=actor, now=now, version=version or duty.version, **values | fields)


def problems(branch, month=OCTOBER):
    return [(one.kind, one.day) for one in checking.problems_of(branch, month.first, month.last)]


# Proposing and publishing


@pytest.mark.parametrize(("month", "now"), [(OCTOBER, NOW), (FEBRUARY, at(date(2026, 1, 20), "10:00"))])
def test_a_proposal_leaves_nothing_in_the_way(outlet, head, teller, manager, lobby, month, now):
    roster = roster_of(branch=outlet, month=month, actor=head, now=now)
    made = propose_roster(roster=roster, actor=head, now=now, version=roster.version)
    assert made and problems(outlet, month) == []
    days = {duty.day for duty in made}
    makeup = {MAKEUP} if month == OCTOBER else {date(2026, 2, 14), date(2026, 2, 28)}
    assert makeup <= days and not {HOLIDAY, date(2026, 2, 17)} & days
    assert {duty.person for duty in Duty.objects.filter(day__in=makeup)} == {head, lobby}


def test_weekends_go_round_when_the_outlet_opens_on_them(outlet, head, teller, manager, colleague, lobby, roster):
    hours.set_week(branch=outlet, actor=head, now=NOW, week=ALL_WEEK, seen=hours.stamp(hours.week_of(outlet)))
    propose_roster(roster=roster, actor=head, now=NOW, version=roster.version)
    weekends = [d for d in (date(2026, 10, n) for n in (11, 17, 18, 24, 25, 31))]
    counts = [Duty.objects.filter(person=person, day__in=weekends).count() for person in (head, manager, colleague, teller, lobby)]  # fmt: skip
    assert sum(counts) == 3 * len(weekends) and max(counts) - min(counts) <= 1 and problems(outlet) == []


def test_what_was_placed_by_hand_stays_unless_it_is_thrown_away(outlet, head, manager, roster):
    duty = place(roster, head, manager, stands_in_for=head)
    propose_roster(roster=roster, actor=head, now=NOW, version=roster.version)
    assert Duty.objects.filter(pk=duty.pk).exists() and Duty.objects.filter(day=MONDAY, post="head").count() == 1
    roster.refresh_from_db()
    propose_roster(roster=roster, actor=head, now=NOW, version=roster.version, anew=True)
    assert not Duty.objects.filter(pk=duty.pk).exists()
    assert Duty.objects.get(day=MONDAY, post="head").person == head


def test_publishing_tells_everybody_once_with_their_number_of_days(published, head, lobby):
    assert published.state == "published" and published.published_by == head
    for person in (head, lobby):
        notice = Notice.objects.get(recipient=person, kind="roster-published")
        assert notice.params["n"] == Duty.objects.filter(person=person).count()
    assert [event.action for event in published.events.all()] == ["begin", "propose", "publish"]


def test_publishing_twice_or_from_a_stale_page_is_too_late(published, head):
    with pytest.raises(TooLate):
        publish_roster(roster=published, actor=head, now=NOW, version=published.version)
    with pytest.raises(TooLate):
        publish_roster(roster=published, actor=head, now=NOW, version=1)
    with pytest.raises(Refused):
        propose_roster(roster=published, actor=head, now=NOW, version=Roster.objects.get().version)
    assert RosterEvent.objects.filter(action="publish").count() == 1


def test_an_empty_roster_is_not_published(roster, head):
    with pytest.raises(Refused):
        publish_roster(roster=roster, actor=head, now=NOW, version=roster.version)


@pytest.mark.parametrize("kind", ["gap", "absent", "double", "gone"])
def test_a_roster_with_something_in_the_way_is_not_published(roster, outlet, head, lobby, manager, president, kind):
    propose_roster(roster=roster, actor=head, now=NOW, version=roster.version)
    duty = Duty.objects.get(day=MONDAY, post="lobby")
    if kind == "gap":
        remove_duty(duty=duty, actor=head, now=NOW, version=duty.version)
    elif kind == "absent":
        Absence.objects.create(user=lobby, deputy=head, starts=MONDAY, ends=MONDAY)
    elif kind == "double":  # past the service: the check finds what the constraint lets through
        Duty.objects.create(roster=roster, branch=outlet, day=MONDAY, post="duty", starts=time(9), ends=time(10), person=lobby)  # fmt: skip
    else:
        Duty.objects.filter(pk=duty.pk).update(person=president, stands_in_for=lobby)
    roster.refresh_from_db()
    with pytest.raises(Unsound) as refusal:
        publish_roster(roster=roster, actor=head, now=NOW, version=roster.version)
    assert {(one.kind, one.day) for one in refusal.value.problems} == {(kind, MONDAY)}
    assert Roster.objects.get().state == "draft" and not Notice.objects.exists()


def test_days_that_have_passed_stand_in_nobodys_way(roster, head):
    now = at(date(2026, 10, 20), "10:00")
    propose_roster(roster=roster, actor=head, now=now, version=roster.version)
    assert not Duty.objects.filter(day__lt=date(2026, 10, 20)).exists()
    assert publish_roster(roster=roster, actor=head, now=now, version=roster.version).state == "published"


# Who plans


@pytest.mark.parametrize("who", ["head", "president", "headoffice"])
def test_head_president_and_head_office_plan(outlet, cast, who):
    assert roster_of(branch=outlet, month=OCTOBER, actor=cast[who], now=NOW).month == "2026-10"


@pytest.mark.parametrize("who", ["teller", "manager", "lobby", "stranger_head", "service", "auditor", "admin"])
def test_nobody_else_plans(roster, cast, who, lobby):
    actor, duty = cast[who], make_duty(person=lobby, day=MONDAY, state="draft")
    works = [
        lambda: roster_of(branch=roster.branch, month=OCTOBER, actor=actor, now=NOW),
        lambda: propose_roster(roster=roster, actor=actor, now=NOW, version=roster.version),
        lambda: publish_roster(roster=roster, actor=actor, now=NOW, version=roster.version),
        lambda: place(roster, actor, lobby, post="lobby"),
        lambda: change(duty, actor),
        lambda: remove_duty(duty=duty, actor=actor, now=NOW, version=duty.version),
    ]
    for work in works:
        with pytest.raises(NotYours):
            work()
    assert Duty.objects.get() == duty and not RosterEvent.objects.exclude(action="begin").exists()


# Single duties


@pytest.mark.parametrize(
    ("fields", "place_of_error"),
    [
        ({"day": date(2026, 11, 2)}, "day"),
        ({"ends": time(8)}, "ends"),
        ({"ends": OPEN}, "ends"),
        ({"person": "stranger"}, "person"),
        ({"person": "president"}, "person"),
        ({"person": "teller"}, "stands_in_for"),
        ({"person": "teller", "stands_in_for": "teller"}, "stands_in_for"),
        ({"post": "guard"}, "post"),
        ({"post": "lobby"}, "stands_in_for"),  # the head does not hold it
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(roster, head, cast, fields, place_of_error):
    values = {key: value if key == "post" else cast.get(value, value) for key, value in fields.items()}
    with pytest.raises(Refused) as refusal:
        place(roster, head, **{"person": head} | values)
    assert set(refusal.value.fields) == {place_of_error} and not Duty.objects.exists()


def test_a_day_that_has_passed_is_not_planned(roster, head):
    with pytest.raises(Refused):
        place(roster, head, head, now=at(date(2026, 10, 13), "00:01"))


def test_an_absent_or_disabled_person_is_not_placed(roster, head, teller, lobby):
    Absence.objects.create(user=lobby, deputy=head, starts=MONDAY, ends=MONDAY)
    teller.is_active = False
    teller.save()
    for person, post in ((lobby, "lobby"), (teller, "duty")):
        with pytest.raises(Refused) as refusal:
            place(roster, head, person, post=post)
        assert "person" in refusal.value.fields


@pytest.mark.parametrize(
    ("starts", "ends", "fits"),
    [("08:30", "17:30", False), ("12:00", "13:00", False), ("17:29", "18:00", False), ("17:30", "19:00", True), ("07:00", "08:30", True)],
)  # fmt: skip
def test_nobody_is_booked_twice_at_once(roster, head, lobby, starts, ends, fits):
    place(roster, head, lobby, post="lobby")
    times = {"starts": time.fromisoformat(starts), "ends": time.fromisoformat(ends)}
    if fits:
        assert place(roster, head, lobby, post="duty", **times)
    else:
        with pytest.raises(Refused):
            place(roster, head, lobby, post="duty", **times)


def test_the_database_refuses_two_duties_of_one_person_from_the_same_minute(roster, lobby):
    make_duty(person=lobby, day=MONDAY, state="draft")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_duty(person=lobby, day=MONDAY, post="duty", ends="09:00", state="draft")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_duty(person=lobby, day=MAKEUP, starts="09:00", ends="09:00", state="draft")


def test_a_substitute_counts_when_approved_only(roster, outlet, head, lobby, manager):
    place(roster, head, lobby, post="lobby")
    duty = make_duty(person=manager, day=MONDAY, post="head", state="draft")
    assert ("gap", MONDAY) in problems(outlet)
    change(duty, head, stands_in_for=head)
    assert ("gap", MONDAY) not in problems(outlet)


def test_a_duty_changes_person_with_its_record_and_both_are_told(published, president, head, manager):
    duty = Duty.objects.get(day=MONDAY, post="head")
    changed = change(duty, president, person=manager, stands_in_for=head)
    assert (changed.person, changed.stands_in_for, changed.version) == (manager, head, 2)
    facts = RosterEvent.objects.get(action="change").facts
    assert (facts["before"]["person"], facts["person"], facts["stands_in_for"]) == (head.pk, manager.pk, head.pk)
    told = Notice.objects.filter(kind="duty-changed").values_list("recipient", flat=True)
    assert set(told) == {head.pk, manager.pk}


def test_a_stale_form_is_too_late_and_changes_nothing(published, president, head, manager):
    duty = Duty.objects.get(day=MONDAY, post="head")
    change(duty, president, person=manager, stands_in_for=head, version=1)
    with pytest.raises(TooLate):
        change(Duty.objects.get(pk=duty.pk), president, version=1, starts=time(9))
    with pytest.raises(TooLate):
        remove_duty(duty=duty, actor=president, now=NOW, version=1)
    assert Duty.objects.get(pk=duty.pk).starts == OPEN


def test_a_published_roster_loses_no_cover(published, head, manager):
    duty = Duty.objects.get(day=MONDAY, post="head")
    for work in (
        lambda d: remove_duty(duty=d, actor=head, now=NOW, version=d.version),
        lambda d: change(d, head, ends=time(17)),
        lambda d: change(d, head, post="leader"),
    ):
        with pytest.raises(Refused):
            work(Duty.objects.get(pk=duty.pk))
    assert Duty.objects.get(pk=duty.pk).version == 1
    place(published, head, manager, starts=time(13), stands_in_for=head)
    change(duty, head, ends=time(13))  # covered by now
    assert problems(published.branch) == []


def test_a_draft_may_have_gaps(roster, head, lobby):
    duty = place(roster, head, lobby, post="lobby")
    remove_duty(duty=duty, actor=head, now=NOW, version=duty.version)
    assert not Duty.objects.exists() and not Notice.objects.exists()


def test_a_duty_that_began_stays(published, head, lobby):
    duty = Duty.objects.get(day=MONDAY, post="lobby")
    Duty.objects.filter(pk=duty.pk).update(checked_in_at=at(MONDAY, "08:20"))
    duty.refresh_from_db()
    with pytest.raises(Refused):
        change(duty, head, starts=time(9), now=at(MONDAY, "09:00"))
    duty = Duty.objects.get(day=MAKEUP, post="lobby")
    with pytest.raises(Refused):
        change(duty, head, now=at(MAKEUP + timedelta(days=1), "09:00"))


def test_two_outlets_do_not_book_one_person_at_once(bank, roster, head, lobby):
    other = make_roster(branch=bank["0102"], month="2026-10", state="published")
    Duty.objects.create(roster=other, branch=other.branch, day=MONDAY, post="lobby", starts=time(9), ends=time(10), person=lobby)  # fmt: skip
    with pytest.raises(Refused):
        place(roster, head, lobby, post="lobby")


# Opening hours


def opens_on(branch, day):
    return open_windows(day, hours_of(branch, day, day))


def test_the_banks_hours_hold_where_an_outlet_has_none(outlet):
    assert len(opens_on(outlet, MONDAY)) == len(opens_on(outlet, MAKEUP)) == 2
    assert opens_on(outlet, HOLIDAY) == opens_on(outlet, date(2026, 10, 11)) == ()


def test_an_outlets_own_week_with_its_record(outlet, head):
    seen = hours.stamp(hours.week_of(outlet))
    hours.set_week(branch=outlet, actor=head, now=NOW, week=ALL_WEEK, seen=seen)
    assert opens_on(outlet, date(2026, 10, 11)) == tuple(ALL_WEEK[6]) and opens_on(outlet, HOLIDAY) == ()
    shorter = ALL_WEEK | {6: [(time(9), time(12))]}
    with pytest.raises(TooLate):
        hours.set_week(branch=outlet, actor=head, now=NOW, week=shorter, seen=seen)
    hours.set_week(branch=outlet, actor=head, now=NOW, week=shorter, seen=hours.stamp(hours.week_of(outlet)))
    assert OpeningHours.objects.filter(branch=outlet).count() == 13
    assert {row.history_user for row in OpeningHours.history.all()} == {head}
    hours.set_week(branch=outlet, actor=head, now=NOW, week={}, seen=hours.stamp(hours.week_of(outlet)))
    assert opens_on(outlet, date(2026, 10, 11)) == ()


@pytest.mark.parametrize(
    "windows", [[(time(9), time(9))], [(time(9), time(8))], [(time(9), time(12)), (time(11), time(15))]]
)
def test_windows_that_make_no_sense_are_refused(outlet, head, windows):
    with pytest.raises(Refused) as refusal:
        hours.set_week(branch=outlet, actor=head, now=NOW, week={3: windows}, seen=hours.stamp(hours.week_of(outlet)))
    assert set(refusal.value.fields) == {"day_3"} and not OpeningHours.objects.exists()


def test_a_holiday_opens_and_a_day_closes_by_exception(outlet, head, roster):
    for day, is_open in ((HOLIDAY, True), (MONDAY, False)):
        hours.set_exception(branch=outlet, actor=head, now=NOW, day=day, is_open=is_open, reason="国庆值守", opens=time(9) if is_open else None, closes=time(15) if is_open else None)  # fmt: skip
    assert opens_on(outlet, HOLIDAY) == ((time(9), time(15)),) and opens_on(outlet, MONDAY) == ()
    propose_roster(roster=roster, actor=head, now=NOW, version=roster.version)
    assert Duty.objects.filter(day=HOLIDAY).exists() and not Duty.objects.filter(day=MONDAY).exists()
    hours.remove_exception(exception=OpeningException.objects.get(day=HOLIDAY), actor=head, now=NOW)
    assert opens_on(outlet, HOLIDAY) == ()


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"day": date(2026, 9, 24)}, "day"),
        ({"reason": "  "}, "reason"),
        ({"opens": time(9)}, "closes"),
        ({"opens": time(9), "closes": time(9)}, "closes"),
        ({"is_open": False, "opens": time(9), "closes": time(10)}, "opens"),
    ],
)
def test_a_senseless_exception_is_refused_at_its_field(outlet, head, fields, where):
    with pytest.raises(Refused) as refusal:
        hours.set_exception(branch=outlet, actor=head, now=NOW, **{"day": HOLIDAY, "is_open": True, "reason": "值守"} | fields)  # fmt: skip
    assert set(refusal.value.fields) == {where} and not OpeningException.objects.exists()


def test_hours_are_the_planners_alone(outlet, teller, stranger_head):
    for actor in (teller, stranger_head):
        with pytest.raises(NotYours):
            hours.set_week(branch=outlet, actor=actor, now=NOW, week={}, seen=hours.stamp(hours.week_of(outlet)))
        with pytest.raises(NotYours):
            hours.set_exception(branch=outlet, actor=actor, now=NOW, day=HOLIDAY, is_open=True, reason="值守")


def test_an_outlet_without_a_head_takes_substitutes_for_the_next_level_up(bank, president):
    branch = bank["0102"]
    people = [make_user(username=f"x{n}", role="manager" if n < 2 else "lobby", branch=branch) for n in range(4)]
    roster = roster_of(branch=branch, month=OCTOBER, actor=president, now=NOW)
    propose_roster(roster=roster, actor=president, now=NOW, version=roster.version)
    heads = Duty.objects.filter(branch=branch, post="head")
    assert {duty.stands_in_for for duty in heads} == {president} and {duty.person for duty in heads} <= set(people[:2])
    assert publish_roster(roster=roster, actor=president, now=NOW, version=roster.version).state == "published"
