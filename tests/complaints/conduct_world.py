"""Points of conduct for tests: proposals by their state, and one of each page for the permission matrix and the canaries."""

from datetime import date

from django.db import connection

from complaints.conduct.ledger_guard import put_up, take_down
from complaints.conduct.services import appeal_points, decide_appeal, decide_points, propose_points
from complaints.models import Consequence, PointEntry, PointProposal, PointRule

CONDUCT_SCOPED = {f"conduct:{name}" for name in ("person", "proposal", "decide", "appeal", "decide_appeal", "finish")}
CONDUCT_POST_ONLY = {f"conduct:{name}" for name in ("decide", "appeal", "decide_appeal", "finish", "end_rule")}
CONDUCT_GET_ONLY = {f"conduct:{name}" for name in ("ledger", "mine", "person", "proposals", "proposal", "rules", "consequences")}  # fmt: skip
CONDUCT_BANKWIDE = {"conduct:revise_rule", "conduct:end_rule"}  # the catalogue is the whole bank's


def rule(code: str = "complaint-at-fault") -> PointRule:
    return PointRule.objects.newest().get(code=code)


def propose(*, employee, by, now, code="quarrel", case=None, on: date | None = None, inspection="", **fields):
    """A proposal from an inspection (or `case`); each inspection has its own name."""
    values = {"why": "在柜台与客户争吵", "inspection": inspection or f"飞行检查{PointProposal.objects.count()}"}
    return propose_points(
        employee=employee, rule=rule(code), case=case, happened_on=on or now.date(), actor=by, now=now, **values | fields
    )  # fmt: skip


def decided(*, employee, by, decider, now, accept=True, at=None, **fields) -> PointProposal:
    proposal = propose(employee=employee, by=by, now=now, **fields)
    return decide_points(proposal=proposal, accept=accept, comment="查证属实", actor=decider, now=at or now)


def appealed(*, employee, by, decider, now, **fields) -> PointProposal:
    proposal = decided(employee=employee, by=by, decider=decider, now=now, **fields)
    return appeal_points(proposal=proposal, text="当时并非争吵", actor=employee, now=now)


def voided(*, employee, by, decider, third, now, **fields) -> PointProposal:
    proposal = appealed(employee=employee, by=by, decider=decider, now=now, **fields)
    return decide_appeal(proposal=proposal, grant=True, answer="证据不足", actor=third, now=now)


def free_ledger() -> None:
    """Tests that empty their tables at the end must take the guard down first; a flush puts it up again."""
    take_down(connection, PointEntry)


def guard_ledger() -> None:
    put_up(connection, PointEntry)


def add_conduct(found: dict, cast: dict, bank: dict, now) -> None:
    """Into `found[place]`: a proposal that waits, one appealed, and a consequence of an employee of the place."""
    for place, employee, proposer, decider in (
        ("here", "colleague", "head", "president"),
        ("there", "stranger", "stranger_head", "headoffice"),
    ):
        who, by = cast[employee], cast[proposer]
        appeal = appealed(employee=who, by=by, decider=cast[decider], now=now)
        found[place] |= {
            "points": propose(employee=who, by=by, now=now, code="plain-words"),
            "appeal": appeal,
            "consequence": Consequence.objects.get(entry__proposal=appeal),
            "employee": who,
        }


def conduct_arguments(world: dict) -> dict:
    """URL arguments by name, for one place."""
    code = {"code": "quarrel"}
    known: dict = {"conduct:revise_rule": code, "conduct:end_rule": code}
    if "points" not in world:
        return known
    waiting, answering = {"number": world["points"].number}, {"number": world["appeal"].number}
    return known | {
        "conduct:person": {"number": world["employee"].employee_number},
        "conduct:proposal": answering,
        "conduct:decide": waiting,
        "conduct:appeal": waiting,
        "conduct:decide_appeal": answering,
        "conduct:finish": {"pk": world["consequence"].pk},
    }
