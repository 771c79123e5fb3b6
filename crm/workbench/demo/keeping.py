"""The archive's life in the demo: classes of three quarters and one that waits, two closed meetings and open ones,
intelligence, the recycle bin, a merge and a hand-over that wait, the last half-year's analysis.

Everything goes through the services, in the order of time, as people would have done it.
"""

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from archives.changes.services import decide_matter
from archives.classification.models import Run
from archives.classification.services import release_run
from archives.customers.models import Customer
from archives.intelligence.services import add_intelligence
from archives.models import AgendaItem, Analysis, Clock, Meeting
from archives.retention.services import propose_deletion
from archives.retention.signs import note_sign
from archives.reviews.analysing import conclude
from archives.reviews.closing import close_meeting
from archives.reviews.deciding import decide_item, settle_rest
from archives.reviews.meetings import save_attendance, save_head, save_minutes
from archives.reviews.opening import open_month, opens_on
from archives.reviews.quarterly import confirm_quarter, people_of, unit_of
from archives.stewardship.handing_over import prepare_hand_over
from archives.stewardship.merging import propose_merge
from archives.stewardship.rules import Choice
from crm.jobs import services as jobs
from crm.jobs.models import JobRun
from crm.lib.dates import SHANGHAI, Quarter, add_months, local_day
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import Branch, User
from crm.staff.roles import Role
from crm.workbench.demo.news import ITEMS

Section, Decision = AgendaItem.Section, AgendaItem.Decision
MEETING_OUTLETS = ["0101", "0201"]
ACTIONS = [
    "上门拜访，了解资金去向",
    "电话回访，预约到店",
    "推介大额存单承接到期资金",
    "补齐证件资料后复核分层",
    "主管行长陪同走访",
]
RESULTS = [
    ("done", "已拜访，资金为季节性采购"),
    ("partly", "已电话联系，待面谈"),
    ("done", "已承接到期存款"),
    ("not_done", "多次未接通"),
]


def make_keeping(*, rng: random.Random, now: datetime, report: Callable[[str], None]) -> None:
    """Fill the rooms of the archive's life; `report` gets a line of progress."""
    _bin(now)
    _intelligence(rng, now)
    report("recycle bin, intelligence")
    _classes(now)
    report("classes of four quarters")
    _meetings(rng, now)
    report("monthly meetings")
    _analyses(now)
    _merge_and_hand_over(now)
    _unreached(now)
    jobs.run_job(name="find-dead-archives", period=f"{local_day(now):%Y-%m}", now=now)
    JobRun.objects.open().update(created_at=now)  # what waits for the worker has waited since now
    Clock.objects.update(seen_at=now, trusted_at=now, steady_since=now - timedelta(days=2))  # it never stood still
    report("analyses, a merge and a hand-over")


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _bin(now: datetime) -> None:
    """One due for purge, one that the law seals, two with days left: all of the named outlet."""
    outlet = Branch.objects.get(code="0101")
    mine = Customer.objects.filter(branch=outlet, kind="P").exclude(manager=None).order_by("pk")
    never, closed = mine.filter(accounts=None), mine.exclude(accounts=None).exclude(accounts__status="open")
    chosen = [(row, days) for row, days in zip([*never[:3], *closed[:2]], (40, 12, 3, 45, 20), strict=False)]
    for customer, days in sorted(chosen, key=lambda pair: -pair[1]):
        at = now - timedelta(days=days)
        request = propose_deletion(
            proposer=_user("teller"), customer=customer, category="dead", reason_text="两年无往来，多次联系未果", now=at - timedelta(hours=20)
        )  # fmt: skip
        decide_matter(request=request, actor=request.assignee, accept=True, comment="同意", now=at)


def _unreached(now: datetime) -> None:
    """Customers whom nobody reached on three days: the monthly search finds them."""
    mine = Customer.objects.filter(branch__code="0101", kind="P", last_contact_on=None).exclude(manager=None)
    for customer in mine.order_by("pk")[:4]:
        for days in (40, 22, 9):
            at = now - timedelta(days=days)
            note_sign(
                customer=customer, kind="unreachable", day=local_day(at), note="电话无人接听", actor=_user("teller"), now=at
            )  # fmt: skip


def _intelligence(rng: random.Random, now: datetime) -> None:
    today = local_day(now)
    companies = list(Customer.objects.filter(kind="C").order_by("number").values_list("number", "branch__code")[:400])
    for who, kind, industries, days, valid, title, text, source in ITEMS:
        actor = _user(who)
        linked = [number for number, code in companies if code == actor.branch.code][: rng.randrange(0, 4)]
        add_intelligence(
            kind=kind, title=title, text=text, source=source, source_date=today - timedelta(days=days),
            valid_until=today - timedelta(days=days) + timedelta(days=valid), industries=list(industries), customers=linked,
            actor=actor, now=now - timedelta(days=max(0, days - 1)),
        )  # fmt: skip


def _classes(now: datetime) -> None:
    """Three confirmed quarters by their meetings, and the last one that waits for its meetings."""
    quarter = Quarter.of(local_day(now))
    quarters = [quarter.previous]
    while len(quarters) < 4:
        quarters.insert(0, quarters[0].previous)
    for q in quarters:
        at = _at(q.next.first + timedelta(days=7))
        at = min(at, now)
        jobs.run_job(name="reclassification", period=str(q), now=at)
        found = Run.objects.get(quarter=str(q))
        if found.state == Run.State.HELD:
            release_run(run=found, actor=_user("headoffice"), reason="年末资金集中回流，已核对，准予提交会议", now=at)
        jobs.run_job(name="quarterly-meetings", period=str(q), now=at)
        if q != quarters[-1]:
            _confirm(q, at)


def _confirm(quarter: Quarter, at: datetime) -> None:
    for meeting in Meeting.objects.quarterly().open().filter(period=str(quarter)).select_related("branch"):
        host = next_level_up(meeting.branch) if meeting.branch.kind == "sub_branch" else outlet_head(meeting.branch)
        host = host or next_level_up(meeting.branch)
        people = list(people_of(meeting)[:8])
        _run_meeting(meeting, host, people, at, f"{quarter}客户分析会：逐户核对升降级名单，对保级关注客户安排回访。")
        meeting.refresh_from_db()
        confirm_quarter(meeting=meeting, unit_version=unit_of(meeting).version, actor=host, now=at + timedelta(hours=2))


def _run_meeting(meeting: Meeting, host: User, people: list[User], at: datetime, minutes: str) -> None:
    save_head(meeting=meeting, actor=host, held_at=at, place="二楼会议室", host=host, recorder=people[0])
    present = {person.pk: (i != 2, "" if i != 2 else "外出培训") for i, person in enumerate(people)}
    save_attendance(meeting=meeting, actor=host, people=present | {host.pk: (True, "")})
    save_minutes(meeting=meeting, actor=host, minutes=minutes)


def _meetings(rng: random.Random, now: datetime) -> None:
    """The two months before are closed in two outlets; this month's meeting is open everywhere."""
    first = local_day(now).replace(day=1)
    for back in (2, 1):
        period = f"{add_months(first, -back):%Y-%m}"
        for branch in Branch.objects.filter(code__in=MEETING_OUTLETS):
            at = _at(opens_on(period) + timedelta(days=6), 15)
            _hold(rng, open_month(branch=branch, period=period, now=_at(opens_on(period), 6)), at)
    jobs.run_job(name="monthly-archive-meetings", period=f"{first:%Y-%m}", now=now)


def _hold(rng: random.Random, meeting: Meeting, at: datetime) -> None:
    host = outlet_head(meeting.branch)
    people = list(User.objects.active().at(meeting.branch).order_by("employee_number"))
    managers = [person for person in people if Role.MANAGER in person.roles]
    _run_meeting(meeting, host, people, at, "逐项核对资料缺项、到期证件和待批申请，确定本月重点关注客户。")
    due = local_day(at) + timedelta(days=48)
    for i, item in enumerate(meeting.items.filter(section=Section.EARLIER)):
        result, note = RESULTS[i % len(RESULTS)]
        keep = i % 3 == 0
        decide_item(
            item=item, actor=host, decision=Decision.KEY if keep else Decision.DROP, result=result, result_note=note,
            note=rng.choice(ACTIONS) if keep else "", owner=rng.choice(managers) if keep else None, due_on=due if keep else None, now=at,
        )  # fmt: skip
    for item in meeting.items.filter(section=Section.KEY)[:6]:
        decide_item(
            item=item, actor=host, decision=Decision.KEY, note=rng.choice(ACTIONS), owner=item.customer.manager or rng.choice(managers), due_on=due, now=at
        )  # fmt: skip
    for item in meeting.items.filter(section=Section.GAPS)[:2]:
        decide_item(item=item, actor=host, decision=Decision.TASK, note="联系客户补齐缺项", owner=rng.choice(managers), due_on=due, now=at)  # fmt: skip
    for section in Section.values:
        if section != Section.EARLIER:
            settle_rest(meeting=meeting, section=section, actor=host, now=at)
    meeting.refresh_from_db()
    close_meeting(meeting=meeting, actor=host, now=at + timedelta(hours=2))


def _analyses(now: datetime) -> None:
    """The half-year that ended last, counted; the named sub-branch has begun its conclusions."""
    today = local_day(now)
    period = f"{today.year}H1" if today.month > 6 else f"{today.year - 1}H2"
    opened = _at(date(today.year, 7, 31) if today.month > 6 else date(today.year, 1, 31), 7)
    jobs.run_job(name="half-year-analyses", period=period, now=min(opened, now))
    found = Analysis.objects.get(branch__code="0100", period=period)
    conclude(
        analysis=found, actor=_user("president"), version=found.version,
        conclusions="一、存款总量稳中有升，日均增长主要来自金卡及以上客户。\n二、保级关注客户需在季度内逐户回访。\n三、资料缺项集中在职业、联系方式，纳入下半年月度专题会。",
    )  # fmt: skip


def _merge_and_hand_over(now: datetime) -> None:
    outlet = Branch.objects.get(code="0101")
    pair = list(Customer.objects.filter(branch=outlet, kind="P").exclude(manager=None).order_by("-pk")[:2])
    propose_merge(
        survivor=pair[1], loser=pair[0], choices={}, proposer=_user("teller"), reason_text="同一客户重复建档，已核对证件原件", now=now - timedelta(hours=4)
    )  # fmt: skip
    prepare_hand_over(
        outgoing=_user("colleague"), branch=outlet, incoming=[_user("manager")], supervisor=_user("president"), reason="leave",
        note="年休假后调岗", choice=Choice("kind", "C"), actor=_user("head"), now=now - timedelta(hours=3),
    )  # fmt: skip
