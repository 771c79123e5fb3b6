"""Who moves from class to class in a run: the figures of a page and the rows behind each of them.

Figures and rows come from one queryset (`moves`), so that a figure and the list that it opens cannot differ.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Case, Count, F, QuerySet, Sum, When
from django.utils.translation import gettext as _

from archives.classification.labels import label_of, short_label_of
from archives.classification.models import Proposal, Run, Unit, Verdict
from archives.classification.sankey import Node, Ribbon, draw
from archives.customers.codes import Kind
from archives.customers.models import Customer
from crm.staff.models import Branch
from crm.staff.roles import Scope

NONE = "none"  # in an address: no class
FINAL = Case(When(override_code="", then=F("new_code")), default=F("override_code"))


def moves(*, run: Run, user=None, branch: Branch | None = None, unit: Unit | None = None) -> QuerySet:
    """A run's proposals in `user`'s scope (None: everybody's), of a unit or at `branch` and below it; hidden archives
    are left out.

    `final` is the class that a confirmation would give: the override, or what the rule proposes.
    """
    rows = Proposal.objects.filter(run=run).exclude(customer__in=Customer.everyone.exclude(life="active").values("pk"))
    if user is not None and user.scope != Scope.ALL:
        rows = rows.filter(branch__in=Branch.objects.in_scope_of(user).values("pk"))
    if branch is not None:
        rows = rows.filter(branch__in=Branch.objects.subtree_of(branch).values("pk"))
    if unit is not None:
        rows = rows.filter(branch__in=unit.branches)
    return rows.annotate(final=FINAL)


def narrow(rows: QuerySet, *, old="", new="", verdict="", kind="") -> QuerySet:
    """The rows behind one figure; '' asks for everything, 'none' for those without a class."""
    if kind:
        rows = rows.filter(kind=kind)
    if old:
        rows = rows.filter(old_code="" if old == NONE else old)
    if new:
        rows = rows.filter(final="" if new == NONE else new)
    if verdict == MOVED:
        return rows.exclude(final=F("old_code"))
    if verdict == OVERRIDDEN:
        return rows.exclude(override_code="")
    return rows.filter(verdict=verdict) if verdict else rows


MOVED, OVERRIDDEN = "moved", "overridden"  # in an address: whose class changes; whom people put elsewhere


def count_moves(rows: QuerySet) -> list[dict]:
    """The figures of `rows`, fit to be frozen: customers and sums by kind, old class, final class and verdict."""
    counted = (
        rows.order_by()
        .values("kind", "old_code", "final", "verdict")
        .annotate(
            n=Count("pk"),
            overridden=Count(Case(When(override_code="", then=None), default=F("pk"))),
            average=Sum("average_cents"),
            closing=Sum("closing_cents"),
            month=Sum("month_cents"),
        )
        .order_by("kind", "old_code", "final", "verdict")
    )
    whole = ("average", "closing", "month")
    return [row | {key: int(row[key]) for key in whole} for row in counted]


@dataclass(frozen=True)
class Cell:
    n: int
    css: str
    query: str


@dataclass
class Line:
    code: str
    label: str
    cells: list[Cell]
    total: Cell


@dataclass
class Matrix:
    """Old classes down, new classes across; the lowest first."""

    kind: str
    label: str
    columns: list[str]
    lines: list[Line] = field(default_factory=list)
    foot: list[Cell] = field(default_factory=list)
    total: Cell | None = None
    ups: int = 0
    downs: int = 0
    sankey: "Drawn | None" = None

    @property
    def moved(self) -> int:
        return self.ups + self.downs


def class_name(code: str) -> str:
    return label_of(code) if code else _("No class")


def short_name(code: str) -> str:
    return short_label_of(code) if code else _("No class")


def matrices(counts: Sequence[dict], levels: Iterable[tuple[str, str, int]], **query) -> list[Matrix]:
    """A matrix for each kind that has customers. `levels` are (kind, code, rank); `query` goes into every link."""
    ranks = {(kind, code): rank for kind, code, rank in levels}
    found = [_matrix(kind, [row for row in counts if row["kind"] == kind], ranks, query) for kind in Kind.values]
    return [matrix for matrix in found if matrix.lines]


def _matrix(kind: str, counts: list[dict], ranks: dict, query: dict) -> Matrix:
    known = [code for (k, code), _rank in sorted(ranks.items(), key=lambda pair: pair[1]) if k == kind]
    olds = _axis(known, {row["old_code"] for row in counts})
    news = _axis(known, {row["final"] for row in counts})
    table: dict[tuple[str, str], int] = {}
    for row in counts:
        key = (row["old_code"], row["final"])
        table[key] = table.get(key, 0) + row["n"]
    place = {code: n for n, code in enumerate(known)}

    def cell(old: str | None, new: str | None, css: str = "") -> Cell:
        n = sum(v for (o, w), v in table.items() if old in (None, o) and new in (None, w))
        asked = query | {"kind": kind}
        asked |= {} if old is None else {"old": old or NONE}
        asked |= {} if new is None else {"new": new or NONE}
        return Cell(n, css if n else "zero", urlencode(asked))

    matrix = Matrix(kind, str(Kind(kind).label), [short_name(code) for code in news])
    if not counts:
        return matrix
    for old in olds:
        cells = [cell(old, new, direction(old, new, place)) for new in news]
        matrix.lines.append(Line(old, class_name(old), cells, cell(old, None, "sum")))
    matrix.foot, matrix.total = [cell(None, new) for new in news], cell(None, None, "sum")
    ways = {key: direction(*key, place) for key in table}
    matrix.ups = sum(n for key, n in table.items() if ways[key] == "rise")
    matrix.downs = sum(n for key, n in table.items() if ways[key] == "fall")
    flows = {key: (n, ways[key]) for key, n in table.items()}
    matrix.sankey = _sankey(flows, olds, news, query | {"kind": kind})
    return matrix


def _axis(known: list[str], used: set[str]) -> list[str]:
    """Classes in their order; those of an older table after them, nobody's class first."""
    return ([""] if "" in used else []) + known + sorted(used - set(known) - {""})


def direction(old: str, new: str, place: dict[str, int]) -> str:
    """What a cell says beside its number: same, rise or fall; nothing where one side has no class or an old table's."""
    if old == new:
        return "same"
    if old not in place or new not in place:
        return ""
    return "rise" if place[new] > place[old] else "fall"


@dataclass(frozen=True)
class Drawn:
    """A Sankey with its words and links."""

    height: int
    nodes: list[tuple[Node, str]]
    ribbons: list[tuple[Ribbon, str, str]]


def _sankey(flows: dict, olds: list[str], news: list[str], asked: dict) -> Drawn | None:
    """Only those who move."""
    moving = {key: pair for key, pair in flows.items() if pair[1] != "same"}
    sankey = draw(moving, olds, news)
    if sankey is None:
        return None
    ribbons = [
        (
            ribbon,
            f"{class_name(ribbon.old)} → {class_name(ribbon.new)}: {ribbon.n:,}",
            urlencode(asked | {"old": ribbon.old or NONE, "new": ribbon.new or NONE}),
        )
        for ribbon in sankey.ribbons
    ]
    return Drawn(sankey.height, [(node, short_name(node.code)) for node in sankey.nodes], ribbons)


@dataclass(frozen=True)
class VerdictCount:
    key: str
    label: str
    n: int


def verdict_counts(counts: Sequence[dict]) -> list[VerdictCount]:
    """One figure a verdict, then those that were overridden."""
    found = [
        VerdictCount(key, str(label), sum(row["n"] for row in counts if row["verdict"] == key))
        for key, label in Verdict.choices
    ]
    overridden = sum(row["overridden"] for row in counts)
    return [*found, VerdictCount(OVERRIDDEN, _("Decided otherwise"), overridden)]


def deviation(closing: int, month: int) -> float | None:
    """How far the last day stands from the last month's daily average, in percent; None without an average."""
    return round((closing - month) * 100 / month, 2) if month > 0 else None


def total_deviation(counts: Sequence[dict]) -> float | None:
    return deviation(sum(row["closing"] for row in counts), sum(row["month"] for row in counts))


def levels_of(run: Run) -> list[tuple[str, str, int]]:
    return list(run.scheme.levels.values_list("kind", "code", "rank")) if run.scheme else []
