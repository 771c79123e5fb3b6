"""Opening hours, gaps, double bookings, absences as tables; what a proposal promises, for any staff and absences."""

from collections import Counter
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.duty import rules
from complaints.duty.months import Month
from complaints.duty.proposing import OpenDay, pools, propose
from complaints.duty.rules import Exceptional, Hours, Shift, gaps_of, open_windows, uncovered
from crm.workdays.loading import published_year
from crm.workdays.rules import Day, WorkCalendar

MORNING, AFTERNOON = (time(8, 30), time(12)), (time(13, 30), time(17, 30))
BANK = (MORNING, AFTERNOON)
WHOLE = ((time(8, 30), time(17, 30)),)
SHORT = ((time(9), time(16)),)
CALENDAR = WorkCalendar(
    exceptions={day: Day(kind, name) for day, (kind, name) in published_year(2026).items()}, known_years=frozenset({2026})
)  # fmt: skip
NO_OWN = Hours(calendar=CALENDAR)
OWN = Hours(calendar=CALENDAR, own={n: WHOLE for n in range(5)} | {5: SHORT})
MAKEUP_SATURDAY, SATURDAY, SUNDAY, MONDAY = date(2026, 2, 28), date(2026, 2, 7), date(2026, 2, 8), date(2026, 2, 9)
FESTIVAL, MAKEUP_OCTOBER = date(2026, 2, 17), date(2026, 10, 10)


def t(text: str) -> time:
    return time.fromisoformat(text)


def spans(text: str) -> list:
    """'08:30-12:00 13:30-17:30' as windows."""
    return [tuple(t(end) for end in part.split("-")) for part in text.split()]


@pytest.mark.parametrize(
    ("hours", "day", "windows"),
    [
        (NO_OWN, MONDAY, BANK),
        (NO_OWN, SATURDAY, ()),
        (NO_OWN, MAKEUP_SATURDAY, BANK),
        (NO_OWN, FESTIVAL, ()),
        (NO_OWN, date(2026, 10, 1), ()),
        (NO_OWN, MAKEUP_OCTOBER, BANK),
        (OWN, MONDAY, WHOLE),
        (OWN, SATURDAY, SHORT),
        (OWN, SUNDAY, ()),
        (OWN, MAKEUP_SATURDAY, SHORT),  # the outlet's own Saturday
        (OWN, date(2026, 9, 20), WHOLE),  # a make-up Sunday without own hours: a weekday's
        (OWN, FESTIVAL, ()),
        (OWN, date(2026, 2, 21), ()),  # a Saturday within the holiday stays closed
        (Hours(CALENDAR, {0: WHOLE}), date(2026, 2, 10), ()),  # own hours on Mondays only: closed on Tuesdays
        (Hours(CALENDAR, {}, {FESTIVAL: Exceptional(True)}), FESTIVAL, BANK),
        (Hours(CALENDAR, {}, {FESTIVAL: Exceptional(True, (t("10:00"), t("15:00")))}), FESTIVAL, ((t("10:00"), t("15:00")),)),
        (Hours(CALENDAR, {}, {MONDAY: Exceptional(False)}), MONDAY, ()),
        (Hours(CALENDAR, OWN.own, {SUNDAY: Exceptional(True)}), SUNDAY, WHOLE),
        (Hours(WorkCalendar()), date(2027, 1, 1), BANK),  # an unknown year counts weekends only
    ],
)  # fmt: skip
def test_when_an_outlet_is_open(hours, day, windows):
    assert open_windows(day, hours) == windows


@pytest.mark.parametrize(
    ("day", "kind"),
    [(MONDAY, "workday"), (SATURDAY, "weekend"), (MAKEUP_SATURDAY, "workday"), (FESTIVAL, "holiday"), (date(2026, 10, 3), "holiday")],
)  # fmt: skip
def test_kinds_of_days(day, kind):
    assert rules.kind_of(day, CALENDAR) == kind


@pytest.mark.parametrize(
    ("month", "open_days", "makeup"),
    [("2026-02", 16, [date(2026, 2, 14), MAKEUP_SATURDAY]), ("2026-10", 18, [MAKEUP_OCTOBER])],
)
def test_holiday_months_have_their_open_days(month, open_days, makeup):
    found = Month.parse(month)
    days = [day for day in rules.days_of(found.first, found.last) if open_windows(day, NO_OWN)]
    assert len(days) == open_days and [day for day in days if day.weekday() > 4] == makeup


@pytest.mark.parametrize(
    ("windows", "covers", "left"),
    [
        (BANK, "", "08:30-12:00 13:30-17:30"),
        (BANK, "08:30-17:30", ""),
        (BANK, "08:30-12:00 13:30-17:30", ""),  # nobody over lunch, but nobody is needed
        (WHOLE, "08:30-12:00 13:30-17:30", "12:00-13:30"),  # open over lunch: a gap
        (BANK, "09:00-17:30", "08:30-09:00"),
        (BANK, "08:30-17:00", "17:00-17:30"),
        (BANK, "08:00-10:00 11:00-18:00", "10:00-11:00"),
        (BANK, "08:30-11:00 10:00-12:00 13:30-17:30", ""),
        (BANK, "12:00-13:30", "08:30-12:00 13:30-17:30"),
        (BANK, "10:00-14:00", "08:30-10:00 14:00-17:30"),
        (BANK, "13:00-13:30 08:30-08:31 17:29-19:00", "08:31-12:00 13:30-17:29"),
        ((), "", ""),
    ],
)
def test_what_no_cover_reaches(windows, covers, left):
    assert uncovered(windows, spans(covers)) == spans(left)


def shift(post, span, person=1, *, day=MONDAY, counts=True, key=None):
    starts, ends = spans(span)[0]
    return Shift(key or hash((post, span, person)), day, post, starts, ends, person, counts)


@pytest.mark.parametrize(
    ("shifts", "gaps"),
    [
        ([], ["head 08:30", "lobby 08:30", "head 13:30", "lobby 13:30"]),
        ([shift("head", "08:30-17:30"), shift("lobby", "08:30-17:30", 2)], []),
        ([shift("head", "08:30-17:30"), shift("lobby", "08:30-12:00", 2)], ["lobby 13:30"]),
        ([shift("head", "08:30-17:30"), shift("lobby", "08:30-12:00", 2), shift("lobby", "13:30-17:30", 3)], []),
        ([shift("head", "08:30-17:30", counts=False), shift("lobby", "08:30-17:30", 2)], ["head 08:30", "head 13:30"]),
        ([shift("head", "08:30-12:00"), shift("head", "13:30-17:30", 3), shift("lobby", "08:00-18:00", 2)], []),
        ([shift("duty", "08:30-17:30"), shift("leader", "08:30-17:30", 2)], ["head 08:30", "lobby 08:30", "head 13:30", "lobby 13:30"]),
        ([shift("head", "08:30-17:30", day=SUNDAY), shift("lobby", "08:30-17:30", 2)], ["head 08:30", "head 13:30"]),
    ],
)  # fmt: skip
def test_no_business_hour_without_head_and_lobby_manager(shifts, gaps):
    found = gaps_of(MONDAY, BANK, shifts)
    assert [f"{gap.post} {gap.starts:%H:%M}" for gap in found] == gaps


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (shift("head", "08:30-12:00"), shift("lobby", "12:00-17:30"), False),
        (shift("head", "08:30-12:01"), shift("lobby", "12:00-17:30"), True),
        (shift("head", "08:30-17:30"), shift("lobby", "10:00-11:00"), True),
        (shift("head", "08:30-17:30"), shift("lobby", "08:30-17:30", 2), False),
        (shift("head", "08:30-17:30"), shift("lobby", "08:30-17:30", day=SUNDAY), False),
    ],
)
def test_nobody_is_at_two_posts_at_once(one, other, clash):
    assert bool(rules.double_bookings([one, other])) is clash


def test_absences_include_both_ends():
    away = {1: [(SUNDAY, MONDAY)]}
    shifts = [shift("head", "08:30-17:30", day=SATURDAY + timedelta(days=n)) for n in range(4)]
    assert [one.day for one in rules.absent(shifts, away)] == [SUNDAY, MONDAY]


# The proposal

HEADS = [pools(person=1, order="01", is_head=True, is_lobby=False, is_manager=False)]
LOBBY = [pools(person=2, order="02", is_head=False, is_lobby=True, is_manager=False)]
MANAGERS = [pools(person=n, order=f"{n:02}", is_head=False, is_lobby=False, is_manager=True) for n in (3, 4)]
TELLERS = [pools(person=n, order=f"{n:02}", is_head=False, is_lobby=False, is_manager=False) for n in (5, 6)]
STAFF = [*HEADS, *LOBBY, *MANAGERS, *TELLERS]
PRINCIPALS = {"head": 1, "lobby": 2}
SEVEN = Hours(CALENDAR, {n: BANK for n in range(7)})
FEBRUARY, OCTOBER = Month.parse("2026-02"), Month.parse("2026-10")


def open_days(month: Month, hours: Hours) -> list[OpenDay]:
    return [
        OpenDay(d, rules.kind_of(d, CALENDAR), open_windows(d, hours)) for d in rules.days_of(month.first, month.last)
    ]


def as_shifts(found) -> list[Shift]:
    def counts(one):
        return one.stands_in_for is not None or one.person == PRINCIPALS.get(one.post)

    return [Shift(n, p.day, p.post, p.starts, p.ends, p.person, counts(p)) for n, p in enumerate(found)]


def gaps_in(month: Month, hours: Hours, shifts) -> list:
    return [
        gap for day in rules.days_of(month.first, month.last) for gap in gaps_of(day, open_windows(day, hours), shifts)
    ]


@pytest.mark.parametrize("month", [FEBRUARY, OCTOBER, Month.parse("2026-06")])
@pytest.mark.parametrize("hours", [NO_OWN, OWN, SEVEN])
def test_a_proposal_covers_every_business_hour(month, hours):
    found = as_shifts(propose(days=open_days(month, hours), people=STAFF, away={}, principals=PRINCIPALS))
    assert found and gaps_in(month, hours, found) == [] and rules.double_bookings(found) == []


def test_on_working_days_head_and_lobby_manager_have_their_posts():
    found = propose(days=open_days(FEBRUARY, NO_OWN), people=STAFF, away={}, principals=PRINCIPALS)
    assert {(one.post, one.person, one.why) for one in found} == {("head", 1, "holds"), ("lobby", 2, "holds")}
    assert {one.day for one in found} >= {MAKEUP_SATURDAY, date(2026, 2, 14)}  # make-up days are working days


def test_where_the_head_is_away_a_manager_stands_in_for_them():
    away = {1: [(MONDAY, MONDAY + timedelta(days=1))], 3: [(MONDAY, MONDAY)]}
    found = propose(days=open_days(FEBRUARY, NO_OWN), people=STAFF, away=away, principals=PRINCIPALS)
    heads = {one.day: (one.person, one.stands_in_for, one.why) for one in found if one.post == "head"}
    assert heads[MONDAY] == (4, 1, "stands_in") and heads[MONDAY + timedelta(days=1)] == (3, 1, "stands_in")
    assert heads[MONDAY + timedelta(days=2)] == (1, None, "holds")


def test_what_is_placed_stays_and_only_the_rest_is_filled():
    placed = [shift("head", "08:30-12:00", 3), shift("lobby", "08:30-17:30", 2)]
    found = propose(days=open_days(FEBRUARY, NO_OWN), people=STAFF, away={}, placed=placed, principals=PRINCIPALS)
    assert [(o.post, o.starts, o.ends, o.person) for o in found if o.day == MONDAY] == [
        ("head", t("13:30"), t("17:30"), 1)
    ]


def test_the_same_is_proposed_every_time_in_whatever_order_people_come():
    one = propose(days=open_days(OCTOBER, SEVEN), people=STAFF, away={}, principals=PRINCIPALS)
    assert one == propose(days=open_days(OCTOBER, SEVEN), people=STAFF[::-1], away={}, principals=PRINCIPALS)


def test_earlier_weekends_count():
    before = {(1, "weekend"): 5, (3, "weekend"): 5, (4, "weekend"): 0}
    found = propose(days=open_days(OCTOBER, SEVEN), people=STAFF, away={}, before=before, principals=PRINCIPALS)
    weekends = Counter(one.person for one in found if rules.kind_of(one.day, CALENDAR) == "weekend")
    assert weekends[4] > weekends[1] and weekends[4] > weekends[3]


def test_nobody_is_placed_in_an_empty_outlet():
    assert propose(days=open_days(FEBRUARY, NO_OWN), people=[], away={}) == []


people = st.lists(st.sampled_from(["head", "lobby", "manager", "teller"]), min_size=3, max_size=9)
absence = st.tuples(st.integers(0, 8), st.integers(0, 27), st.integers(0, 9))


@settings(max_examples=150, deadline=None)
@given(
    roles=people,
    absences=st.lists(absence, max_size=4),
    month=st.sampled_from([FEBRUARY, OCTOBER]),
    holidays=st.booleans(),
)
def test_weekends_and_holidays_are_fair(roles, absences, month, holidays):
    """Of two people in one pool who are there on the same days, none has two weekends (or holidays) more."""
    staff = [
        pools(person=n, order=f"{n:02}", is_head=role == "head", is_lobby=role == "lobby", is_manager=role == "manager")
        for n, role in enumerate(roles)
    ]
    away: dict = {}
    for who, start, length in absences:
        first = month.first + timedelta(days=start)
        away.setdefault(who, []).append((first, first + timedelta(days=length)))
    opened = {
        d: Exceptional(True, MORNING)
        for d in rules.days_of(month.first, month.last)
        if rules.kind_of(d, CALENDAR) == "holiday"
    }
    hours = Hours(CALENDAR, {n: BANK for n in range(7)}, opened if holidays else {})
    found = propose(days=open_days(month, hours), people=staff, away=away, principals={})
    assert rules.double_bookings(as_shifts(found)) == [] and rules.absent(as_shifts(found), away) == []
    for kind in ("weekend", "holiday"):
        counts = Counter(one.person for one in found if rules.kind_of(one.day, CALENDAR) == kind)
        for one in staff:
            for other in staff:
                same_pool = one.holds | one.helps == other.holds | other.helps
                if same_pool and one.person not in away and other.person not in away:
                    assert abs(counts[one.person] - counts[other.person]) <= 1
