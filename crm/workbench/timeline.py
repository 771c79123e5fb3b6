"""One list of everything that happened to a customer: bounded reads of several rooms, merged by time."""

from dataclasses import dataclass
from datetime import datetime, time

from django.urls import reverse
from django.utils.translation import gettext as _

from archives.accounts.selectors import large_postings
from archives.customers.revealing import reason_told
from archives.models import ChangeEvent, Customer, Modification
from complaints.cases.codes import State
from complaints.cases.selectors import events_of
from crm.lib.dates import SHANGHAI
from crm.lib.money import from_cents, wan
from crm.privacy.models import AccessEvent

ACTIONS = {
    "submit": ("edit", "info"),
    "resubmit": ("edit", "info"),
    "approve": ("check", "ok"),
    "partly": ("check", "ok"),
    "reject": ("x", "late"),
    "withdraw": ("redo", ""),
    "supersede": ("redo", ""),
    "escalate": ("arrow-up", "warn"),
}


@dataclass(frozen=True)
class Entry:
    at: datetime
    icon: str
    tone: str
    strong: str
    text: str = ""
    who: str = ""
    url: str = ""
    anchor: str = ""


def timeline(customer: Customer, *, user, kind: str = "all", limit: int = 12) -> list[Entry]:
    """The newest `limit` entries of `kind`: all, changes, money, complaints, access."""
    entries: list[Entry] = []
    if kind in ("all", "changes"):
        entries += _requests(customer, limit)
        entries += _modifications(customer, limit)
        entries.append(_opening(customer))
    if kind in ("all", "money") and user.has_perm("archives.view_balance"):
        entries += _money(customer, limit)
    if kind in ("all", "complaints"):
        entries += _cases(customer, user, limit)
    if kind in ("all", "access") and user.has_perm("archives.view_access_log"):
        entries += _access(customer, limit)
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def _requests(customer: Customer, limit: int):
    labels = {
        "submit": _("Change proposed"),
        "resubmit": _("Proposed again"),
        "approve": _("Change approved"),
        "partly": _("Partly approved"),
        "reject": _("Change rejected"),
        "withdraw": _("Proposal withdrawn"),
        "supersede": _("Proposal superseded"),
        "escalate": _("Decision escalated"),
    }
    events = ChangeEvent.objects.filter(request__customer=customer, action__in=labels)
    for event in events.select_related("request", "actor").order_by("-pk")[:limit]:
        icon, tone = ACTIONS[event.action]
        yield Entry(
            event.at,
            icon,
            tone,
            labels[event.action],
            event.request.number,
            event.actor.name if event.actor else "",
            reverse("changes:detail", args=[event.request.number]),
            f"event-{event.pk}",
        )


def _cases(customer: Customer, user, limit: int):
    """Where a case went from one state to another; the steps between are told on its own page."""
    for event in events_of(customer, user, limit):
        if event.frm != event.to:
            tone = "late" if event.action == "register" else "ok" if event.action == "close" else "info"
            url = (
                reverse("complaints:case", args=[event.case.number])
                if user.has_perm("complaints.view_branch_cases")
                else ""
            )
            who = event.actor.name if event.actor else ""
            strong = f"{event.case.get_kind_display()} · {State(event.to).label}"
            yield Entry(event.at, "complaint", tone, strong, event.case.number, who, url, f"case-{event.pk}")


def _modifications(customer: Customer, limit: int):
    rows = Modification.objects.filter(customer=customer, request=None).select_related("actor")
    for row in rows[:limit]:
        yield Entry(row.at, "history", "", row.get_origin_display(), "", row.actor.name if row.actor else "")


def _opening(customer: Customer) -> Entry:
    who = customer.created_by.name if customer.created_by_id else ""
    return Entry(customer.created_at, "plus", "", _("Archive opened"), customer.branch.name, who)


def _money(customer: Customer, limit: int):
    for posting in large_postings(customer, limit):
        came = posting.amount_cents > 0
        amount = wan(from_cents(abs(posting.amount_cents)))
        text = _("%(amount)s ×10,000 yuan, account ending %(tail)s") % {"amount": amount, "tail": posting.account.tail}
        at = datetime.combine(posting.booked_on, time(12), SHANGHAI)
        strong = _("Large amount in") if came else _("Large amount out")
        yield Entry(at, "wallet" if came else "outflow", "" if came else "warn", strong, text)


def _access(customer: Customer, limit: int):
    events = AccessEvent.objects.of_customer(customer.pk).filter(action=AccessEvent.Action.REVEAL)
    for event in events[:limit]:
        yield Entry(event.at, "eye", "", _("Masked value shown"), reason_told(event.reason), event.actor_name)
