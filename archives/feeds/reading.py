"""Opens feed files, plain or gzipped, and streams their rows as dictionaries."""

import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from crm.lib.tabular import BadRow, TabularError, read_csv, sniff_encoding

LARGEST_UNZIPPED = 20 * 2**30


@dataclass(frozen=True)
class Line:
    """`cells` by column name, or None with the `problem` that kept them from being read."""

    number: int
    raw: str
    cells: dict[str, str] | None
    problem: str = ""


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def plain(path: Path) -> Iterator[Path]:
    """The file itself, or a temporary unzipped copy."""
    if path.suffix != ".gz":
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=".csv") as copy:
        with gzip.open(path) as zipped:
            shutil.copyfileobj(cast(BinaryIO, _Bounded(zipped)), copy, 2**20)
        copy.flush()
        yield Path(copy.name)


class _Bounded:
    """Stops reading past a size that no feed has."""

    def __init__(self, file):
        self.file, self.left = file, LARGEST_UNZIPPED

    def read(self, size: int) -> bytes:
        data = self.file.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise TabularError(_("The file unpacks to more than 20 GB and was not read."))
        return data


def header_of(path: Path, *, delimiter: str, encoding: str | None) -> list[str]:
    for row in read_csv(path, delimiter=delimiter, encoding=encoding or sniff_encoding(path)):
        if isinstance(row, BadRow):
            raise TabularError(row.message)
        return [cell.strip() for cell in row[1]]
    raise TabularError(_("The file is empty."))


def lines(path: Path, *, delimiter: str, encoding: str | None, after: int) -> Iterator[Line]:
    """Rows after line `after` (the header is line 1), each by column name."""
    encoding = encoding or sniff_encoding(path)
    header = header_of(path, delimiter=delimiter, encoding=encoding)
    doubled = {name for name in header if header.count(name) > 1}
    if doubled:
        raise TabularError(_("The header names a column twice: %(names)s.") % {"names": ", ".join(sorted(doubled))})
    for row in read_csv(path, delimiter=delimiter, encoding=encoding, columns=len(header), skip=max(after, 1)):
        if isinstance(row, BadRow):
            yield Line(row.number, delimiter.join(row.cells), None, row.message)
        elif any(cell.strip() for cell in row[1]):
            yield Line(row[0], _joined(row[1], delimiter), dict(zip(header, row[1], strict=True)))


def _joined(cells: list[str], delimiter: str) -> str:
    return delimiter.join(f'"{cell}"' if delimiter in cell or '"' in cell else cell for cell in cells)
