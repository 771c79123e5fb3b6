"""What a list of cases is narrowed to: one set of conditions for list, board, dashboard, export and report."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.cases.codes import OPEN as UNDER_WAY
from complaints.cases.codes import Kind, Level, Source, State
from complaints.cases.models import Case
from complaints.overview.figures import FIGURES
from complaints.overview.limits import DUE, due_in
from complaints.overview.states import SEVERAL
from crm.lib.dates import SHANGHAI
from crm.staff.models import Branch, User
from crm.staff.roles import Scope

NONE = "-"  # a row of the dashboard whose cases have no cause, class …
ANY = "any"
OPEN, ENDED = "open", "ended"
TABS: dict[str, "str | Promise"] = {"mine": _("Mine"), "branch": _("My branches"), "all": _("All")}
CATEGORIES = ("channel", "business", "cause")


@dataclass(frozen=True)
class Criteria:
    """Texts as an address carries them, each checked; empty: not narrowed.

    `exact` names the one of outlet and categories that means itself alone, without what stands below it: the rows
    behind a figure.
    """

    tab: str = "mine"
    state: str = OPEN
    outlet: str = ""
    level: str = ""
    kind: str = ""
    channel: str = ""
    business: str = ""
    cause: str = ""
    source: str = ""
    product: str = ""
    tier: str = ""
    due: str = ""
    figure: str = ""
    first: str = ""
    last: str = ""
    exact: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], user: User) -> "Criteria":
        """What `query` asks for and `user` may ask; anything unknown counts as not said."""
        found = {name: check(query.get(name, "")) for name, check in CHECKS.items()}
        tab = query.get("tab", "")
        return cls(
            tab=tab if tab in tabs_of(user) or tab in known_tabs(user) else default_tab(user),
            state=found.pop("state") or OPEN,
            **found,
        )

    def but(self, **changes: str) -> "Criteria":
        return replace(self, **changes)

    def address(self, **changes: str) -> str:
        """The query string of these conditions, `changes` made; nothing personal is ever in it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)} | changes
        return urlencode({key: value for key, value in values.items() if value})

    def rows(self, user: User) -> QuerySet[Case]:
        """The cases that `user` may see and that fit."""
        rows = in_tab(Case.objects.visible_to(user), self.tab, user)
        rows = rows.filter(self._state(), self._place(), self._plain(), *(self._category(name) for name in CATEGORIES))
        if self.figure:
            rows = rows.filter(FIGURES[self.figure].what)
        return self._received(rows)

    def due_rows(self, user: User, now: datetime) -> QuerySet[Case]:
        """`rows`, and of them those whose nearest limit lies where `due` says."""
        rows = self.rows(user)
        return rows.filter(due_in(self.due, now)) if self.due else rows

    def _state(self) -> Q:
        if self.state in SEVERAL:
            return Q(state__in=SEVERAL[self.state])
        if self.state == OPEN:
            return Q(state__in=UNDER_WAY)
        if self.state == ENDED:
            return ~Q(state__in=UNDER_WAY)
        return Q() if self.state == ANY else Q(state=self.state)

    def _place(self) -> Q:
        if not self.outlet:
            return Q()
        if self.exact == "outlet":
            return Q(respondent=int(self.outlet))
        path = Branch.objects.filter(pk=int(self.outlet)).values_list("path", flat=True).first()
        return Q(respondent__path__startswith=path) if path else Q(pk=None)

    def _category(self, name: str) -> Q:
        value = getattr(self, name)
        if not value:
            return Q()
        if value == NONE:
            return Q(**{f"{name}__isnull": True})
        own = Q(**{name: int(value)})
        return own if self.exact == name else own | Q(**{f"{name}__parent": int(value)})

    def _plain(self) -> Q:
        found = Q()
        for name, column in PLAIN.items():
            value = getattr(self, name)
            if value:
                found &= Q(**{column: "" if value == NONE else value})
        return found

    def _received(self, rows: QuerySet[Case]) -> QuerySet[Case]:
        if self.first:
            rows = rows.filter(received_at__gte=start_of(date.fromisoformat(self.first)))
        if self.last:
            rows = rows.filter(received_at__lt=start_of(date.fromisoformat(self.last) + timedelta(days=1)))
        return rows


PLAIN = {"level": "level", "kind": "kind", "source": "source", "product": "product", "tier": "class_code"}


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(0), SHANGHAI)


def _of(*known: str):
    return lambda text: text if text in known else ""


def _key(text: str) -> str:
    sound = text == NONE or (text.isascii() and text.isdigit() and len(text) < 10)
    return text if sound else ""


def _number(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 10 else ""


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return ""
    return found.isoformat() if 1990 <= found.year <= 2200 else ""


def _text(limit: int):
    return lambda text: text[:limit].replace("\0", "")


CHECKS = {
    "state": _of(OPEN, ENDED, ANY, *SEVERAL, *State.values),
    "outlet": _number,
    "level": _of(*Level.values),
    "kind": _of(*Kind.values),
    "channel": _key,
    "business": _key,
    "cause": _key,
    "source": _of(*Source.values),
    "product": _text(80),
    "tier": _text(20),
    "due": _of(*DUE),
    "figure": _of(*FIGURES),
    "first": _day,
    "last": _day,
    "exact": _of("outlet", *CATEGORIES),
}


def known_tabs(user: User) -> set[str]:
    """Tabs that an address may name."""
    return set(TABS) if user.has_perm("complaints.view_branch_cases") else {"mine"}


def tabs_of(user: User) -> dict[str, "str | Promise"]:
    """Tabs that are shown: who sees the whole bank has no need of “my branches”."""
    names = known_tabs(user) - ({"branch"} if user.scope == Scope.ALL else set())
    return {name: label for name, label in TABS.items() if name in names}


def default_tab(user: User) -> str:
    """What somebody looks at first: the office and head office everything, leaders their branches, others their own."""
    if not user.has_perm("complaints.view_branch_cases"):
        return "mine"
    return "all" if user.scope == Scope.ALL else "branch"


def in_tab(rows: QuerySet[Case], tab: str, user: User) -> QuerySet[Case]:
    if tab == "mine":
        return rows.mine(user)
    if tab == "branch" and user.scope != Scope.ALL:
        return rows.filter(respondent__in=Branch.objects.in_scope_of(user).values("pk"))
    return rows
