"""The regulator's report of a quarter and the public analysis of a year, each beside the year before (DOMAIN.md 1.7)."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archives.customers.models import Customer
from complaints.cases.codes import Kind, Level
from complaints.overview.counting import LEAST, Line, count
from complaints.overview.criteria import ANY, Criteria, default_tab, start_of
from complaints.overview.models import Improvement
from complaints.overview.numbers_page import label_of, text_of
from complaints.overview.periods import Span
from complaints.overview.scrubbing import scrub
from crm.staff.models import Branch, User

SHARES = ("channel", "business", "cause", "outlet", "source")
TITLES: dict[str, "str | Promise"] = {
    "channel": gettext_lazy("By channel of the business"),
    "business": gettext_lazy("By business category"),
    "cause": gettext_lazy("By cause"),
    "outlet": gettext_lazy("By outlet"),
    "source": gettext_lazy("By how they came"),
}
SUMMED = ("received", "closed", "closing_rate", "on_time", "untimely", "on_time_rate", "hours", "reopened", "repeated", "unsatisfied_rate", "redress", "personal_share")  # fmt: skip
OUTLETS = (Branch.Kind.OUTLET, Branch.Kind.DIRECT_OUTLET)


@dataclass(frozen=True)
class Shared:
    """One value of a dimension: how many, of all, and the year before."""

    label: str
    now: int
    share: float | None
    before: int

    @property
    def change(self) -> float | None:
        return 100 * (self.now - self.before) / self.before if self.before >= LEAST else None


def report_of(span: Span, user: User) -> dict:
    """Everything that page and paper show, of the reader's branches."""
    now, before = _year(span, user), _year(span.year_before, user)
    total, base = now["outlet"][0], before["outlet"][0]
    return {
        "span": span,
        "base": span.year_before,
        "is_year": len(span.label) == 4,
        "branch": user.branch if default_tab(user) == "branch" else Branch.objects.filter(parent=None).first(),
        "sums": [(label_of(name), text_of(total, name), text_of(base, name)) for name in SUMMED],
        "major": [(_("Major complaints"), _major(span, user), _major(span.year_before, user))],
        "normal": normalised(total, base, user),
        "shares": [(TITLES[name], _shares(now[name], before[name])) for name in SHARES],
        "tasks": _tasks(span, user),
        "least": LEAST,
    }


def _criteria(span: Span, user: User, **more) -> Criteria:
    return Criteria(
        tab=default_tab(user), state=ANY, kind=Kind.COMPLAINT, first=str(span.first), last=str(span.last), **more
    )  # fmt: skip


def _year(span: Span, user: User) -> dict[str, tuple[Line, list[Line]]]:
    return {name: count(_criteria(span, user), user, name) for name in SHARES}


def _major(span: Span, user: User) -> int:
    return _criteria(span, user, level=Level.MAJOR).rows(user).count()


def _shares(now: tuple[Line, list[Line]], before: tuple[Line, list[Line]]) -> list[Shared]:
    last = {line.key: line for line in before[1]}
    found = [Shared(one.label, one.counts["received"], one.share(now[0]), _received(last.pop(one.key, None))) for one in now[1]]  # fmt: skip
    return found + [Shared(one.label, 0, 0.0 if found else None, _received(one)) for one in last.values()]


def _received(line: Line | None) -> int:
    return line.counts["received"] if line else 0


def normalised(total: Line, base: Line, user: User) -> list[tuple[str, str, str]]:
    """Complaints for so many outlets and personal customers, of today's outlets and customers."""
    branches = Branch.objects.in_scope_of(user).active()
    outlets = branches.filter(kind__in=OUTLETS).count()
    people = Customer.objects.filter(branch__in=branches.values("pk"), kind="P").count()
    received, last = total.counts["received"], base.counts["received"]
    rows = [
        (_("For each thousand outlets"), 1000, outlets),
        (_("For each hundred outlets"), 100, outlets),
        (_("For each million personal customers"), 1_000_000, people),
    ]
    return [(label, _per(received, scale, whole), _per(last, scale, whole)) for label, scale, whole in rows]


def _per(count: int, scale: int, whole: int) -> str:
    return f"{count * scale / whole:.1f}" if whole else "–"


def _tasks(span: Span, user: User) -> list[tuple[Improvement, str]]:
    """Measures: the improvement tasks opened in the period. What people typed goes out without numbers."""
    opened = Improvement.objects.in_scope_of(user).opened_in(
        start_of(span.first), start_of(span.last + timedelta(days=1))
    )
    return [(one, scrub(one.text)) for one in opened.for_page()]
