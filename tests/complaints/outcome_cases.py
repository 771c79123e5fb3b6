"""Cases for the tests of the outcome: brought to any state by the services, with everything that closing asks for."""

from datetime import timedelta

from complaints.cases.codes import Finding, State
from complaints.handling import calling_back, closing, ending, transferring
from complaints.handling.assigning import refuse_case
from complaints.handling.replying import PARTS
from complaints.models import Acknowledgement, Apology, Case, Contact, Investigation, Redress, Reply, Resolution, Review
from crm.lib.dates import local_day
from tests.complaints.world import PATH, case_at, make_case

TEXTS = {
    "facts": "经查，柜员态度生硬属实。",
    "basis": "依据服务办法。",
    "decision": "当面致歉。",
    "remedies": "可申请核查、调解、仲裁或诉讼。",
}
assert set(TEXTS) == set(PARTS)


def ready(cast, outlet, state=State.REPLIED, *, finding=Finding.RESPONSIBLE, now, **fields) -> Case:
    """A case at `state` of the path, acceptance told: answered, it lacks nothing."""
    case = case_at(
        state, respondent=outlet, actor=cast["teller"], officer=cast["service"], investigator=cast["president"],
        contact=cast["head"], finding=finding, now=now, **fields,
    )  # fmt: skip
    Acknowledgement.objects.create(case=case, round=1, sent_at=now, sent_by=cast["service"], means="sms", limit_on=now.date())  # fmt: skip
    return case


def at(state, cast, outlet, *, now, **fields) -> Case:
    """A case at any state of the table, by the steps of people."""
    if state in PATH:
        return ready(cast, outlet, state, now=now, **fields)
    office = {"actor": cast["service"], "now": now}
    if state in (State.CALLED_BACK, State.ARCHIVED):
        case = ready(cast, outlet, now=now - timedelta(hours=1), **fields)
        closing.close(case=case, **office)
        calling_back.call_back(case=case, actor=cast["headoffice"], now=now, means="phone", answer="5")
        return ending.file_case(case=case, **office) if state == State.ARCHIVED else case
    case = ready(cast, outlet, State.REGISTERED, now=now, **fields)
    if state == State.WITHDRAWN:
        ending.withdraw(case=case, means="phone", said_on=local_day(now), note="不再追究", **office)
    elif state == State.REFUSED:
        refuse_case(case=case, reason="不属于本行", **office)
    elif state == State.TRANSFERRED:
        transferring.pass_on(case=case, body="人民法院", note="已电话告知", **office)
    elif state == State.MERGED:
        target = make_case(respondent=outlet, actor=cast["teller"], now=now)
        ending.merge(case=case, target=target, no_new_facts=True, **office)
    return case


def prints(case: Case) -> dict:
    """How a case stands with all its rows: equal before and after what was refused."""
    tables = (Apology, Contact, Investigation, Redress, Reply, Resolution, Review)
    fresh = Case.objects.filter(pk=case.pk).values().get()
    return (
        fresh
        | {m.__name__: list(m.objects.filter(case=case).values()) for m in tables}
        | {"events": case.events.count()}
    )
