"""Points, briefings with their documents, and rosters with check-ins in the demo, through the services."""

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.db import transaction

from complaints.briefings.holding import convey, discuss, open_briefing, save_record, sign_off
from complaints.briefings.reading import issue_document, readers, sign_as_read
from complaints.cases.codes import Finding
from complaints.conduct.services import appeal_points, decide_appeal, decide_points, propose_points
from complaints.duty.attendance import check_in, check_out
from complaints.duty.lobby import record_event
from complaints.duty.months import Month
from complaints.duty.services import propose_roster, publish_roster, roster_of
from complaints.models import Briefing, Case, Document, Duty, PointRule
from crm.lib.dates import SHANGHAI, add_months, local_day
from crm.lib.refusals import Refused
from crm.staff.hierarchy import outlet_head
from crm.staff.models import Branch, User
from crm.staff.roles import Role
from crm.workdays.services import work_calendar

RULES_TEXT = (
    "一、首问负责：第一位接待客户的员工负责到底。\n二、投诉当日受理，两小时内联系客户。\n"
    "三、确属服务瑕疵的，由网点负责人当面致歉。\n四、隐瞒投诉按违规积分管理办法处理。"
)
TOPICS = [
    "岗位分工；提示月末代发高峰",
    "传达总行服务通报；演练首问负责",
    "讲评昨日投诉个案；规范文明用语",
    "反诈提示；特殊群体服务",
]
EVENTS = [
    "客户对排队不满，增开窗口后当场化解",
    "老人不会用自助机，陪同办理",
    "客户误解收费，出示公示后认可",
    "雨天地滑，及时铺设防滑垫",
]
BRIEFING_DAYS, EVENT_DAYS, HELD_OUTLETS = 30, 12, 3


def make_discipline(*, rng: random.Random, now: datetime, outlets: list[Branch], report: Callable[[str], None]) -> None:
    with transaction.atomic():
        _points(rng, now)
    with transaction.atomic():
        _briefings(rng, now, outlets)
    with transaction.atomic():
        for outlet in outlets:
            _rosters(now, outlet)
        _lobby(rng, now)
    report("points, briefings, rosters")


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _rule(code: str) -> PointRule:
    rule = PointRule.objects.filter(code=code).first()
    assert rule is not None
    return rule


def _points(rng: random.Random, now: datetime) -> None:
    """From findings and inspections: decided, waiting, appealed, voided; one person over a threshold; an award."""
    office, head_office = _user("service"), _user("headoffice")
    cases = Case.objects.filter(finding=Finding.RESPONSIBLE, respondents__isnull=False).order_by("pk")
    for i, case in enumerate(cases.distinct()[:12]):
        accused = case.respondents.select_related("employee").first()
        assert accused is not None
        at = min(case.received_at + timedelta(days=20), now - timedelta(days=1))
        code = rng.choice(["plain-words", "first-receiver", "complaint-at-fault"])
        values = {"employee": accused.employee, "rule": _rule(code), "case": case, "inspection": "", "actor": office}
        _judge(i, now, at=at, why="调查报告已认定", happened_on=local_day(case.received_at), **values)
    for i, code in enumerate(["plain-words", "quarrel", "plain-words"], start=20):
        day = local_day(now) - timedelta(days=40 - i)
        values = {"employee": _user("colleague"), "rule": _rule(code), "case": None, "actor": _user("head")}
        _judge(i, now, at=_at(day, 16), why="神秘人暗访记录", happened_on=day, inspection="三季度服务暗访", **values)
    day = local_day(now) - timedelta(days=15)
    made = propose_points(
        employee=_user("teller"), rule=_rule("forbearance-100"), case=None, inspection="监控调阅", happened_on=day,
        why="客户无理指责二十分钟，始终微笑解释", actor=_user("head"), now=_at(day, 17),
    )  # fmt: skip
    decide_points(proposal=made, accept=True, comment="", actor=head_office, now=_at(day + timedelta(days=1), 9))


def _judge(i: int, now: datetime, *, at: datetime, employee: User, actor: User, **values) -> None:
    """Propose, and by its turn leave it waiting, decide, let it be appealed, and decide the appeal."""
    try:
        made = propose_points(employee=employee, actor=actor, now=at, **values)
    except Refused:
        return  # the same matter twice
    decider = _user("headoffice")
    if i % 5 == 4 and at > now - timedelta(days=30):
        return
    made = decide_points(proposal=made, accept=i % 6 != 5, comment="证据充分" if i % 6 != 5 else "情节轻微，口头提醒", actor=decider, now=at + timedelta(hours=20))  # fmt: skip
    if i % 4 == 2 and made.state == "decided":
        made = appeal_points(
            proposal=made, text="当时系统故障，已向客户说明。", actor=employee, now=at + timedelta(hours=44)
        )
        if i % 8 == 2:
            answer = "情况属实，积分撤销。"
            decide_appeal(proposal=made, grant=True, answer=answer, actor=_third(made), now=at + timedelta(hours=90))


def _third(made) -> User:
    """Somebody who neither proposed nor decided."""
    deciders = User.objects.with_role(Role.HEADOFFICE).exclude(pk__in=[made.proposed_by_id, made.decided_by_id])
    found = deciders.first()
    assert found is not None
    return found


def _briefings(rng: random.Random, now: datetime, outlets: list[Branch]) -> None:
    """A document for all, signed by most; briefings of the last weeks at three outlets."""
    office, root = _user("service"), Branch.objects.get(parent=None)
    today, calendar = local_day(now), work_calendar()
    issued = today - timedelta(days=25)
    document = issue_document(
        title="员工服务问题处理暂行办法", text=RULES_TEXT, scope=root, due_on=today - timedelta(days=10), actor=office,
        now=_at(issued, 9), code="service-rules",
    )  # fmt: skip
    issue_document(
        title="消费者权益保护要点（2026年修订）", text="尊重、公平、真实、及时。", scope=root, due_on=today + timedelta(days=6),
        actor=office, now=_at(today - timedelta(days=3), 9), code="consumer-protection",
    )  # fmt: skip
    for person in readers(document):
        if rng.random() < 0.9:
            sign_as_read(document=document, actor=person, now=_at(issued + timedelta(days=rng.randrange(1, 18)), 8, 30))
    for outlet in outlets[:HELD_OUTLETS]:
        for back in range(BRIEFING_DAYS, 0, -1):
            day = today - timedelta(days=back)
            if calendar.is_workday(day):
                _briefing(rng, outlet, day, document if back == 24 else None)


def _briefing(rng: random.Random, outlet: Branch, day: date, document: Document | None) -> None:
    head, at = outlet_head(outlet), _at(day, 8, 5)
    if head is None:
        return
    found = open_briefing(branch=outlet, day=day, kind=Briefing.Kind.MORNING, actor=head, now=at)
    people = list(found.attendances.select_related("person"))
    absent = rng.choice(people).person_id if rng.random() < 0.3 else None
    marks = {row.person_id: (row.person_id != absent, "休假" if row.person_id == absent else "") for row in people}
    found = save_record(
        briefing=found, actor=head, version=found.version, starts=time(8, 5), ends=time(8, 20), place="营业大厅", host=head,
        topics=rng.choice(TOPICS), result="全员知晓", attendance=marks,
    )  # fmt: skip
    case = Case.objects.filter(respondent=outlet, closed_at__lt=at).order_by("-closed_at").first()
    if case is not None and rng.random() < 0.2:
        discuss(briefing=found, actor=head, version=found.version, number=case.number, lesson="先安抚情绪，再说明规则")
        found.refresh_from_db()
    if document is not None:
        convey(briefing=found, actor=head, version=found.version, document=document)
        found.refresh_from_db()
    found = Briefing.objects.for_page().get(pk=found.pk)
    sign_off(briefing=found, actor=head, version=found.version, now=at + timedelta(minutes=30))


def _rosters(now: datetime, outlet: Branch) -> None:
    """This month's, made before it began, and next month's; where the crew is too small it stays a draft."""
    head = outlet_head(outlet)
    if head is None:
        return
    first = local_day(now).replace(day=1)
    for month, at in ((first, _at(first, 0, 1)), (add_months(first, 1), now)):
        roster = roster_of(branch=outlet, month=Month.of(month), actor=head, now=at)
        propose_roster(roster=roster, actor=head, now=at, version=roster.version)
        roster.refresh_from_db()
        try:
            with transaction.atomic():
                publish_roster(roster=roster, actor=head, now=at, version=roster.version)
        except Refused:
            continue


def _lobby(rng: random.Random, now: datetime) -> None:
    """Check-ins until now and what was settled on the spot, at the named outlet."""
    outlet, today = Branch.objects.get(code="0101"), local_day(now)
    duties = Duty.objects.filter(branch=outlet, day__lte=today, roster__state="published").select_related(
        "roster", "person"
    )
    for duty in duties:
        start = datetime.combine(duty.day, duty.starts, SHANGHAI)
        end = datetime.combine(duty.day, duty.ends, SHANGHAI)
        if start < now and rng.random() < 0.97:
            check_in(duty=duty, actor=duty.person, now=start - timedelta(minutes=rng.randrange(1, 20)))
            if end < now:
                check_out(duty=duty, actor=duty.person, now=end + timedelta(minutes=3))
    lobby = User.objects.active().at(outlet).with_role(Role.LOBBY).first()
    for back in range(EVENT_DAYS):
        at = _at(today - timedelta(days=back), 10, rng.randrange(60))
        if lobby is not None and at < now and work_calendar().is_workday(local_day(at)):
            record_event(branch=outlet, actor=lobby, now=at, kind="settled", text=rng.choice(EVENTS), customer_number="", token=f"demo-{back}")  # fmt: skip
