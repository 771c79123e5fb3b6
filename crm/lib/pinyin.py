"""Chinese names made findable: by any part, in full pinyin, by initials, or mixed; surnames under every reading."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from pypinyin import Style, lazy_pinyin

QUERY_LIMIT = 40

# Surnames whose reading differs from that of the character; first the surname's, then the others in use.
# Syllables of compound surnames are joined by a dash.
SURNAMES = {
    "曾": "zeng ceng", "翟": "zhai di", "覃": "qin tan", "单": "shan dan", "解": "xie jie", "牟": "mou mu",
    "缪": "miao miu mou", "卜": "bu bo", "仇": "qiu chou", "查": "zha cha", "乐": "yue le", "区": "ou qu",
    "阚": "kan han", "朴": "piao pu", "盖": "ge gai", "都": "du dou", "薄": "bo bao", "於": "yu wu", "郗": "xi chi",
    "隗": "wei kui", "郄": "qie xi", "员": "yun yuan", "曽": "zeng ceng", "啜": "chuai chuo", "澹台": "tan-tai dan-tai",
    "句": "gou ju", "乐正": "yue-zheng le-zheng", "勒": "le lei", "能": "nai neng", "乜": "nie mie",
    "万俟": "mo-qi wan-si wan-qi", "尉迟": "yu-chi wei-chi", "粘": "nian zhan", "长": "chang zhang", "折": "she zhe",
    "任": "ren", "华": "hua", "宁": "ning", "召": "shao zhao", "种": "zhong chong", "秘": "mi bi", "繁": "po fan",
    "逄": "pang", "晟": "cheng sheng", "黑": "hei he", "洗": "xi xian", "长孙": "zhang-sun chang-sun", "冼": "xian", "祭": "zhai ji",
}  # fmt: skip


@dataclass(frozen=True)
class NameKeys:
    """`sort` orders a list; `keys` are initials and full pinyin of every reading, blank-separated;
    `search_key` has a line a reading, `|李li|明ming|亮liang`, for `search_pattern`."""

    sort: str
    keys: str
    search_key: str


def name_keys(name: str, *, corporate: bool = False) -> NameKeys:
    """Keys of `name`; the surname map is for people only."""
    return _name_keys(_folded(name[:120]), corporate)


def _folded(text: str) -> str:
    """Lower case, full-width letters and compatibility forms as their plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


@lru_cache(maxsize=20_000)
def _name_keys(name: str, corporate: bool) -> NameKeys:
    chars = [ch for ch in name if ch.isalnum()]
    readings = _readings("".join(chars), corporate)
    keys, lines = [], []
    for syllables in readings:
        keys += ["".join(s[:1] for s in syllables), "".join(syllables)]
        lines.append("".join(f"|{ch}{s if s.isascii() else ''}" for ch, s in zip(chars, syllables, strict=True)))
    sort = " ".join(readings[0])[:200] if readings else ""
    return NameKeys(sort, " ".join(dict.fromkeys(keys)), "\n".join(lines))


def _readings(name: str, corporate: bool) -> list[list[str]]:
    """Every reading of the whole name as a syllable a character; the surname's own first."""
    if not name:
        return []
    plain = [_syllable(ch) for ch in name]
    if corporate:
        spoken = _spoken(name)
        return [spoken] if spoken == plain else [spoken, plain]
    for length in (2, 1):
        entry = SURNAMES.get(name[:length])
        if entry:
            heads = [reading.split("-") for reading in entry.split()]
            return [head + rest for head, rest in product(heads, [plain[length:]])]
    return [plain]


def _spoken(name: str) -> list[str]:
    """A phrase read as a whole (银行 yinhang, 重庆 chongqing), one syllable a character."""
    syllables = lazy_pinyin(name, style=Style.NORMAL, errors=list, v_to_u=False)  # type: ignore[arg-type]
    return [_latin(s) for s in syllables] if len(syllables) == len(name) else [_syllable(ch) for ch in name]


@lru_cache(maxsize=30_000)
def _syllable(ch: str) -> str:
    return _latin("".join(lazy_pinyin(ch, style=Style.NORMAL, v_to_u=False)))


def _latin(syllable: str) -> str:
    """Lower-case letters and digits; ü is typed v. What has no reading stays itself."""
    text = syllable.lower().replace("ü", "v")
    return text if re.fullmatch(r"[a-z0-9]+", text) else (re.sub(r"[^a-z0-9]", "", text) or syllable[:1])


def clean_query(query: str) -> str:
    """What is searched: letters, digits and Han, lower case, at most 40."""
    return "".join(ch for ch in _folded(query[:1000]).replace("ü", "v") if ch.isalnum())[:QUERY_LIMIT]


def search_pattern(query: str) -> str:
    r"""A regular expression over `search_key`, for Python and PostgreSQL alike; '' for an empty query.

    A Han character must stand next; a Latin letter begins the next character's reading or goes on in
    this one's. `李ml` -> `\|李[a-z0-9]*\|.m([a-z0-9]*\|.)?l`. A step may go two ways only where a syllable ends
    as the next begins (楠楠): real names match in microseconds, the worst (楠 a hundred times) in half a second.
    """
    pattern, previous = "", ""
    for ch in clean_query(query):
        latin = ch.isascii()
        if not latin:
            pattern += ("[a-z0-9]*" if previous else "") + rf"\|{ch}"
        elif not previous:
            pattern += rf"\|.{ch}" if ch.isalpha() else rf"\|{ch}"
        elif previous == "han":
            pattern += rf"[a-z0-9]*\|.{ch}"
        else:
            pattern += rf"([a-z0-9]*\|.)?{ch}"
        previous = "latin" if latin else "han"
    return pattern
