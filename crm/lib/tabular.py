"""Tables from outside: CSV in whatever encoding Excel or WPS left it, and spreadsheets that may be hostile."""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MAX_FIELD = MAX_LINE = 131_072
MAX_BREAKS = 100  # line breaks in one cell
MAX_ENTRIES, MAX_UNZIPPED, MAX_RATIO, MAX_CELLS = 1000, 200 * 2**20, 100, 5_000_000
NESTED = (".zip", ".xlsx", ".xlsm", ".xlsb", ".ods", ".docx", ".gz", ".7z", ".rar", ".jar")
PLACE = re.compile(rb"""(?<![:\w])r\s*=\s*["']([A-Za-z]*)([0-9]*)(&|["'])""")  # <c r="XFD1048576">
QUOTED_REST = re.compile(r'[^"]*(?:""[^"]*)*"(?!")')
NUMBER = re.compile(r"[+-][0-9][0-9,]*(\.[0-9]+)?")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


Line = tuple[int, str, str]  # number, text, problem


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
    with path.open("rb") as raw:
        for number, text, problem in _records(_lines(raw, encoding or sniff_encoding(path)), delimiter):
            if number > skip:
                yield BadRow(number, problem, (text,)) if problem else _row(number, text, delimiter, columns)


def _lines(raw: BinaryIO, encoding: str) -> Iterator[Line]:
    """Physical lines as (number, text, problem), none longer in memory than MAX_LINE."""
    if encoding.startswith("utf-16"):
        yield from _utf16_lines(raw, encoding)
        return
    codec = "utf-8" if encoding == "utf-8-sig" else encoding
    number = 0
    while line := raw.readline(MAX_LINE):
        number += 1
        cut = len(line) == MAX_LINE and not line.endswith(b"\n")
        while cut and (rest := raw.readline(MAX_LINE)) and not rest.endswith(b"\n"):
            pass
        line = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        if cut:
            yield (
                number,
                _shown(line[:1000], codec),
                _("The line is longer than 128 KB: check the delimiter and quotes."),
            )
            continue
        try:
            yield number, line.decode(codec), ""
        except UnicodeDecodeError:
            yield number, _shown(line, codec), _("The row holds bytes that are not text in the file's encoding.")


def _utf16_lines(raw: BinaryIO, encoding: str) -> Iterator[Line]:
    text, number = io.TextIOWrapper(raw, encoding=encoding, newline=""), 0
    try:
        while line := text.readline(MAX_LINE):
            number += 1
            yield number, line, ""
    except UnicodeError:
        yield number + 1, "", _("From this line on the file is not text in its encoding: save it again as CSV UTF-8.")
    finally:
        text.detach()


def _shown(line: bytes, codec: str) -> str:
    """A line that does not decode, with nothing lost: bad bytes as \\x81."""
    return line.decode(codec, "backslashreplace").rstrip("\r\n")


def _records(lines: Iterator[Line], delimiter: str) -> Iterator[Line]:
    """Lines joined while a quoted cell stands open; a quote that never closes spoils its own line only."""
    waiting: deque[Line] = deque()
    while line := (waiting.popleft() if waiting else next(lines, None)):
        number, text, problem = line
        held: list[Line] = []
        stands_open = not problem and _stands_open(text, delimiter)
        while stands_open and len(held) < MAX_BREAKS and len(text) < MAX_FIELD:
            more = waiting.popleft() if waiting else next(lines, None)
            if more is None:
                break
            held.append(more)
            if more[2]:
                break
            text += more[1]
            stands_open = _stands_open(more[1], delimiter, inside=True)
        if stands_open:
            waiting.extendleft(reversed(held))
            yield number, line[1].rstrip("\r\n"), _("A quote is opened and not closed: double it or take it out.")
        else:
            yield number, text, problem


def _stands_open(text: str, delimiter: str, *, inside: bool = False) -> bool:
    """Whether a quoted cell is open at the end of `text`; `inside`: one was open at its beginning."""
    if '"' not in text:
        return inside
    at = 0
    while True:
        if inside or text.startswith('"', at):
            closed = QUOTED_REST.match(text, at if inside else at + 1)
            if not closed:
                return True
            at, inside = closed.end(), False
        at = text.find(delimiter, at) + 1
        if not at:
            return False


def _row(number: int, line: str, delimiter: str, columns: int | None) -> tuple[int, list[str]] | BadRow:
    plain = line.rstrip("\r\n")
    if "\0" in line:
        return BadRow(number, _("The row holds a NUL character."), (plain.replace("\0", "\\x00"),))
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return BadRow(number, _("The row cannot be read as CSV: %(error)s.") % {"error": error}, (plain,))
    if columns and cells and len(cells) != columns:
        text = _("The row has %(found)s cells, %(wanted)s were expected.") % {"found": len(cells), "wanted": columns}
        return BadRow(number, text, tuple(cells))
    return number, cells


def check_archive(path: Path) -> None:
    """Refuse a spreadsheet that unzips out of proportion, nests archives or carries macros, before anything opens it.

    What the archive says of its sizes is not trusted: every entry is unpacked once and counted.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            packed = sum(entry.compress_size for entry in entries) or 1
            if len(entries) > MAX_ENTRIES or size > MAX_UNZIPPED or size / packed > MAX_RATIO:
                raise TabularError(
                    _("The spreadsheet unpacks to far more than it should and was not opened: save it as CSV.")
                )
            _check_names([entry.filename.lower() for entry in entries])
            for entry in entries:
                _check_size(archive, entry)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        if isinstance(error, TabularError):
            raise
        raise TabularError(_unreadable()) from error


def _check_names(names: list[str]) -> None:
    if any(name.endswith(NESTED) for name in names):
        raise TabularError(_("The spreadsheet holds another archive and was not opened: save it as CSV."))
    if any(re.match(r"basic/|scripts/|.*vbaproject|.*worksheets/[^/]*\.bin$", name) for name in names):
        raise TabularError(_("Spreadsheets with macros are not read: save it as xlsx without macros."))


def _check_size(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    stated, found, tail = entry.file_size, 0, b""
    entry.file_size += 1  # the reader stops at the stated size: one more byte shows a lie
    width = height = 0
    sheet = "worksheets/" in entry.filename.lower()
    with archive.open(entry) as file:
        while chunk := file.read(2**18):
            found += len(chunk)
            if sheet:
                wide, high = _extent(tail + chunk)
                width, height, tail = max(width, wide), max(height, high), chunk[-64:]
    if found != stated:
        raise zipfile.BadZipFile("a size is stated wrong")
    _check_extent(width, height)


def _extent(xml: bytes) -> tuple[int, int]:
    """The furthest column and row that a piece of a sheet speaks of: one cell at the far corner costs 500 GB to read."""
    places = set(PLACE.findall(xml))
    if any(end == b"&" for _letters, _digits, end in places):
        raise zipfile.BadZipFile("a cell is placed oddly")
    columns = (sum((b - 64) * 26**i for i, b in enumerate(reversed(letters.upper()))) for letters, _d, _o in places)
    return max(columns, default=0), max((int(digits[:9] or 0) for _l, digits, _o in places), default=0)


def _check_extent(width: int, height: int) -> None:
    if width * height > MAX_CELLS:
        raise TabularError(
            _("The sheet spans more than %(cells)s cells: delete what stands far out, or save it as CSV.")
            % {"cells": f"{MAX_CELLS:,}"}
        )


def _unreadable() -> str:
    return _("The file is not a readable spreadsheet: save it again as xlsx or CSV.")


def read_sheet(path: Path) -> Iterator[tuple[int, list]]:
    """Rows of the first sheet of xlsx, xls or ods as (row number, cells); numbers stay numbers."""
    from python_calamine import CalamineError, CalamineWorkbook

    if zipfile.is_zipfile(path):  # by its content: a name proves nothing
        check_archive(path)
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, OSError, IndexError) as error:
        raise TabularError(_unreadable()) from error
    _check_extent(sheet.total_width, sheet.total_height)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, list(row)


def safe_cell(value: object) -> str:
    """A text that no spreadsheet will run: formula signs at its start get an apostrophe; numbers stay."""
    text = "" if value is None else str(value)
    if (text.startswith(FORMULA) or text.lstrip().startswith(FORMULA)) and not NUMBER.fullmatch(text):
        return "'" + text
    return text


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
