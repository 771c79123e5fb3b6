"""Eighteen months of complaints in the demo, in every state, as people would have handled them through the services."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import F

from archives.models import Customer
from complaints.cases.codes import Face, Finding, Kind, Means
from complaints.handling.apologising import apologise
from complaints.handling.assigning import accept_case, forward_case, refuse_case
from complaints.handling.calling_back import call_back
from complaints.handling.closing import close
from complaints.handling.contacting import record_contact
from complaints.handling.ending import file_case, withdraw
from complaints.handling.investigating import Words, report_of, save_report, sign_report
from complaints.handling.redressing import decide_redress, propose_redress
from complaints.handling.reopening import reopen
from complaints.handling.replying import prefilled, send_reply
from complaints.handling.resolving import decide_solution, settle
from complaints.handling.reviewing import ask_review
from complaints.handling.transferring import pass_on
from complaints.intake.amending import acknowledge
from complaints.intake.registering import Person
from complaints.intake.services import register
from complaints.models import Case, Category
from crm.lib.dates import SHANGHAI
from crm.notifications.models import Notice
from crm.staff.models import Branch, User
from crm.staff.roles import Role
from crm.workbench.demo.people import personal_name
from crm.workbench.demo.plaints import ENDINGS, INQUIRIES, PLAINTS, SUGGESTIONS, Plaint

CASES = 300
DAYS = 548
CHUNK = 50  # a transaction
Step = Callable[["Story", datetime], None]


@dataclass
class Story:
    """One case on its way: who works on it, what it is about."""

    rng: random.Random
    plaint: Plaint
    outlet: Branch
    finding: str
    officer: User
    case: Case | None = None

    @property
    def here(self) -> Case:
        assert self.case is not None
        self.case.refresh_from_db()
        return self.case


def make_complaints(
    *, rng: random.Random, now: datetime, outlets: list[Branch], count: int, report: Callable[[str], None]
) -> None:
    """`count` of them (never fewer than stand open), the older ones ended, the last weeks' in every state."""
    officer = User.objects.with_role(Role.SERVICE).first()
    assert officer is not None
    older = max(count - len(OPEN_ENDS), 0)
    plans = [(days, _ended(rng)) for days in sorted((rng.randrange(23, DAYS) for _ in range(older)), reverse=True)]
    plans += OPEN_ENDS
    for first in range(0, len(plans), CHUNK):
        with transaction.atomic():
            for i, (days, steps) in enumerate(plans[first : first + CHUNK]):
                outlet = outlets[0] if i % 6 == 0 else rng.choice(outlets)
                _live(rng, days, now, outlet, officer, steps)
    Notice.objects.filter(created_at__lt=now - timedelta(days=10)).update(read_at=F("created_at"))
    report(f"{Case.objects.count()} complaints")


def _ended(rng: random.Random) -> list[tuple[float, Step]]:
    pick = rng.random()
    for share, steps in ENDED:
        if pick < share:
            return steps
        pick -= share
    return FILED


def _live(rng, days_ago: int, now: datetime, outlet: Branch, officer: User, steps) -> None:
    """Take a new case through `steps` (hours after the one before), as far as it is past by now."""
    day = (now - timedelta(days=days_ago)).astimezone(SHANGHAI).date()
    at = datetime.combine(day, time(9, rng.randrange(5, 55)), SHANGHAI)
    finding = rng.choices([Finding.RESPONSIBLE, Finding.PARTLY, Finding.NOT], [5, 3, 4])[0]
    story = Story(rng, rng.choice(PLAINTS), outlet, finding, officer)
    for hours, step in steps:
        at += timedelta(hours=hours * rng.uniform(0.7, 1.3))
        if at >= now:
            return
        step(story, at)


# Steps


def _register(story: Story, at: datetime, *, kind: str = Kind.COMPLAINT, text: str = "", customer: bool = True) -> None:
    rng, plaint = story.rng, story.plaint
    crew = list(User.objects.active().at(story.outlet).with_role(Role.TELLER, Role.LOBBY, Role.MANAGER))
    first = rng.choice(crew)
    known = customer and rng.random() < 0.7
    who = Customer.objects.filter(branch=story.outlet, kind="P", opened_on__lt=at).order_by("pk")
    person = who[rng.randrange(min(60, who.count()))] if known and who.exists() else None
    told = (
        Person(customer=person)
        if person
        else Person(name=personal_name(rng, "1"), phone=f"154{rng.randrange(10**8):08d}")
    )
    accused = [rng.choice([one for one in crew if one != first])] if plaint.accuses and rng.random() < 0.5 else []
    story.case = register(
        actor=first, now=at, source=rng.choice(plaint.sources), respondent=story.outlet, kind=kind,
        facts=text or plaint.facts, demand=plaint.demand, level=plaint.level, customer=person, parties=[told],
        channel=_category(Face.CHANNEL, plaint.channel), business=_category(Face.BUSINESS, plaint.business),
        cause=_category(Face.CAUSE, plaint.cause), respondents=accused,
        amount_cents=plaint.amount * 100 if plaint.amount else None,
    )  # fmt: skip


def _category(face: str, key: str) -> Category | None:
    return Category.objects.filter(face=face, key=key).first()


def _inquiry(story: Story, at: datetime) -> None:
    _register(story, at, kind=Kind.INQUIRY, text=story.rng.choice(INQUIRIES))


def _suggestion(story: Story, at: datetime) -> None:
    _register(story, at, kind=Kind.SUGGESTION, text=story.rng.choice(SUGGESTIONS))


def _settle(story: Story, at: datetime) -> None:
    settle(case=story.here, actor=story.officer, now=at, text="已当场解答，客户表示清楚。", means=Means.PHONE)


def _accept(story: Story, at: datetime) -> None:
    case = accept_case(case=story.here, actor=story.officer, now=at)
    case.refresh_from_db()
    if case.investigator_id is None:
        handler = User.objects.active().at(story.outlet.parent or story.outlet).with_role(Role.PRESIDENT).first()
        handler = handler or User.objects.active().at(story.outlet).with_role(Role.HEAD).first()
        assert handler is not None
        number = handler.employee_number
        forward_case(case=case, actor=story.officer, department="零售业务部", handler=number, now=at)


def _acknowledge(story: Story, at: datetime) -> None:
    acknowledge(case=story.here, actor=story.officer, now=at, sent_at=at, means=Means.SMS, note="")


def _contact(story: Story, at: datetime) -> None:
    case = story.here
    reached = story.rng.random() < 0.9
    record_contact(
        case=case, actor=case.contact, at=at - timedelta(minutes=5), means=Means.PHONE, now=at,
        result="reached" if reached else "no_answer", note="客户情绪平稳，愿意等待答复。" if reached else "",
    )  # fmt: skip
    if not reached:
        case.refresh_from_db()
        record_contact(
            case=case, actor=case.contact, at=at, means=Means.PHONE, now=at, result="reached", note="再次拨打后接通，已说明办理时限。"
        )  # fmt: skip


def _words(story: Story) -> Words:
    case = story.here
    finding = story.finding
    return Words(
        facts=f"调取监控、询问当班人员：{story.plaint.found}", evidence="监控录像、叫号记录、当事人说明",
        root=story.plaint.root, measures=story.plaint.measures, finding=finding, is_flaw=finding != Finding.NOT,
        cause=case.cause_id,
    )  # fmt: skip


def _investigate(story: Story, at: datetime) -> None:
    case = story.here
    save_report(case=case, actor=case.investigator, seen=0, words=_words(story), now=at)


def _sign(story: Story, at: datetime) -> None:
    case = story.here
    report = report_of(case)
    seen = report.version if report else 0
    sign_report(case=case, actor=case.investigator, seen=seen, words=_words(story), now=at)


def _solve(story: Story, at: datetime) -> None:
    case = story.here
    decide_solution(case=case, actor=case.investigator, now=at, text=story.plaint.solution)
    case = story.here
    if story.finding != Finding.NOT and case.contact != case.investigator and story.rng.random() < 0.25:
        cents = story.rng.choice([5000, 10000, 20000, 30000])
        made = propose_redress(
            case=case, actor=case.contact, now=at, kind="compensation", amount_cents=cents, reason="客户往返交通及误工"
        )
        case.refresh_from_db()
        decide_redress(case=case, redress=made, actor=case.investigator, now=at, granted=True, comment="同意")


def _apologise(story: Story, at: datetime) -> None:
    case = story.here
    if case.finding != Finding.NOT:
        reaction = story.rng.choices(["forgiven", "accepted", "refused"], [7, 2, 1])[0]
        note = "上门致歉，客户表示谅解。" if reaction == "forgiven" else "已当面致歉。"
        apologise(
            case=case,
            actor=case.contact,
            now=at,
            at=at,
            means=Means.MEETING,
            reaction=reaction,
            note=note,
            by=case.contact,
        )


def _reply(story: Story, at: datetime) -> None:
    case = story.here
    send_reply(case=case, actor=case.investigator, now=at, parts=prefilled(case), means=Means.LETTER)


def _close(story: Story, at: datetime) -> None:
    case = story.here
    close(case=case, actor=case.investigator, now=at)


def _call_back(story: Story, at: datetime) -> None:
    answer = story.rng.choices(["5", "4", "3", "refused"], [5, 6, 2, 1])[0]
    call_back(case=story.here, actor=story.officer, now=at, means=Means.PHONE, answer=answer, note="")


def _unsatisfied(story: Story, at: datetime) -> None:
    note = "客户认为答复过于笼统。"
    call_back(
        case=story.here, actor=story.officer, now=at, means=Means.PHONE, answer="2", note=note, follow_up="reopen"
    )


def _reopen(story: Story, at: datetime) -> None:
    reopen(case=story.here, actor=story.officer, now=at, reason="客户补充说明后要求重新处理")


def _file(story: Story, at: datetime) -> None:
    file_case(case=story.here, actor=story.officer, now=at)


def _withdraw(story: Story, at: datetime) -> None:
    case = story.here
    actor = case.contact or story.officer
    withdraw(
        case=case,
        actor=actor,
        now=at,
        means=Means.PHONE,
        said_on=at.astimezone(SHANGHAI).date(),
        note="客户来电表示问题已解决，撤回投诉。",
    )


def _refuse(story: Story, at: datetime) -> None:
    refuse_case(case=story.here, actor=story.officer, reason=story.rng.choice(ENDINGS["refuse"]), now=at)


def _pass_on(story: Story, at: datetime) -> None:
    pass_on(
        case=story.here,
        actor=story.officer,
        now=at,
        body="保险公司客户服务部",
        number="",
        due_on=None,
        note="代理产品由承保公司答复",
    )


def _ask_review(story: Story, at: datetime) -> None:
    ask_review(case=story.here, actor=story.officer, now=at, text="客户不认可责任认定，申请上级核查。")


BEGIN: list[tuple[float, Step]] = [(0, _register), (0.7, _accept)]
TOUCHED = [*BEGIN, (0.3, _acknowledge), (0.7, _contact)]
LOOKED = [*TOUCHED, (20.0, _investigate)]
FOUND = [*LOOKED, (20.0, _sign)]
SOLVED = [*FOUND, (3.0, _solve)]
ANSWERED = [*SOLVED, (20.0, _apologise), (2.0, _reply)]
CLOSED = [*ANSWERED, (22.0, _close)]
CALLED = [*CLOSED, (48.0, _call_back)]
FILED = [*CALLED, (90.0, _file)]
SLOW = [
    *LOOKED,
    (400.0, _sign),
    (3.0, _solve),
    (20.0, _apologise),
    (2.0, _reply),
    (22.0, _close),
    (48.0, _call_back),
    (90.0, _file),
]
AGAIN: list[tuple[float, Step]] = [*CLOSED, (48.0, _unsatisfied), (1.0, _reopen)]
# What became of the older ones, by share; the rest were filed.
ENDED: list[tuple[float, list[tuple[float, Step]]]] = [
    (0.10, [(0, _inquiry), (0.5, _settle)]),
    (0.06, [(0, _suggestion), (0.5, _settle)]),
    (0.04, [*TOUCHED, (20.0, _withdraw), (200.0, _file)]),
    (0.02, [(0, _register), (1.0, _refuse)]),
    (0.02, [*BEGIN, (20.0, _pass_on)]),
    (0.06, SLOW),
]
# The last weeks: days ago, and how far it has come.
OPEN_ENDS: list[tuple[int, list[tuple[float, Step]]]] = [
    *((days, CALLED) for days in (20, 18, 16)),
    *((days, [*CLOSED, (30.0, _ask_review)]) for days in (22, 15)),
    *((days, CLOSED) for days in (8, 8, 7)),
    *((days, ANSWERED) for days in (8, 6, 5)),
    *((days, SOLVED) for days in (7, 4, 4)),
    *((days, FOUND) for days in (5, 4, 3)),
    *((days, LOOKED) for days in (21, 9, 3, 3)),
    *((days, TOUCHED) for days in (6, 2, 1, 1)),
    *((days, BEGIN) for days in (2, 1, 1)),
    *((days, [(0.0, _register)]) for days in (2, 1, 1)),
]  # fmt: skip
