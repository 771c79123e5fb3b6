"""What the pages of the points show: a sheet of one person, the course of a proposal."""

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.conduct.models import Consequence, PointEntry, PointProposal
from complaints.conduct.rules import leaves_on
from complaints.conduct.standing import standing
from crm.staff.models import User

ENTRIES = 100  # lines of a sheet
State = PointProposal.State
TONES = {
    State.PROPOSED: "info",
    State.DECIDED: "warn",
    State.REJECTED: "none",
    State.APPEALED: "info",
    State.UPHELD: "warn",
    State.VOID: "none",
}
TABS = [
    ("conduct:mine", gettext_lazy("My points"), ""),
    ("conduct:ledger", gettext_lazy("Ledger"), "complaints.view_ledger"),
    ("conduct:proposals", gettext_lazy("Proposals and appeals"), "complaints.view_ledger"),
    ("conduct:consequences", gettext_lazy("Consequences"), "complaints.view_ledger"),
    ("conduct:rules", gettext_lazy("Catalogue"), ""),
]


def tabs_for(user: User) -> list[tuple[str, str]]:
    return [(name, str(label)) for name, label, right in TABS if not right or user.has_perm(right)]


def sheet_of(employee: User, today: date) -> dict:
    """Sums, lines and consequences of one person."""
    entries = list(PointEntry.objects.of(employee).for_page()[:ENTRIES])
    for entry in entries:
        entry.ends_on = leaves_on(entry.counts_on)
        entry.is_over = entry.ends_on <= today
        entry.is_taken_back = hasattr(entry, "reversed_by") or entry.reverses_id is not None
    return {
        "standing": standing(employee, today),
        "entries": entries,
        "proposals": with_tones(PointProposal.objects.about(employee).for_page()[:ENTRIES]),
        "consequences": Consequence.objects.filter(employee=employee)
        .for_page()
        .order_by("-opened_at", "-pk")[:ENTRIES],
    }


def with_tones(proposals: QuerySet[PointProposal] | list[PointProposal]) -> list[PointProposal]:
    rows = list(proposals)
    for row in rows:
        row.tone = tone_of(row)
    return rows


def tone_of(proposal: PointProposal) -> str:
    if proposal.state == State.DECIDED and not proposal.is_violation:
        return "ok"
    return TONES[State(proposal.state)]


def course_of(proposal: PointProposal) -> list[dict]:
    """The steps so far, newest first, for `parts/_timeline.html`."""
    accepted = proposal.state != State.REJECTED
    granted = proposal.state == State.VOID
    steps = [
        ("", "plus", _("Proposed"), proposal.why, proposal.proposed_at, proposal.proposed_by),
        (
            "warn" if accepted else "",
            "check" if accepted else "x",
            _("Decided") if accepted else _("Rejected"),
            proposal.comment,
            proposal.decided_at,
            proposal.decided_by,
        ),
        ("info", "voice", _("Appealed"), proposal.appeal_text, proposal.appealed_at, proposal.employee),
        (
            "ok" if granted else "warn",
            "check" if granted else "x",
            _("Appeal granted: points void") if granted else _("Upheld on appeal"),
            proposal.appeal_answer,
            proposal.appeal_decided_at,
            proposal.appeal_decided_by,
        ),
    ]
    shown = [step for step in steps if step[4] is not None]
    return [
        {"tone": tone, "icon": icon, "strong": strong, "text": text, "at": at, "who": who.name if who else ""}
        for tone, icon, strong, text, at, who in reversed(shown)
    ]
