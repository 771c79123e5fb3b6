"""The figures of an analysis: sums over its rows, by class, outlet or manager, beside the same period last year.

Each figure names the filter that gives exactly its rows: `rows_of` takes the same words.
"""

from dataclasses import dataclass, field

from django.db.models import Aggregate, Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When

from archives.classification.labels import LABELS, LADDERS
from archives.reviews.models import Analysis, AnalysisRow

RANKS = {code: rank for ladder in LADDERS.values() for rank, code in enumerate(ladder)}


def _rank(name: str) -> Case:
    whens = [When(**{name: code}, then=Value(rank)) for code, rank in RANKS.items()]
    return Case(*whens, default=Value(-1), output_field=IntegerField())


# What a figure counts, by the word that its link carries.
FIGURES: dict[str, Q] = {
    "all": Q(),
    "new": Q(is_new=True),
    "start": Q(had_start=True),
    "retained": Q(is_retained=True),
    "lost": Q(had_start=True, is_retained=False),
    "gaps": Q(gaps__gt=0),
    "key": Q(key_months__gt=0),
    "followed": Q(key_done__gt=0),
    "up": Q(end_rank__gt=F("start_rank"), start_rank__gte=0),
    "down": Q(end_rank__lt=F("start_rank"), end_rank__gte=0),
    "came": ~Q(start_code=F("end_code")) & ~Q(end_code=""),
    "went": ~Q(start_code=F("end_code")) & ~Q(start_code=""),
}
BY_START = {"start", "retained", "lost", "went"}  # of these the class at the beginning counts


def rows_of(analysis: Analysis, *, is_base: bool = False) -> QuerySet:
    rows = AnalysisRow.objects.filter(analysis=analysis, is_base=is_base)
    return rows.annotate(start_rank=_rank("start_code"), end_rank=_rank("end_code"))


def rows_behind(
    analysis: Analysis, *, figure: str, is_base: bool, kind: str = "", code: str | None = None,
    branch: int | None = None, manager: int | None = None, unmanaged: bool = False,
) -> QuerySet:  # fmt: skip
    """Exactly the rows that a figure counted. `code` "" means without a class."""
    rows = rows_of(analysis, is_base=is_base).filter(FIGURES[figure])
    if kind:
        rows = rows.filter(kind=kind)
    if code is not None:
        rows = rows.filter(start_code=code) if figure in BY_START else rows.filter(end_code=code)
    if branch is not None:
        rows = rows.filter(branch=branch)
    if manager is not None:
        rows = rows.filter(manager=manager)
    return rows.filter(manager=None) if unmanaged else rows


@dataclass
class Line:
    """One class, outlet or manager; `base` is the same line of last year."""

    label: str
    link: str
    counts: dict[str, int] = field(default_factory=dict)
    balance_cents: int = 0
    average_cents: int = 0
    base: "Line | None" = None

    @property
    def retention(self) -> float | None:
        """Customers with deposits at the start who still have some, in percent."""
        start = self.counts.get("start", 0)
        return round(self.counts.get("retained", 0) * 100 / start, 1) if start else None

    @property
    def follow_through(self) -> float | None:
        months = self.counts.get("key_months", 0)
        return round(self.counts.get("key_done", 0) * 100 / months, 1) if months else None

    @property
    def change(self) -> float | None:
        """Deposits against last year, in percent."""
        if self.base is None or not self.base.balance_cents:
            return None
        return round((self.balance_cents - self.base.balance_cents) * 100 / self.base.balance_cents, 1)


ENDS = ["all", "new", "gaps", "key", "followed", "up", "down", "came"]
STARTS = ["start", "retained", "lost", "went"]


def _sums(rows: QuerySet, group: list[str], names: list[str], *, money: bool) -> dict[tuple, dict]:
    asked: dict[str, Aggregate] = {
        name: Count("pk", filter=FIGURES[name]) if name != "all" else Count("pk") for name in names
    }
    if money:
        asked |= {
            "balance": Sum("balance_cents", default=0),
            "average": Sum("average_cents", default=0),
            "months": Sum("key_months", default=0),
            "done": Sum("key_done", default=0),
        }
    found = rows.order_by().values(*group).annotate(**asked)
    return {tuple(row[name] for name in group): row for row in found}


def _fill(line: Line, row: dict, names: list[str]) -> None:
    line.counts |= {name: row[name] for name in names}
    if "balance" in row:
        line.balance_cents, line.average_cents = row["balance"], row["average"]
        line.counts |= {"key_months": row["months"], "key_done": row["done"]}


def by_class(analysis: Analysis, *, is_base: bool = False) -> dict[str, list[Line]]:
    """Lines by kind ("P", "C"): each class from the lowest, then those without one."""
    rows = rows_of(analysis, is_base=is_base)
    ends = _sums(rows, ["kind", "end_code"], ENDS, money=True)
    starts = _sums(rows, ["kind", "start_code"], STARTS, money=False)
    found: dict[str, list[Line]] = {}
    for kind, ladder in LADDERS.items():
        codes = [
            *ladder,
            *sorted({code for k, code in [*ends, *starts] if k == kind and code not in ladder and code}),
            "",
        ]
        for code in codes:
            line = Line(str(LABELS.get(code, code)), f"kind={kind}&code={code or '-'}")
            _fill(line, ends.get((kind, code), dict.fromkeys([*ENDS, "balance", "average", "months", "done"], 0)), ENDS)
            _fill(line, starts.get((kind, code), dict.fromkeys(STARTS, 0)), STARTS)
            found.setdefault(kind, []).append(line)
    return found


def total(analysis: Analysis, *, is_base: bool = False) -> Line:
    line = Line("", "")
    names = [*ENDS, *STARTS]
    empty = dict.fromkeys([*names, "balance", "average", "months", "done"], 0)
    asked = {name: Count("pk", filter=FIGURES[name]) if name != "all" else Count("pk") for name in names}
    row = rows_of(analysis, is_base=is_base).aggregate(
        balance=Sum("balance_cents", default=0), average=Sum("average_cents", default=0),
        months=Sum("key_months", default=0), done=Sum("key_done", default=0), **asked,
    )  # fmt: skip
    _fill(line, empty | row, names)
    return line


def by_branch(analysis: Analysis, *, is_base: bool = False) -> list[Line]:
    return _by(analysis, is_base, ["branch", "branch__name", "branch__path"], "branch", sort=2)


def by_manager(analysis: Analysis, *, is_base: bool = False) -> list[Line]:
    return _by(analysis, is_base, ["manager", "manager__name", "manager__employee_number"], "manager", sort=2)


def _by(analysis: Analysis, is_base: bool, group: list[str], word: str, *, sort: int) -> list[Line]:
    names = [*ENDS, *STARTS]
    sums = _sums(rows_of(analysis, is_base=is_base), group, names, money=True)
    lines = []
    for key in sorted(sums, key=lambda key: (key[sort] is None, key[sort] or "")):
        line = Line(key[1] or "", f"{word}={key[0] or '-'}")
        _fill(line, sums[key], names)
        lines.append(line)
    return lines


def with_base(lines: list[Line], earlier: list[Line]) -> list[Line]:
    """Each line with the same line of last year."""
    known = {line.link: line for line in earlier}
    for line in lines:
        line.base = known.get(line.link)
    return lines
