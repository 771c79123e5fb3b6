"""Texts as people type them: cleaned of what nobody can see, and told apart from words that mean 'nothing'."""

import re
import unicodedata

PSEUDO = {"无", "没有", "不详", "暂无", "未知", "不知道", "不清楚", "空", "待补", "待补充", "待完善", "无此项"} | {
    *("n/a", "na", "none", "null", "nil", "unknown", "-", "--", "—", "/", ".", "。", "?", "xx", "xxx", "*")
}
LONGEST_PSEUDO = 60
RUNS = ("0123456789" * 3, "9876543210" * 3)
INVISIBLE = re.compile(  # controls, soft hyphen, joiners, direction marks, fillers, surrogates, tag characters
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029\u0085]")


def clean_text(text: str, max_length: int, *, lines: bool = False) -> str:
    """`text` without control characters, zero-width and direction marks, NFC, trimmed.

    Line breaks stay only where `lines` is set. Raise ValueError when longer than `max_length` characters.
    """
    if len(text) > max_length * 4 + 1000:
        raise ValueError("too long")
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", LINE_ENDS.sub("\n", text)))
    text = text.strip() if lines else re.sub(r"\s+", " ", text).strip()
    if len(text) > max_length:
        raise ValueError("too long")
    return text


def is_blank(value: object) -> bool:
    """Nothing, or a word that only looks like a value: 无, 不详, N/A, 123456, 11111111111."""
    if value is None:
        return True
    text = INVISIBLE.sub("", str(value)).strip()
    if len(text) > LONGEST_PSEUDO:
        return False
    text = unicodedata.normalize("NFKC", text).strip().lower()
    return not text or text in PSEUDO or is_placeholder_number(text)


def is_placeholder_number(text: str) -> bool:
    """Five or more digits that are all the same, or six or more in a row of the number line."""
    digits = re.sub(r"[\s-]", "", text)
    if not (digits.isascii() and digits.isdigit()):
        return False
    if len(digits) >= 5 and len(set(digits)) == 1:
        return True
    return len(digits) >= 6 and any(digits in run for run in RUNS)
