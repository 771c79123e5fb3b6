"""The supervisor of transfer signs: everything passes in one transaction. Undoing gives back what nobody changed since."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from django.db import connection, transaction
from django.utils.translation import gettext as _

from archives.changes.models import ChangeRequest
from archives.changes.routing import reroute
from archives.customers.bulk import change_many
from archives.customers.links import links
from archives.customers.models import Customer
from archives.stewardship.handing_over import (
    add_lines,
    check_people,
    claim,
    may_hand_over,
    tell,
    topped_up,
)
from archives.stewardship.models import HandOver, HandOverLine
from archives.stewardship.rules import ALL, Step
from archives.stewardship.selectors import open_matters, owned
from crm.lib.refusals import NotYours, Refused
from crm.staff.models import User


def sign_hand_over(*, hand_over: HandOver, actor: User, now: datetime) -> HandOver:
    """Pass managers, assistants, open requests and what waits for the outgoing person, all or nothing."""
    if actor.pk != hand_over.supervisor_id:
        raise NotYours(_("Only the supervisor of transfer signs: %(who)s.") % {"who": hand_over.supervisor.name})
    with transaction.atomic():
        hand_over = claim(hand_over=hand_over, step=Step.SIGN, done_at=now)
        _check_now(hand_over)
        add_lines(hand_over, topped_up(hand_over))
        lines = list(hand_over.lines.order_by("pk"))
        held = lock_customers([line.customer_id for line in lines])
        waiting = requests_of([line.customer_id for line in lines], hand_over.outgoing)
        moved = _pass_managers(hand_over, lines, held, actor, now)
        moved += _pass_assistants(hand_over, lines, held, actor, now)
        _note_versions(moved)
        incoming_of = {line.customer_id: cast(int, line.incoming_id) for line in moved if not line.was_assistant}
        followed = _follow(hand_over, incoming_of, now)
        hand_over.counts |= {
            "moved": len(incoming_of),
            "assisted": len(moved) - len(incoming_of),
            "skipped": len(lines) - len(moved),
            "rerouted": reroute_these(waiting, now),
            "followed": followed,
        }
        hand_over.save(update_fields=["counts"])
        _tell_incoming(hand_over, incoming_of, actor, now)
    return hand_over


def _check_now(hand_over: HandOver) -> None:
    """Between preparing and signing people leave too."""
    incoming = list(User.objects.filter(pk__in=hand_over.counts["incoming"]))
    check_people(outgoing=hand_over.outgoing, branch=hand_over.branch, incoming=incoming, supervisor=hand_over.supervisor)  # fmt: skip
    if not hand_over.branch.is_active:
        raise Refused(_("This branch is closed: cancel the hand-over and prepare another."))


def requests_of(customers: list[int], person: User) -> list[int]:
    """The open requests that follow. The customers are locked before: decisions lock in this order too."""
    return list(open_matters(customers, person).values_list("pk", flat=True))


def requests_waiting_for(customers: list[int]) -> list[int]:
    """The open requests on `customers`, in portions that every database takes."""
    found: list[int] = []
    for start in range(0, len(customers), 500):
        rows = ChangeRequest.objects.open().filter(customer__in=customers[start : start + 500])
        found += rows.values_list("pk", flat=True)
    return found


def reroute_these(requests: list[int], now: datetime) -> int:
    found = ChangeRequest.objects.open().for_routing().filter(pk__in=requests)
    return sum(reroute(request=request, now=now) for request in found)


def lock_customers(keys: list[int]) -> dict[int, tuple]:
    """Lock them and say who manages and who assists each."""
    found: dict[int, tuple] = {}
    for start in range(0, len(keys), 500):
        rows = Customer.everyone.filter(pk__in=keys[start : start + 500]).order_by("pk")
        if connection.features.has_select_for_update:
            rows = rows.select_for_update()
        found |= {pk: (manager, assistant) for pk, manager, assistant in rows.values_list("pk", "manager", "assistant")}
    return found


def _grouped(lines: Iterable[HandOverLine], key) -> dict:
    groups = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return groups


def _pass_managers(hand_over: HandOver, lines: list[HandOverLine], held: dict, actor, now) -> list[HandOverLine]:
    """Each archive that the outgoing person still manages; an assistant who becomes its manager assists no longer."""
    mine = [line for line in lines if not line.was_assistant]
    for line in mine:
        line.assisted = held[line.customer_id][1] == line.incoming_id
    moved: list[HandOverLine] = []
    for (incoming, assisted), group in _grouped(mine, lambda line: (line.incoming_id, line.assisted)).items():
        still = {"manager": hand_over.outgoing_id} | ({"assistant": incoming} if assisted else {})
        changes = {"manager": incoming} | ({"assistant": None} if assisted else {})
        moved += _changed(hand_over, group, still, changes, actor, now)
    return moved


def _pass_assistants(hand_over: HandOver, lines: list[HandOverLine], held: dict, actor, now) -> list[HandOverLine]:
    """Nobody assists where they manage: there the place stays free."""
    mine, moved = [line for line in lines if line.was_assistant], []
    new = {line.customer_id: line.incoming_id for line in lines if not line.was_assistant}
    for line in mine:
        if line.incoming_id in (held[line.customer_id][0], new.get(line.customer_id)):
            line.incoming_id = None
    for incoming, group in _grouped(mine, lambda line: line.incoming_id).items():
        still = {"assistant": hand_over.outgoing_id}
        moved += _changed(hand_over, group, still, {"assistant": incoming}, actor, now)
    return moved


def _changed(hand_over: HandOver, lines, still: dict, changes: dict, actor, now, reason="") -> list[HandOverLine]:
    keys = [line.customer_id for line in lines]
    done = set(
        change_many(keys=keys, still=still, changes=changes, actor=actor, reason=reason or hand_over.number, now=now)
    )
    return [line for line in lines if line.customer_id in done]


def _note_versions(lines: list[HandOverLine]) -> None:
    versions = dict(Customer.everyone.filter(pk__in=[line.customer_id for line in lines]).values_list("pk", "version"))
    for line in lines:
        line.version_after = versions[line.customer_id]
    HandOverLine.objects.bulk_update(lines, ["version_after", "assisted", "incoming"], batch_size=500)


def _follow(hand_over: HandOver, incoming_of: dict[int, int], now: datetime) -> dict[str, list]:
    """Pass on what waits for the outgoing person: link key to [[incoming, rows], …].

    What concerns one of the customers goes with them. Of a hand-over of all, the rest goes to the first of the
    incoming, save what concerns customers that the outgoing person keeps elsewhere.
    """
    people = User.objects.in_bulk(hand_over.counts["incoming"])
    whole = hand_over.counts["choice"]["which"] == ALL and hand_over.reason != HandOver.Reason.BALANCE
    otherwise = hand_over.counts["incoming"][0] if whole else None
    kept = set(Customer.everyone.filter(manager=hand_over.outgoing_id).values_list("pk", flat=True)) if whole else set()
    waiting, passed = owned(hand_over.outgoing), {}
    for link in links():
        groups = defaultdict(list)
        for pk, customer in waiting.get(link.key, []):
            to = (incoming_of.get(customer) if customer else None) or (None if customer in kept else otherwise)
            if to:
                groups[to].append(pk)
        for to, keys in groups.items():
            link.follow.pass_on(keys, hand_over.outgoing, people[to], now)
        if groups:
            passed[link.key] = [[to, keys] for to, keys in groups.items()]
    return passed


def _tell_incoming(hand_over: HandOver, incoming_of: dict[int, int], actor, now: datetime) -> None:
    people = User.objects.in_bulk(set(incoming_of.values()))
    for pk, person in people.items():
        n = sum(to == pk for to in incoming_of.values())
        if person != actor:
            tell(person=person, hand_over=hand_over, kind="handed-over", who=actor, now=now, n=n)


def undo_hand_over(*, hand_over: HandOver, actor: User, now: datetime) -> tuple[HandOver, list[HandOverLine]]:
    """Give back every archive that is still with whom it came to; return the lines that changed since, left as they are."""
    with transaction.atomic():
        may_hand_over(actor, hand_over.branch)
        hand_over = claim(hand_over=hand_over, step=Step.UNDO, ended_by=actor, ended_at=now)
        lines = list(hand_over.lines.filter(version_after__gt=0).order_by("pk"))
        lock_customers([line.customer_id for line in lines])
        waiting: set[int] = set()
        for person in User.objects.filter(pk__in={line.incoming_id for line in lines}):
            waiting |= set(requests_of([line.customer_id for line in lines], person))
        back = {line.pk for line in _give_back(hand_over, lines, actor, now)}
        _follow_back(hand_over, now)
        left = [line for line in lines if line.pk not in back]
        hand_over.counts |= {"returned": len(back), "left": [line.pk for line in left]}
        hand_over.save(update_fields=["counts"])
        reroute_these(sorted(waiting), now)
    return hand_over, left


def _give_back(hand_over: HandOver, lines: list[HandOverLine], actor, now) -> list[HandOverLine]:
    back: list[HandOverLine] = []
    out, reason = hand_over.outgoing_id, f"{hand_over.number} undone"
    free = set(
        Customer.everyone.filter(pk__in=[line.customer_id for line in lines], assistant=None).values_list("pk", flat=True)
    )  # fmt: skip
    for (was_assistant, incoming, assisted), group in _grouped(
        lines, lambda line: (line.was_assistant, line.incoming_id, line.assisted and line.customer_id in free)
    ).items():
        place = "assistant" if was_assistant else "manager"
        still = {place: incoming} | ({"assistant": None} if assisted else {})
        changes = {place: out} | ({"assistant": incoming} if assisted else {})
        back += _changed(hand_over, group, still, changes, actor, now, reason)
    return back


def _follow_back(hand_over: HandOver, now: datetime) -> None:
    people = User.objects.in_bulk([to for groups in hand_over.counts["followed"].values() for to, _keys in groups])
    for link in links():
        for to, keys in hand_over.counts["followed"].get(link.key, []):
            link.follow.pass_on(keys, people[to], hand_over.outgoing, now)
