"""The history of a case, round by round, the newest first."""

from django.db.models import Count

from complaints.cases.models import Case, CaseEvent
from complaints.cases.rules import Action
from complaints.handling.wording import detail_of, label_of, people_in
from crm.lib.keyset import page
from crm.staff.models import User

SIZE = 20
TONES: dict[str, tuple[str, str]] = {
    Action.REGISTER: ("", "complaint"), Action.CONTACT: ("", "voice"), Action.FIND: ("ok", "check"),
    Action.CLOSE: ("ok", "ok"), Action.ESCALATE: ("late", "alert"), Action.RETURN: ("warn", "alert"),
    Action.REOPEN: ("warn", "alert"), Action.RECUSE: ("warn", "user"), Action.REFUSE: ("none", "lock"),
}  # fmt: skip


def history_of(case: Case, query) -> dict:
    """Context of the history: rounds with their number of steps, the entries of one page."""
    counted = case.events.order_by().values_list("round").annotate(n=Count("pk"))
    rounds = dict(sorted(counted)) or {case.round: 0}
    asked = query.get("round", "")
    shown = (
        int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 and int(asked) in rounds else case.round
    )
    found = page(
        case.events.filter(round=shown).select_related("actor"),
        order=[("at", "desc"), ("pk", "desc")], size=SIZE, after=query.get("after"), before=query.get("before"),
    )  # fmt: skip
    people = dict(User.objects.filter(pk__in=people_in(found.rows)).values_list("pk", "name"))
    return {
        "rounds": rounds if len(rounds) > 1 else {},
        "shown_round": shown,
        "history": found,
        "entries": [_entry(event, people) for event in found.rows],
    }


def _entry(event: CaseEvent, people: dict[int, str]) -> dict:
    tone, icon = TONES.get(event.action, ("", "check"))
    label = label_of(event)
    to = event.get_to_display()
    moved = f"{label} → {to}" if event.frm not in ("", event.to) and label != to else label
    return {
        "tone": tone,
        "icon": icon,
        "strong": moved,
        "text": detail_of(event, people),
        "at": event.at,
        "who": event.actor.name if event.actor else "",
    }
