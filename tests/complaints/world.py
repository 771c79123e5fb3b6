"""Cases for tests, brought to a state by the steps that people take."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from complaints.cases.codes import Finding, Source, State
from complaints.cases.numbers import next_number
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.clocks.services import start_clocks
from complaints.models import Apology, Case, Category, Contact, Investigation, Party, Reply, Resolution
from crm.staff.models import User

PATH = [State.REGISTERED, State.ACCEPTED, State.ASSIGNED, State.CONTACTED, State.INVESTIGATING, State.FOUND, State.PLANNED, State.REPLIED, State.CLOSED]  # fmt: skip


def make_category(face="C", key="service", name="因服务态度及服务质量引起的投诉", **fields) -> Category:
    return Category.objects.get_or_create(
        face=face, key=key, defaults={"name": name, "is_service": face == "C"} | fields
    )[0]


def make_case(*, respondent, actor, customer=None, now=None, name="王建国", phone="13800001234", **fields) -> Case:
    """A registered case with one complainant, written as the registration does."""
    now = now or timezone.now()
    values = {
        "number": next_number(now),
        "source": Source.COUNTER,
        "received_at": now,
        "registered_at": now,
        "registered_by": actor,
        "first_receiver": actor,
        "branch": actor.branch,
        "respondent": respondent,
        "customer": customer,
        "customer_number": customer.number if customer else "",
        "cause": make_category(),
        "facts": "柜员态度生硬,排队四十分钟后被告知业务停办。",
        "demand": "要求道歉",
    }
    case = Case.objects.create(**values | fields)
    if not case.is_anonymous:
        Party.objects.create(case=case, customer=customer, name=name, phone=phone)
    start_clocks(case=case, now=now)
    return case


def case_at(state, *, respondent, actor, officer, investigator, contact, finding=Finding.RESPONSIBLE, now=None, **fields) -> Case:  # fmt: skip
    """A case brought to `state` (of PATH) step by step, an hour each, by the right people; times end at `now`."""
    end = now or timezone.now()
    at = end - timedelta(hours=len(PATH))
    case = make_case(respondent=respondent, actor=actor, now=at, **fields)
    for target in PATH[1 : PATH.index(State(state)) + 1]:
        at += timedelta(hours=1)
        STEPS[target](case, People(officer, investigator, contact), finding, at)
    case.refresh_from_db()
    return case


@dataclass(frozen=True)
class People:
    officer: User
    investigator: User
    contact: User


def _accept(case, who: People, finding, at):
    act(case=case, action=Action.ACCEPT, actor=who.officer, now=at, officer=who.officer)


def _assign(case, who: People, finding, at):
    people = {"investigator": who.investigator, "contact": who.contact}
    act(case=case, action=Action.ASSIGN, actor=who.officer, now=at, **people)


def _contact(case, who: People, finding, at):
    Contact.objects.create(case=case, round=case.round, at=at, by=who.contact, means="phone", result="reached", recorded_at=at)  # fmt: skip
    act(case=case, action=Action.CONTACT, actor=who.contact, now=at, contacted_at=at)


def _investigate(case, who: People, finding, at):
    words = {"facts": "经查属实", "root": "窗口不足", "measures": "增开窗口"}
    Investigation.objects.create(case=case, round=case.round, by=who.investigator, **words)
    act(case=case, action=Action.INVESTIGATE, actor=who.investigator, now=at)


def _find(case, who: People, finding, at):
    report = Investigation.objects.filter(case=case, round=case.round)
    report.update(finding=finding, cause=case.cause, signed_at=at, is_flaw=finding != Finding.NOT)
    act(case=case, action=Action.FIND, actor=who.investigator, now=at, finding=finding)


def _plan(case, who: People, finding, at):
    Resolution.objects.create(case=case, round=case.round, text="当面致歉并减免手续费", by=who.investigator, at=at)
    act(case=case, action=Action.PLAN, actor=who.investigator, now=at)


def _reply(case, who: People, finding, at):
    if finding != Finding.NOT:
        how = {"means": "visit", "reaction": "forgiven", "by": who.contact, "recorded_by": who.contact}
        Apology.objects.create(case=case, round=case.round, at=at, recorded_at=at, **how)
        act(case=case, action=Action.APOLOGISE, actor=who.contact, now=at, apologised_at=at)
    words = {"facts": "经查属实", "basis": "服务办法", "decision": "致歉", "remedies": "核查、调解、仲裁、诉讼"}
    Reply.objects.create(case=case, round=case.round, means="letter", sent_at=at, sent_by=who.investigator, **words)
    act(case=case, action=Action.REPLY, actor=who.investigator, now=at, replied_at=at)


def _close(case, who: People, finding, at):
    act(case=case, action=Action.CLOSE, actor=who.officer, now=at, closed_at=at)


STEPS = dict(zip(PATH[1:], [_accept, _assign, _contact, _investigate, _find, _plan, _reply, _close], strict=True))
