"""The service office's desk: what waits for it, by nearest limit."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.cases.codes import Finding, State
from complaints.cases.models import Case, Respondent
from complaints.cases.rules import HANDLED
from complaints.clocks.models import Extension, Pause
from complaints.handling.models import Delegation
from crm.lib.keyset import Page, capped_count, page

SIZE = 25
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Tray:
    """One kind of what waits."""

    key: str
    label: "str | Promise"
    what: Q


def _asked(model, **fields) -> Exists:
    return Exists(model.objects.order_by().filter(case=OuterRef("pk"), granted=None, **fields))


TRAYS = [
    Tray("accept", _("To accept"), Q(state=State.REGISTERED)),
    Tray("assign", _("To assign"), Q(state=State.ACCEPTED)),
    Tray(
        "nobody",
        _("Without a handler"),
        Q(state__in=HANDLED)
        & (Q(investigator=None) | Q(contact=None) | Q(investigator__is_active=False) | Q(contact__is_active=False)),
    ),
    Tray("delegations", _("Delegations to decide"), Q(state__in=HANDLED) & Q(_asked(Delegation, ended_at=None))),
    Tray("pauses", _("Pauses to decide"), Q(state__in=HANDLED) & Q(_asked(Pause))),
    Tray("extensions", _("Extensions to decide"), Q(state__in=HANDLED) & Q(_asked(Extension, step=1))),
    Tray("close", _("To close"), Q(state=State.REPLIED)),
    Tray("call", _("To call back"), Q(state=State.CLOSED)),
]


def rows_of(tray: Tray, user) -> QuerySet[Case]:
    return Case.objects.visible_to(user).filter(tray.what)


def counts_for(user) -> list[tuple[Tray, tuple[int, bool]]]:
    return [(tray, capped_count(rows_of(tray, user))) for tray in TRAYS]


def page_of(tray: Tray, user, query) -> Page:
    """Cases of a tray, the nearest limit first; those without a limit last."""
    near = Coalesce("nearest_at", Value(NEVER, output_field=DateTimeField()))
    return page(
        rows_of(tray, user).for_page().annotate(near=near), order=[("near", "asc"), ("pk", "asc")], size=SIZE,
        after=query.get("after"), before=query.get("before"),
    )  # fmt: skip


def about(user) -> QuerySet[Respondent]:
    """Cases in which `user` is complained about: what they may know of them, and no more."""
    rows = Respondent.objects.filter(employee=user, why=Respondent.Why.ACCUSED)
    return rows.select_related("case__business").order_by("-case__received_at", "-pk")


def known_to_accused(row: Respondent) -> dict:
    """Number, day, business, state, and the finding once it is closed; nothing of who complained or what they said."""
    case = row.case
    finding = Finding(case.finding).label if case.finding and not case.is_open else ""
    return {
        "number": case.number,
        "at": case.received_at,
        "business": case.business,
        "state": case.get_state_display(),
        "is_open": case.is_open,
        "finding": finding,
    }
