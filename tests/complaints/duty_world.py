"""Rosters for tests; what the matrix and the canaries meet on the pages of the lobby: one of each, here and there."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from complaints.models import Duty, Handover, LobbyEvent, LobbyLog, OpeningException, Roster, Swap
from crm.lib.dates import SHANGHAI

SCOPED = {
    f"duty:{name}"
    for name in (
        "duty", "check_in", "check_out", "ask_swap", "swap", "decide_swap", "withdraw_swap", "settle_event",
        "take_handover", "lobby", "record_event", "events", "hours", "add_exception", "remove_exception", "log",
        "handovers", "roster", "propose", "place", "publish", "print_roster",
    )
}  # fmt: skip
POST_ONLY = {
    f"duty:{name}"
    for name in (
        "check_in", "check_out", "decide_swap", "withdraw_swap", "settle_event", "take_handover", "record_event",
        "add_exception", "remove_exception", "propose", "publish",
    )
}  # fmt: skip
GET_ONLY = {"duty:lobbies", "duty:mine", "duty:lobby", "duty:events", "duty:swap", "duty:roster", "duty:print_roster"}


def at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), SHANGHAI)


def make_roster(*, branch, month: str, state: str = "published", by=None, **fields) -> Roster:
    values = {"state": state, "published_by": by, "published_at": timezone.now() if by else None}
    return Roster.objects.get_or_create(branch=branch, month=month, defaults=values | fields)[0]


def make_duty(*, person, day: date, post="lobby", starts="08:30", ends="17:30", branch=None, state="published", **fields) -> Duty:  # fmt: skip
    """A duty of a roster that is published unless `state` says otherwise."""
    branch = branch or person.branch
    roster = make_roster(branch=branch, month=f"{day:%Y-%m}", state=state)
    span = {"starts": time.fromisoformat(starts), "ends": time.fromisoformat(ends)}
    return Duty.objects.create(roster=roster, branch=branch, day=day, post=post, person=person, **span, **fields)


def add_duty(found: dict, cast: dict, bank: dict, now) -> None:
    """Into `found[place]`: duties of today and of next month, an open swap, a handover, a log, an event."""
    today = timezone.localdate(now)
    later = (today.replace(day=1) + timedelta(days=40)).replace(day=15)
    for place, code, one, other in (
        ("here", "0101", "teller", "manager"),
        ("there", "0201", "stranger", "stranger_head"),
    ):
        branch, person, second = bank[code], cast[one], cast[other]
        duty = make_duty(person=person, day=today, starts="00:00", ends="23:59")
        coming = make_duty(person=person, day=later, post="duty")
        swap = Swap.objects.create(duty=coming, to=second, reason="家中有事", asked_by=person, asked_at=now)
        OpeningException.objects.create(branch=branch, day=later, is_open=True, reason="周末开门")
        LobbyLog.objects.create(branch=branch, day=today, by=person, summary="秩序良好")
        sheet = Handover.objects.create(branch=branch, day=today, giver=person, taker=second, equipment="正常", given_at=now)  # fmt: skip
        event = LobbyEvent.objects.create(
            branch=branch, kind="incident", at=now, by=person, customer=found[place]["customer"], is_settled=False
        )
        found[place] |= {"lobby": branch, "duty": duty, "coming": coming, "duty_swap": swap, "sheet": sheet, "event": event}  # fmt: skip


def duty_arguments(world: dict) -> dict:
    """URL arguments by name, for one place."""
    if "lobby" not in world:
        return {}
    code, coming = {"code": world["lobby"].code}, world["coming"]
    month = code | {"month": f"{coming.day:%Y-%m}"}
    known = {f"duty:{name}": code for name in ("lobby", "record_event", "hours", "add_exception", "handovers")}
    known |= {f"duty:{name}": month for name in ("roster", "propose", "place", "publish", "print_roster")}
    known |= {f"duty:{name}": {"pk": world["duty"].pk} for name in ("check_in", "check_out")}
    known |= {f"duty:{name}": {"pk": coming.pk} for name in ("duty", "ask_swap")}
    known |= {f"duty:{name}": {"pk": world["duty_swap"].pk} for name in ("swap", "decide_swap", "withdraw_swap")}
    return known | {
        "duty:events": code | {"month": f"{world['duty'].day:%Y-%m}"},
        "duty:settle_event": {"pk": world["event"].pk},
        "duty:take_handover": {"pk": world["sheet"].pk},
        "duty:log": code | {"day": world["duty"].day.isoformat()},
        "duty:remove_exception": code | {"day": coming.day.isoformat()},
    }
