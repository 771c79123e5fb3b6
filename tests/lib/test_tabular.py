"""Files from outside are read whole or refused by row; nothing is lost in silence, nothing blows up."""

import csv
import io
import random
import struct
import zipfile
import zlib
from collections import Counter

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.lib import tabular
from crm.lib.tabular import (
    BadRow,
    TabularError,
    check_archive,
    read_csv,
    read_sheet,
    safe_cell,
    sniff_encoding,
    write_csv,
)


@pytest.fixture
def file(tmp_path):
    def write(content: bytes, name="x.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def rows_of(path, **how):
    return list(read_csv(path, **how))


TABLE = "编号,姓名\r\n1,𠮷野䶮\r\n2,李明亮\r\n"
READ = [(1, ["编号", "姓名"]), (2, ["1", "𠮷野䶮"]), (3, ["2", "李明亮"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_it_reads_whatever_excel_and_wps_write(file, encoding):
    assert rows_of(file(TABLE.encode(encoding))) == READ


def test_big_endian_utf16_is_read_too(file):
    assert rows_of(file(b"\xfe\xff" + TABLE.encode("utf-16-be"))) == READ


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("cut", range(1, 9))
def test_a_sample_cut_inside_a_character_misleads_nobody(file, encoding, cut):
    path = file(("李𠮷" * 10).encode(encoding))
    assert sniff_encoding(path, sample=cut + 12) == encoding


def test_what_is_neither_is_refused(file):
    with pytest.raises(TabularError):
        sniff_encoding(file(b"\xff\xff\xff,\x81"))


def test_a_character_cut_at_the_end_of_the_file_is_no_utf8(file):
    with pytest.raises(TabularError):
        sniff_encoding(file("李明".encode()[:5]))


def bad(found):
    return [row.number for row in found if isinstance(row, BadRow)]


def test_a_row_that_cannot_be_read_is_told_by_number_and_the_rest_is_read(file):
    content = b"a,b\n1,2\n\x00,3\n4\n5,6,7\n8,\xff\n" + b'9,"' + b"x" * 140_000 + b'"\n10,11\n'
    found = rows_of(file(content), encoding="utf-8", columns=2)
    assert bad(found) == [3, 4, 5, 6, 7]
    assert [row for row in found if not isinstance(row, BadRow)] == [
        (1, ["a", "b"]),
        (2, ["1", "2"]),
        (8, ["10", "11"]),
    ]
    assert all(row.message for row in found if isinstance(row, BadRow))


def test_a_bad_row_keeps_its_text_to_be_mended(file):
    found = rows_of(file(b'a,b\n8,\xff\n\x00,3\n"x"y,4\n5\n'), encoding="utf-8", columns=2)
    assert [row.cells for row in found[1:]] == [("8,\\xff",), ("\\x00,3",), ('"x"y,4',), ("5",)]


def test_a_quote_never_closed_spoils_its_own_row_only(file):
    lines = [f"{i},x" for i in range(1, 500)]
    lines[1] = '2,"x'
    found = rows_of(file("\n".join(lines).encode()), columns=2)
    assert bad(found) == [2]
    assert len(found) == 499


def test_a_quote_inside_a_plain_cell_swallows_nothing(file):
    assert rows_of(file(b'1,5" pipe\n2,ok\n3,6" pipe\n')) == [
        (1, ["1", '5" pipe']),
        (2, ["2", "ok"]),
        (3, ["3", '6" pipe']),
    ]


def test_a_cell_of_several_lines_is_one_row_with_its_first_number(file):
    found = rows_of(file('h,i\r\n1,"李\r\n""明"", x"\r\n2,y\r\n'.encode("gb18030")), skip=1)
    assert found == [(2, ["1", '李\r\n"明", x']), (4, ["2", "y"])]


def test_one_endless_line_is_refused_without_being_held(file, monkeypatch):
    monkeypatch.setattr(tabular, "MAX_LINE", 100)
    found = rows_of(file(b"1,2\n" + b"x" * 1000 + b"\n3,4\n" + b"y" * 1000), encoding="utf-8")
    assert bad(found) == [2, 4]
    assert found[2] == (3, ["3", "4"])


def test_utf16_that_breaks_off_is_told(file):
    found = rows_of(file("a,b\n1,2\n".encode("utf-16") + b"\x00\xd8\x0a"))
    assert found[0] == (1, ["a", "b"])
    assert bad(found)


CELLS = st.text(st.sampled_from('a李𠮷,;"\n\r \t='), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6),
    st.sampled_from(["utf-8", "gb18030", "utf-8-sig", "utf-16"]),
    st.sampled_from(",;\t"),
)
def test_what_csv_writes_is_read_as_it_was(file, rows, encoding, delimiter):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    found = rows_of(file(text.getvalue().encode(encoding)), encoding=encoding, delimiter=delimiter)
    assert [row[1] for row in found] == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.binary(max_size=200) | st.text('a",\n\r\0李', max_size=60).map(str.encode),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_no_bytes_break_the_reader_and_no_line_vanishes(file, content, encoding):
    found = rows_of(file(content), encoding=encoding)
    numbers = [row.number if isinstance(row, BadRow) else row[0] for row in found]
    assert numbers == sorted(set(numbers))
    assert bool(numbers) or not content.strip(b"\xff\xfe")


# Spreadsheets


def zipped(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


@pytest.fixture
def workbook(tmp_path):
    def write(*cells):
        path = tmp_path / "x.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for row, column, value in cells:
                sheet.write(row, column, value)
        return path

    return write


def test_a_sheet_is_read_with_its_numbers_as_numbers(workbook):
    path = workbook((0, 0, "姓名"), (0, 1, "身份证"), (1, 0, "李明"), (1, 1, 12345))
    assert list(read_sheet(path)) == [(1, ["姓名", "身份证"]), (2, ["李明", 12345.0])]


def refused(path):
    for read in (check_archive, lambda p: list(read_sheet(p))):
        with pytest.raises(TabularError) as caught:
            read(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "entries",
    [
        [("a.xml", b"\0" * 5_000_000)],
        [(f"{i}.xml", b"x") for i in range(1001)],
        [("xl/inner.zip", b"PK")],
        [("xl/vbaProject.bin", b"x")],
        [("Basic/Standard/script.xml", b"x")],
        [("xl/worksheets/sheet1.bin", b"x")],
    ],
    ids=["bomb", "entries", "nested", "macros", "ods macros", "xlsb"],
)
def test_a_hostile_archive_is_not_opened(tmp_path, entries):
    path = zipped(tmp_path / "x.xlsx", entries)
    assert refused(path) and not list(tmp_path.glob("x.xlsx?*"))  # a reason in words, nothing unpacked beside it


def test_a_bomb_is_found_under_any_name(workbook):
    path = workbook((0, 0, "a"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * 5_000_000)
    with pytest.raises(TabularError):
        list(read_sheet(path.rename(path.with_suffix(".txt"))))


def test_a_size_stated_too_small_is_found_even_with_a_fitting_checksum(tmp_path):
    noise = random.Random(1).randbytes(3000)
    path = zipped(tmp_path / "x.xlsx", [("a.xml", noise)])
    check_archive(path)
    content = path.read_bytes()
    for true, false in ((zlib.crc32(noise), zlib.crc32(noise[:1000])), (3000, 1000)):
        content = content.replace(struct.pack("<I", true), struct.pack("<I", false))
    path.write_bytes(content)
    assert refused(path)


def test_a_cell_at_the_far_corner_is_refused_before_it_fills_the_memory(workbook):
    path = workbook((0, 0, "a"), (1_048_575, 16_383, "b"))
    with pytest.raises(TabularError):
        check_archive(path)


def test_a_long_and_a_wide_sheet_are_read(workbook):
    assert len(list(read_sheet(workbook((0, 0, "a"), (99_999, 40, "b"))))) == 100_000


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"<html>"])
@pytest.mark.parametrize("name", ["x.xlsx", "x.xls", "x.ods", "x.txt"])
def test_what_is_no_spreadsheet_is_refused(file, content, name):
    with pytest.raises(TabularError):
        list(read_sheet(file(content, name)))


def test_a_damaged_workbook_is_read_or_refused_never_worse(workbook, file):
    whole, rng, ends = workbook((0, 0, "a"), (3, 3, 5)).read_bytes(), random.Random(7), Counter()
    for _round in range(300):
        broken = bytearray(whole)
        for _spot in range(rng.randrange(1, 5)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        try:
            rows = list(read_sheet(file(bytes(broken), "broken.xlsx")))
        except TabularError as error:
            ends["refused"] += bool(str(error))
        else:
            ends["read"] += all(len(row) for row in rows)
    assert ends.total() == 300 and min(ends["read"], ends["refused"]) > 0, ends


# Export


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1+cmd|' /C calc'!A0",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u3000=1",
        "\xa0=1",
        "＝1",
        "＋1",
        "－1",
        "＠a",
        "-",
        "- -1",
    ],
)
def test_a_formula_is_disarmed(cell):
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-5", "+5", "-1234.50", "-1,234.56", "李明", "a=b", "", 0, -5.5, "0571-88001234"])
def test_numbers_and_plain_text_stay(cell):
    assert safe_cell(cell) == str(cell)


def test_nothing_is_written_as_an_empty_cell():
    assert safe_cell(None) == ""


@given(st.text(max_size=10))
def test_no_exported_cell_begins_as_a_formula(text):
    cell = safe_cell(text)
    assert cell[:1] not in ("=", "@", "\t", "\r", "\n")
    assert cell[:1] not in ("+", "-") or cell[1:2].isdigit()
    assert cell.removeprefix("'") == text.removeprefix("'")


def test_an_export_opens_in_excel_and_reads_back(file):
    content = b"".join(write_csv([["姓名", "额"], ['李"明"', "-5.00"], ["=x", None]]))
    assert content.startswith(b"\xef\xbb\xbf")
    assert [row[1] for row in rows_of(file(content))] == [["姓名", "额"], ['李"明"', "-5.00"], ["'=x", ""]]
