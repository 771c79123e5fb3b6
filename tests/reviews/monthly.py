"""Monthly meetings for tests: a branch's archives as of a day, a meeting opened, brought to its end."""

from datetime import date, datetime, timedelta

from archives.models import Customer, Meeting
from archives.reviews.closing import close_meeting, lacks_of
from archives.reviews.deciding import Decision, Section, choices_for, decide_item
from archives.reviews.meetings import save_attendance, save_head
from archives.reviews.opening import open_month
from crm.lib.dates import SHANGHAI
from tests.archives import make_account, make_corporate, make_personal

WAN = 10_000 * 100
DAY = date(2026, 11, 1)  # the data of the meeting of November: it opens on Monday the 2nd
OPENED = datetime(2026, 11, 2, 6, 30, tzinfo=SHANGHAI)
HELD = datetime(2026, 11, 25, 15, 0, tzinfo=SHANGHAI)
LONG_AGO = datetime(2024, 3, 1, 9, 0, tzinfo=SHANGHAI)
FULL = {
    "marital": "20", "education": "20", "employer": "临江市第一小学", "job_title": "教师", "emergency_name": "王芳",
    "emergency_phone": "15400001111", "email": "a@example.com", "annual_income": "120000.00", "tax_residency": "cn",
    "risk_level": "C2", "risk_assessed_on": "2026-01-05", "region": "339901", "work_address": "临江市城东区文化路8号",
}  # fmt: skip
_count = iter(range(1, 1_000_000))


def ago(days: int, day: date = DAY) -> date:
    return day - timedelta(days=days)


def person(outlet, *, since: datetime = LONG_AGO, completeness: int = 90, **values) -> Customer:
    """A personal customer whose archive is as complete as the test needs."""
    found = make_personal(branch=outlet, now=since, **values)
    Customer.everyone.filter(pk=found.pk).update(completeness=completeness)
    found.refresh_from_db()
    return found


def company(outlet, *, since: datetime = LONG_AGO, completeness: int = 90, **values) -> Customer:
    found = make_corporate(branch=outlet, now=since, **values)
    Customer.everyone.filter(pk=found.pk).update(completeness=completeness)
    found.refresh_from_db()
    return found


def deposit(customer, *moves: tuple[int, int], **fields):
    """An account with moves (days ago, cents); the first opens it."""
    number = f"62309{next(_count):08d}"
    return make_account(
        customer=customer,
        number=number,
        opened_on=ago(max(days for days, _cents in moves)),
        postings=[(ago(days), cents) for days, cents in moves],
        **fields,
    )


def november(outlet) -> Meeting:
    return open_month(branch=outlet, period="2026-11", now=OPENED)


def month_before(outlet) -> Meeting:
    return open_month(branch=outlet, period="2026-10", now=datetime(2026, 10, 9, 6, 30, tzinfo=SHANGHAI))


def fresh(meeting: Meeting) -> Meeting:
    return Meeting.objects.for_page().get(pk=meeting.pk)


def staff_it(meeting: Meeting, *, host, recorder, now=HELD) -> Meeting:
    save_head(meeting=meeting, actor=host, held_at=now, place="二楼会议室", host=host, recorder=recorder)
    save_attendance(meeting=meeting, actor=host, people={host.pk: (True, ""), recorder.pk: (True, "")})
    return fresh(meeting)


def put_on_list(item, *, actor, owner, now=HELD, note="面谈并约定续存", **values):
    return decide_item(
        item=item, actor=actor, decision=Decision.KEY, note=note, owner=owner, due_on=now.date(), now=now, **values
    )


def settle_all(meeting: Meeting, *, actor, owner, keys: tuple[str, ...] = (), now=HELD, result="done") -> None:
    """Decide every item: customers of `keys` (numbers) go on the list, the rest the plainest way."""
    for item in meeting.items.filter(decision=""):
        earlier = {"result": result, "result_note": "已面谈"} if item.section == Section.EARLIER else {}
        if item.number in keys and item.section in (Section.KEY, Section.EARLIER):
            put_on_list(item, actor=actor, owner=owner, now=now, **earlier)
        else:
            decide_item(item=item, actor=actor, decision=choices_for(item)[0], now=now, **earlier)


def hold_it(meeting: Meeting, *, host, recorder, owner=None, keys: tuple[str, ...] = (), now=HELD, result="done") -> Meeting:  # fmt: skip
    """From the agenda to the frozen list."""
    staff_it(meeting, host=host, recorder=recorder, now=now)
    settle_all(meeting, actor=host, owner=owner or recorder, keys=keys, now=now, result=result)
    assert lacks_of(fresh(meeting)) == []
    return close_meeting(meeting=fresh(meeting), actor=host, now=now)
