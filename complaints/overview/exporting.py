"""The register as a file: a response that cannot be made without its line in the access log."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO

from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from complaints.overview.criteria import Criteria
from complaints.overview.register_columns import cells_of, heads
from complaints.overview.register_rows import register_rows
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import Refused
from crm.lib.tabular import safe_cell, write_csv
from crm.privacy.log import record
from crm.privacy.models import AccessEvent

LARGEST_SHEET = 10_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH = 16


class Unlogged(TypeError):
    """Somebody tried to send people's data without a request to log."""


class LoggedDownload(StreamingHttpResponse):
    """Streams `content` once the log has its line; without a signed-in `request` it does not come into being."""

    def __init__(self, content: Iterable[bytes], *, request, name: str, content_type: str, what: str, rows: int):
        if request is None or not request.user.is_authenticated:
            raise Unlogged("An export without a person to log is not made.")
        record(
            AccessEvent.Action.EXPORT, request=request, obj_type="case", label=name, fields=what, result=f"{rows} rows"
        )
        super().__init__(content, content_type=content_type)
        self["Content-Disposition"] = f'attachment; filename="{name}"'


def lines(criteria: Criteria, user, now: datetime, language: str) -> Iterator[list[str]]:
    """Watermark, the two heads, and a line a case; in `language`, whenever it is read."""
    with translation.override(language):
        yield [watermark(user, now)]
        yield from heads()
        for entry in register_rows(criteria.due_rows(user, now)):
            yield cells_of(entry)


def watermark(user, now: datetime) -> str:
    at = now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    return _("Exported by %(number)s at %(at)s; internal, keep it confidential.") % {"number": user.employee_number, "at": at}  # fmt: skip


def export(request, *, criteria: Criteria, kind: str, now: datetime) -> StreamingHttpResponse:
    """Exactly the cases of `criteria`, as csv or xlsx. Refused where a sheet would be too large."""
    user = request.user
    count = criteria.due_rows(user, now).count()
    name = f"register-{now.astimezone(SHANGHAI):%Y%m%d-%H%M}.{kind}"
    logged = {"request": request, "name": name, "what": criteria.address()[:200], "rows": count}
    rows = lines(criteria, user, now, translation.get_language() or "")
    if kind == "csv":
        body = write_csv(rows)
        return LoggedDownload(body, content_type="text/csv; charset=utf-8", **logged)
    if count > LARGEST_SHEET:
        raise Refused(_("A sheet holds at most %(n)s cases: narrow the list, or take the CSV.") % {"n": LARGEST_SHEET})
    return LoggedDownload(pieces(rows), content_type=XLSX, **logged)


def sheet(rows: Iterable[list[str]]) -> IO[bytes]:
    """An xlsx in which every cell is text: no formula runs, no long number is rounded, no date is guessed."""
    import xlsxwriter

    file = TemporaryFile()  # noqa: SIM115 (the response closes it)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}  # fmt: skip
    book = xlsxwriter.Workbook(file, options)
    text, bold = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
    page = book.add_worksheet(_("Register")[:31])
    page.freeze_panes(3, 0)
    page.set_column(0, len(heads()[0]) - 1, WIDTH, text)
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            page.write_string(at, column, safe_cell(cell)[:32_000], bold if at < 3 else text)
    book.close()
    file.seek(0)
    return file


def pieces(rows: Iterable[list[str]]) -> Iterator[bytes]:
    """The sheet, made when it is read: after the log has its line."""
    with sheet(rows) as file:
        while piece := file.read(2**16):
            yield piece
