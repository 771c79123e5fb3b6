"""What looks like a value and is none; what stands in a text and nobody sees."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib.blanks import clean_text, is_blank


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "  ",
        "\u3000",
        "\u200b",
        "ㅤ",
        "无",
        " 不详 ",
        "暂无",
        "未知",
        "没有",
        "-",
        "—",
        "N/A",
        "none",
        "ＮＯＮＥ",
        "？",
        "00000",
        "0" * 18,
        "11111111111",
        "123456",
        "12345678",
        "987654321",
        "1234567890",
        "1111-1111",
        "１２３４５６",
    ],
)
def test_it_is_blank(value):
    assert is_blank(value)


@pytest.mark.parametrize(
    "value",
    [
        "无锡市",
        "0",
        0,
        False,
        "李明",
        "13800138000",
        "110105",
        "12345",
        "1111",
        "1234568",
        "321",
        "11111111112",
        "无" * 61,
        " " * 600 + "李",
    ],
)
def test_it_is_a_value(value):
    assert not is_blank(value)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  李\0明\u200b ", "李明"),
        ("a\u202eb\u2066c\u061cd", "abcd"),
        ("e\u200b\u0301", "é"),
        ("e\u0301", "é"),
        ("a\r\nb", "a b"),
        ("a\u2028b", "a b"),
        ("a \t\u3000 b", "a b"),
        ("\ud800x", "x"),
        ("𠮷野家", "𠮷野家"),
        ("a\U000e0041b", "ab"),
    ],
)
def test_it_takes_out_what_nobody_sees(text, cleaned):
    assert clean_text(text, 20) == cleaned


def test_lines_stay_where_they_are_wanted():
    assert clean_text("a\r\nb\rc\u2028d\n", 20, lines=True) == "a\nb\nc\nd"


def test_the_length_counts_after_cleaning():
    assert clean_text("李" * 5 + "\u200b" * 5, 5) == "李" * 5
    with pytest.raises(ValueError, match="too long"):
        clean_text("李" * 6, 5)
    with pytest.raises(ValueError, match="too long"):
        clean_text("\u200b" * 10_000_000, 5)


@given(st.text(st.characters(), max_size=60), st.booleans())
def test_cleaning_is_final_and_leaves_nothing_hidden(text, lines):
    cleaned = clean_text(text, 1000, lines=lines)
    assert clean_text(cleaned, 1000, lines=lines) == cleaned == unicodedata.normalize("NFC", cleaned)
    assert not [ch for ch in cleaned if unicodedata.category(ch) in ("Cc", "Cs") and ch not in "\n\t"]
    cleaned.encode("utf-8")
    is_blank(text)
