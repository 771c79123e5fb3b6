"""Names are found by any part, in Han, pinyin, initials or a mixture, surnames under every reading."""

import csv
import re
import time
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from crm.lib.pinyin import SURNAMES as TABLE
from crm.lib.pinyin import name_keys, search_pattern

SURNAMES = Path(__file__).resolve().parents[3] / "shared/data/names/surname_pinyin.csv"
NAMES = st.text(st.sampled_from("李明亮单仇查曾解任乐楠安吕女重庆银行𠮷·é3aZ ") | st.characters(), max_size=20)


def finds(query: str, name: str, **how) -> bool:
    pattern = search_pattern(query)
    return bool(pattern and re.search(pattern, name_keys(name, **how).search_key))


@pytest.mark.parametrize(
    "query",
    [
        "李明亮",
        "李",
        "明",
        "明亮",
        "亮",
        "limingliang",
        "li",
        "ming",
        "mingl",
        "mingliang",
        "lml",
        "lm",
        "ml",
        "l",
        "limingl",
        "liml",
        "lmingl",
        "李ml",
        "李mingl",
        "li明",
        "l明l",
        "李m亮",
        "明l",
        "limi",
        "LIMING",
        "Li Ming Liang",
        "ｌｍｌ",
        "李 明 亮",
    ],
)
def test_li_mingliang_is_found(query):
    assert finds(query, "李明亮")


@pytest.mark.parametrize(
    "query",
    [
        "李亮",
        "亮明",
        "ll",
        "lg",
        "iming",
        "angl",
        "limingliangx",
        "李ll",
        "王",
        "mlx",
        "lmlm",
        "liangli",
        "亮李",
        "?",
        "",
        " ",
    ],
)
def test_li_mingliang_is_not_found(query):
    assert not finds(query, "李明亮")


@pytest.mark.parametrize(
    ("name", "readings"),
    [
        ("单小红", ("shan", "dan")),
        ("仇明", ("qiu", "chou")),
        ("查良镛", ("zha", "cha")),
        ("曾国藩", ("zeng", "ceng")),
        ("解晓东", ("xie", "jie")),
        ("任我行", ("ren",)),
        ("乐嘉", ("yue", "le")),
        ("尉迟恭", ("yuchi", "weichi")),
        ("长孙无忌", ("zhangsun",)),
    ],
)
def test_a_surname_is_found_under_each_reading_and_sorts_under_its_own(name, readings):
    keys = name_keys(name)
    assert keys.sort.replace(" ", "").startswith(readings[0])
    for reading in readings:
        assert finds(reading, name)
        assert any(key.startswith(reading) for key in keys.keys.split())


@pytest.mark.parametrize("surname", TABLE)
def test_every_surname_of_the_table_is_also_found_as_its_character_is_read(surname):
    assert finds("".join(lazy_pinyin(list(surname))), surname + "明")


def test_no_line_mixes_two_readings():
    assert name_keys("单单").search_key == "|单shan|单dan\n|单dan|单dan"
    assert not finds("dans", "单单")


@pytest.mark.skipif(not SURNAMES.exists(), reason="the shared data folder is not beside the repository")
def test_it_agrees_with_the_table_of_surnames():
    with SURNAMES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wrong = []
    for row in rows:
        name = row["surname"] + "明"
        own, plain = (row[key].replace(" ", "").replace("ü", "v") for key in ("surname_pinyin", "plain_pinyin"))
        if name_keys(name).sort.replace(" ", "") != own + "ming" or not all(
            finds(query, name) for query in (own, plain, own + "m", plain + "ming", own[0] + "m" * (len(name) == 2))
        ):
            wrong.append((row["surname"], own, plain, name_keys(name)))
    assert len(rows) == 1074
    assert wrong == []


def test_names_sort_by_whole_syllables():
    names = ["李明亮", "连明", "李安", "林安", "李"]
    assert sorted(names, key=lambda name: name_keys(name).sort) == ["李", "李安", "李明亮", "连明", "林安"]


def test_a_company_has_no_surname():
    assert name_keys("单县银行", corporate=True).keys.split()[0] in ("sxyh", "dxyh")
    assert name_keys("重庆银行", corporate=True).sort == "chong qing yin hang"
    assert finds("cqyh", "重庆银行", corporate=True)
    assert name_keys("曾经贸易", corporate=True).sort.startswith("ceng jing")
    assert name_keys("曾经贸易").sort.startswith("zeng jing")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("lv", "吕布"),
        ("lü", "吕布"),
        ("nv", "女儿红"),
        ("a股", "Ａ股"),
        ("3m", "3M中国"),
        ("mzg", "3M中国"),
        ("𠮷明", "𠮷明"),
        ("𠮷m", "𠮷明"),
        ("éa", "Éa"),
        ("mmt艾", "买买提·艾山"),
        ("买买提艾", "买买提·艾山"),
        ("smith", "John Smith"),
    ],
)
def test_uncommon_letters_are_found(query, name):
    assert finds(query, name)


@given(NAMES, NAMES, st.booleans())
def test_nothing_that_people_type_breaks_it(name, query, corporate):
    keys = name_keys(name, corporate=corporate)
    pattern = search_pattern(query)
    re.search(pattern, keys.search_key)
    assert keys.sort == keys.sort.lower()
    assert len(keys.search_key.splitlines()) <= 12
    assert len(search_pattern(query * 50)) < 40 * 20


@given(st.text("李明亮单乐楠安吕庆银", min_size=1, max_size=6), st.data())
def test_every_part_of_a_name_finds_it_in_every_spelling(name, data):
    line = data.draw(st.sampled_from(name_keys(name).search_key.splitlines()))
    syllables = [part[1:] for part in line.split("|")[1:]]
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    typed = "".join(data.draw(st.sampled_from([name[i], syllables[i], syllables[i][0]])) for i in range(start, end))
    assert finds(typed[:40], name)


def test_the_longest_query_is_answered_at_once_for_a_real_name():
    keys = [name_keys(name).search_key for name in ("欧阳楠楠", "安娜", "单单", "李明亮")] * 250
    pattern = re.compile(search_pattern("nannannannannannannannannannannannannanx"))
    began = time.perf_counter()
    assert not any(pattern.search(key) for key in keys)
    assert time.perf_counter() - began < 0.5


def test_the_worst_name_stays_bounded():
    key = name_keys("楠" * 120).search_key
    began = time.perf_counter()
    assert not re.search(search_pattern("nan" * 13 + "x"), key)
    assert time.perf_counter() - began < 10


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs PostgreSQL")
@pytest.mark.parametrize("name", ["李明亮", "单单", "𠮷明", "3M中国", "éa", "楠" * 120])
def test_postgresql_reads_the_pattern_as_python_does(name):
    key = name_keys(name).search_key
    queries = [
        "李ml",
        "limingl",
        "dans",
        "shan单",
        "𠮷m",
        "3m",
        "mzg",
        "é",
        "lml",
        "ll",
        "亮李",
        "nan" * 13 + "x",
        "单d",
    ]
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute("SELECT %s ~ %s", [key, search_pattern(query)])
            assert cursor.fetchone()[0] == bool(re.search(search_pattern(query), key)), query
