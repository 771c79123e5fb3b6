"""The tree of categories as selects show it, and the bank's official codes loaded from a file."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from complaints.cases.codes import Face
from complaints.cases.models import Category
from crm.lib.blanks import clean_text
from crm.lib.tabular import BadRow, read_csv

# Heads of columns, to the name used here; the first of each is the documented one.
HEADS = {
    "face": ("face", "面"),
    "key": ("key", "键"),
    "name": ("name", "名称", "类别名称"),
    "code": ("code", "代码", "编码"),
}
CODE = Category._meta.get_field("code").max_length or 20
INDENT = "\u2003"


def choices_of(face: str, *, keep: Iterable[int | None] = ()) -> list[tuple[str, str]]:
    """Active entries of a face in the order of the tree, indented; `keep` are ids shown though switched off."""
    rows = list(Category.objects.filter(face=face))
    children: dict[int | None, list[Category]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    kept = set(keep)

    def walk(parent: int | None, depth: int):
        for row in children.get(parent, []):
            if row.is_active or row.pk in kept:
                yield str(row.pk), f"{INDENT * depth}{row}"
            yield from walk(row.pk, depth + 1)

    return [("", _("not classified yet")), *walk(None, 0)]


@dataclass
class CodeReport:
    """What loading the standard's codes did, or would do. With `faults` nothing was changed."""

    changed: list[tuple[Category, str, str]] = field(default_factory=list)  # entry, old code, new code
    same: int = 0
    faults: list[str] = field(default_factory=list)
    without: list[Category] = field(default_factory=list)  # active entries that have no code afterwards


def load_codes(*, path: Path, now: datetime, apply: bool = True) -> CodeReport:
    """Compare the file with the table by face and key (or the name), and write the codes unless a row is at fault."""
    report = CodeReport()
    rows = list(_rows(path, report))
    with transaction.atomic():
        known = list(Category.objects.select_for_update())
        wanted = _wanted(rows, known, report)
        codes = {row.pk: wanted.get(row.pk, (0, row.code))[1] for row in known}
        _refuse_twins(known, codes, wanted, report)
        for row in known:
            if row.pk in wanted and row.code == codes[row.pk]:
                report.same += 1
            elif row.pk in wanted:
                report.changed.append((row, row.code, codes[row.pk]))
        report.without = [row for row in known if row.is_active and not codes[row.pk]]
        if apply and not report.faults:
            _write(report, path, now)
    return report


def _write(report: CodeReport, path: Path, now: datetime) -> None:
    for row, _old, new in report.changed:
        row.code = new
    changed = [row for row, _old, _new in report.changed]
    bulk_update_with_history(
        changed, Category, ["code"], default_change_reason=f"codes of {path.name}"[:100], default_date=now
    )


def _rows(path: Path, report: CodeReport):
    """(row number, values by our names) of the file."""
    heads: list[str] | None = None
    for found in read_csv(path):
        if isinstance(found, BadRow):
            report.faults.append(_fault(found.number, found.message))
            continue
        number, cells = found
        if heads is None:
            heads = [_head(cell) for cell in cells]
            if "code" not in heads or not {"key", "name"} & set(heads):
                report.faults.append(_fault(number, _("The columns face, key (or name) and code are needed.")))
                return
        elif any(cell.strip() for cell in cells):
            yield number, dict(zip(heads, (cell.strip() for cell in cells), strict=False))


def _head(cell: str) -> str:
    text = cell.strip().lower()
    return next((name for name, words in HEADS.items() if text in words), text)


def _wanted(rows, known: list[Category], report: CodeReport) -> dict[int, tuple[int, str]]:
    """Category id to (row number, code)."""
    wanted: dict[int, tuple[int, str]] = {}
    for number, values in rows:
        found = [row for row in known if _means(values, row)]
        problem = _problem(values, found, wanted)
        if problem:
            report.faults.append(_fault(number, problem))
        else:
            wanted[found[0].pk] = (number, clean_text(values["code"], CODE))
    return wanted


def _means(values: dict[str, str], row: Category) -> bool:
    if values.get("face") and values["face"].upper() != row.face:
        return False
    return values["key"] == row.key if values.get("key") else values.get("name") in (row.name, row.name_en)


def _problem(values: dict[str, str], found: list[Category], wanted: dict) -> str:
    named = values.get("key") or values.get("name") or "–"
    if values.get("face") and values["face"].upper() not in Face.values:
        return _("There is no face %(face)s: it is A, B or C.") % {"face": values["face"]}
    if not found:
        return _("There is no category %(name)s.") % {"name": named}
    if len(found) > 1:
        return _("%(name)s means several categories: name the face and the key.") % {"name": named}
    if found[0].pk in wanted:
        return _("%(name)s stands in the file twice.") % {"name": named}
    if len(values.get("code", "")) > CODE:
        return _("This takes at most %(n)s characters: shorten it.") % {"n": CODE}
    return "" if values.get("code") else _("%(name)s has no code.") % {"name": named}


def _refuse_twins(known: list[Category], codes: dict, wanted: dict, report: CodeReport) -> None:
    seen: dict[tuple[str, str], Category] = {}
    for row in known:
        twin = seen.setdefault((row.face, codes[row.pk]), row) if codes[row.pk] else row
        if twin is not row:
            number = wanted.get(row.pk, wanted.get(twin.pk, (0, "")))[0]
            report.faults.append(
                _fault(number, _("The code %(code)s would mean two categories.") % {"code": codes[row.pk]})
            )


def _fault(number: int, reason: str) -> str:
    return _("row %(row)s: %(reason)s") % {"row": number, "reason": reason}
