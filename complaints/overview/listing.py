"""Rows of cases as list and board show them: the nearest limit first, complainants masked."""

from datetime import UTC, datetime

from django.db.models import DateTimeField, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from complaints.cases.codes import Part
from complaints.cases.models import Case, Party
from complaints.clocks.nearest import nearest_line
from complaints.overview.criteria import Criteria
from complaints.overview.limits import COLUMNS, TONES
from complaints.overview.states import GROUPS
from crm.lib.keyset import Page, capped_count, page
from crm.privacy.masks import mask_name

SIZE = 50
CARDS = 12
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
ORDER = [("near", "asc"), ("received_at", "desc"), ("pk", "desc")]
# What a row shows; nothing encrypted is read.
SHOWN = (
    "number", "kind", "state", "version", "level", "received_at", "nearest_at", "paused_at", "is_repeat", "escalated_at",
    "is_anonymous", "round", "respondent__name", "cause__name", "cause__name_en", "customer__name",
    "investigator__name",
)  # fmt: skip


def in_order(rows: QuerySet[Case]) -> QuerySet:
    """The nearest limit first, those without one last, the newest before."""
    near = Coalesce("nearest_at", Value(NEVER, output_field=DateTimeField()))
    joined = rows.select_related("respondent", "cause", "customer", "investigator").only(*SHOWN)
    return joined.annotate(near=near)


def page_of(criteria: Criteria, user, now: datetime, *, after: str | None = None, before: str | None = None) -> Page:
    found = page(in_order(criteria.due_rows(user, now)), order=ORDER, size=SIZE, after=after, before=before)
    dress(found.rows, now)
    return found


def dress(cases: list[Case], now: datetime) -> list[Case]:
    """Set `line` (the nearest limit in words) and `complainant` (masked) on each, in one query."""
    names = _complainants(cases)
    for case in cases:
        case.line = nearest_line(case, now)
        case.complainant = _("Anonymous") if case.is_anonymous else names.get(case.pk, "–")
    return cases


def _complainants(cases: list[Case]) -> dict[int, str]:
    """The first complainant of each, masked."""
    found: dict[int, str] = {}
    rows = Party.objects.filter(case__in=[case.pk for case in cases], part=Part.COMPLAINANT).order_by("pk")
    for pk, own, archived in rows.values_list("case", "name", "customer__name"):
        found.setdefault(pk, mask_name(own or archived or "") or "–")
    for case in cases:
        if case.pk not in found and case.customer is not None:
            found[case.pk] = mask_name(case.customer.name) or "–"
    return found


def board_of(criteria: Criteria, user, now: datetime, *, by: str) -> list[dict]:
    """Columns with their count, first cases and the conditions of all of them."""
    if by == "due":
        asked = {key: (label, TONES[key], criteria.but(due=key, state="open")) for key, label in COLUMNS.items()}
    else:
        asked = {key: (one.label, "info", criteria.but(due="", state=one.address)) for key, one in GROUPS.items()}
    columns = []
    for key, (label, tone, narrowed) in asked.items():
        rows = narrowed.due_rows(user, now)
        cases = list(in_order(rows).order_by("near", "-received_at", "-pk")[:CARDS])
        columns.append(
            {
                "key": key, "label": label, "tone": tone, "count": capped_count(rows), "cases": dress(cases, now),
                "address": narrowed.address(),
            }
        )  # fmt: skip
    return columns
