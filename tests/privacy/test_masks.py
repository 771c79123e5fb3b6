"""Masks as a table: what somebody who may not read a value sees of it."""

import pytest

from crm.privacy.masks import MASKS

TABLE = {
    "name": [
        ("张三", "张*"),
        ("张三丰", "张*丰"),
        ("欧阳锋", "欧阳*"),
        ("欧阳", "欧阳*"),
        ("诸葛孔明", "诸葛**"),
        ("阿卜杜拉", "阿**拉"),
        ("张", "张*"),
    ],
    "phone": [
        ("13812345678", "138****5678"),
        ("0579-88001234", "0579-****34"),
        ("010-88001234", "010-****34"),
        ("88001234", "****34"),
        ("6100", "****"),
        ("0579-61", "****"),
    ],
    "id": [
        ("11010519491231002X", "1" + "*" * 15 + "2X"),
        ("110105491231002", "1" + "*" * 12 + "02"),
        ("G12345678", "G******78"),
        ("12345", "*****"),
    ],
    "card": [("6222021234567890123", "6222 **** **** 0123"), ("12345678", "****78"), ("12", "**")],
    "email": [("zhang.san@example.com", "z***@example.com"), ("no-at-sign", "n***")],
    "address": [("临江市城东区人民路1号", "临江市城东区***"), ("上海南京东路100号", "上海***")],
    "birth_date": [("1974-05-06", "1974-**-**"), ("1974", "****")],
    "all": [("农民", "***")],
    "": [("公开", "公开")],
}


@pytest.mark.parametrize(("mask", "text", "shown"), [(m, t, s) for m, rows in TABLE.items() for t, s in rows])
def test_a_value_is_masked(mask, text, shown):
    assert MASKS[mask](text) == shown


def test_every_mask_stands_in_the_table():
    assert set(MASKS) == set(TABLE)


@pytest.mark.parametrize("mask", sorted(set(MASKS) - {""}))
@pytest.mark.parametrize(
    "text", ["12345", "13812345678", "11010519491231002X", "6222021234567890123", "a@b.cn", "1974-05-06"]
)
def test_no_mask_shows_a_value_whole(mask, text):
    assert text not in MASKS[mask](text)


@pytest.mark.parametrize("mask", sorted(MASKS))
def test_nothing_masked_is_nothing_told(mask):
    assert MASKS[mask]("").strip("*@") == ""
