"""Tables from outside: CSV in whatever encoding Excel or WPS left it, and spreadsheets that may be hostile."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MAX_FIELD = 131_072
MAX_ENTRIES, MAX_UNZIPPED, MAX_RATIO = 1000, 200 * 2**20, 100
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class TabularError(ValueError):
    """The file as a whole cannot be read; the text says why and what to do."""


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be read. `number` counts lines of the file from 1."""

    number: int
    message: str
    cells: tuple[str, ...] = ()


def sniff_encoding(path: Path, *, sample: int = 4 * 2**20) -> str:
    """BOM, then strict UTF-8, then strict GB18030: never a guess that loses a character."""
    with path.open("rb") as file:
        head = file.read(sample)
        whole = not file.read(1)
    for bom, name in BOMS:
        if head.startswith(bom):
            return name
    for name in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(name)("strict").decode(head, final=whole)
        except UnicodeDecodeError:
            continue
        return name
    raise TabularError(_("The file is neither UTF-8 nor GB18030: save it again as CSV UTF-8."))


def read_csv(
    path: Path, *, delimiter: str = ",", encoding: str | None = None, columns: int | None = None, skip: int = 0
) -> Iterator[tuple[int, list[str]] | BadRow]:
    """Stream (line number, cells); a row that cannot be read comes as a `BadRow`, reading goes on.

    `columns` is the number of cells a row must have; `skip` the lines to pass over at the start.
    """
    csv.field_size_limit(MAX_FIELD)
    encoding = encoding or sniff_encoding(path)
    with path.open("rb") as raw:
        decoder = codecs.getincrementaldecoder(encoding)
        for number, line in _lines(raw, decoder, encoding):
            if number <= skip:
                continue
            yield _row(number, line, delimiter, columns)


def _lines(raw, decoder, encoding: str) -> Iterator[tuple[int, str | None]]:
    """Records of the file: physical lines, joined while a quote stands open. None where bytes do not decode."""
    if encoding.startswith("utf-16"):
        text = io.TextIOWrapper(raw, encoding=encoding, newline="")
        yield from ((i, line) for i, line in enumerate(text, start=1))
        return
    pending, start = "", 0
    for number, line in enumerate(raw, start=1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            text = line.decode("utf-8" if encoding == "utf-8-sig" else encoding)
        except UnicodeDecodeError:
            yield number, None
            pending = ""
            continue
        start = start if pending else number
        pending += text
        if pending.count('"') % 2 and len(pending) < MAX_FIELD:
            continue
        yield start, pending
        pending = ""
    if pending:
        yield start, pending


def _row(number: int, line: str | None, delimiter: str, columns: int | None) -> tuple[int, list[str]] | BadRow:
    if line is None:
        return BadRow(number, _("The row holds bytes that are not text in the file's encoding."))
    if "\0" in line:
        return BadRow(number, _("The row holds a NUL character."))
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return BadRow(number, _("The row cannot be read as CSV: %(error)s.") % {"error": error}, (line[:500],))
    if columns and cells and len(cells) != columns:
        text = _("The row has %(found)s cells, %(wanted)s were expected.") % {"found": len(cells), "wanted": columns}
        return BadRow(number, text, tuple(cells))
    return number, cells


def check_archive(path: Path) -> None:
    """Refuse a spreadsheet that unzips out of proportion, before anything opens it."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        raise TabularError(_("The file is not a readable spreadsheet: save it again as xlsx or CSV.")) from error
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > MAX_ENTRIES or size > MAX_UNZIPPED or size / packed > MAX_RATIO:
        raise TabularError(_("The spreadsheet unpacks to far more than it should and was not opened: save it as CSV."))
    if any(
        entry.filename.lower().endswith((".zip", ".xlsx", ".bin")) and "vba" in entry.filename.lower()
        for entry in entries
    ):
        raise TabularError(_("Spreadsheets with macros are not read: save it as xlsx without macros."))


def read_sheet(path: Path) -> Iterator[tuple[int, list]]:
    """Rows of the first sheet of xlsx, xls or ods as (row number, cells); numbers stay numbers."""
    from python_calamine import CalamineError, CalamineWorkbook

    if path.suffix.lower() in (".xlsx", ".ods"):
        check_archive(path)
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, OSError) as error:
        raise TabularError(_("The file is not a readable spreadsheet: save it again as xlsx or CSV.")) from error
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, list(row)


def safe_cell(value: object) -> str:
    """A text that no spreadsheet will run: formula signs at its start get an apostrophe; numbers stay."""
    text = "" if value is None else str(value)
    if text.lstrip(" ").startswith(FORMULA) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text[:1] in "-+" and text[1:].replace(".", "", 1).isdigit()


def write_csv(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """UTF-8 with BOM, so that Excel opens it; streams a chunk a row."""
    yield codecs.BOM_UTF8
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([safe_cell(cell) for cell in row])
        yield line.getvalue().encode()


def write_raw(head: Iterable[str], lines: Iterable[str]) -> Iterator[bytes]:
    """Lines as they were read, UTF-8 with BOM: to be mended and loaded again, so nothing is added to a cell."""
    yield codecs.BOM_UTF8
    for line in head:
        yield f"{line}\r\n".encode()
    for line in lines:
        yield f"{line}\r\n".encode()
