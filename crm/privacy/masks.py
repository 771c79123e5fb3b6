"""How a personal value looks to somebody who may not read it (DOMAIN.md 5.3)."""

import re

COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "夏侯",
        "司徒",
        "独孤",
        "长孙",
        "宇文",
        "轩辕",
        "南宫",
        "端木",
        "百里",
        "呼延",
        "闻人",
        "澹台",
        "公冶",
        "宗政",
        "濮阳",
        "淳于",
        "单于",
        "太叔",
        "申屠",
        "钟离",
    ]
)


def mask_name(text: str) -> str:
    """张* · 张*丰 · 欧阳*; a name of more than three keeps its first and last character."""
    if not text:
        return ""
    if text[:2] in COMPOUND_SURNAMES:
        return text[:2] + "*" * max(1, len(text) - 2)
    if len(text) <= 2:
        return text[0] + "*"
    return text[0] + "*" * (len(text) - 2) + text[-1]


def mask_mobile(text: str) -> str:
    """138****1234; a landline keeps area code and last two digits."""
    if len(text) == 11 and text.isdigit():
        return f"{text[:3]}****{text[-4:]}"
    area, dash, rest = text.rpartition("-")
    return f"{area}{dash}****{rest[-2:]}" if len(rest) > 4 else "****"


def mask_id(text: str) -> str:
    """First character and last two: six plus four beside a birth date give the number away."""
    if len(text) < 6:
        return "*" * len(text)
    return text[0] + "*" * (len(text) - 3) + text[-2:]


def mask_card(text: str) -> str:
    """6222 **** **** 1234."""
    if len(text) < 12:
        return "****" + text[-2:] if len(text) >= 6 else "*" * len(text)
    return f"{text[:4]} **** **** {text[-4:]}"


def mask_email(text: str) -> str:
    name, at, domain = text.partition("@")
    return f"{name[:1]}***{at}{domain}"


STREET = re.compile("[路街道巷弄号镇乡村幢]")
DISTRICT = re.compile("^.{2,}?(?:(?<![治小园社校厂景])区|县|旗)")
CITY = re.compile("^.{2,}?市|^.{2,}?[省区]")


def mask_address(text: str) -> str:
    """To district level: 临江市城东区***; to the city where no district stands before the street (锦绣小区 is none)."""
    head = STREET.split(text, maxsplit=1)[0]
    known = DISTRICT.match(head) or CITY.match(head)
    return (known[0] if known else text[:2]) + "***" if text else ""


def mask_birth_date(text: str) -> str:
    """1974-**-**."""
    return f"{text[:4]}-**-**" if len(text) == 10 else "****"


def mask_all(text: str) -> str:
    return "***" if text else ""


def mask_none(text: str) -> str:
    return text


MASKS = {
    "": mask_none,
    "name": mask_name,
    "phone": mask_mobile,
    "id": mask_id,
    "card": mask_card,
    "email": mask_email,
    "address": mask_address,
    "birth_date": mask_birth_date,
    "all": mask_all,
}
