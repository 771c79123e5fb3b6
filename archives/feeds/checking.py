"""What a profile may say: every key, its form, and what it needs beside it; errors name file, section and key."""

import codecs
import re
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from archives.customers.fields import EDITABLE

ROLES = ("rates", "customers", "holders", "accounts", "postings")  # in loading order
TOP = {"title": str, "source": str, "date": str, "delimiter": str, "encoding": str, "currency": str}
NEEDED = {
    "rates": ("file", "day", "currency", "rate"),
    "customers": ("file", "key"),
    "holders": ("file", "account", "customer", "role", "owner"),
    "accounts": ("file", "key", "opened_on"),
    "postings": ("file", "key", "account", "day", "amount"),
}
FORMS: dict[str, dict[str, type]] = {
    "rates": {"currencies": dict},
    "customers": {
        "district": str, "kind": str, "kind_column": str, "kinds": dict, "opened_on": str, "birth_number": str,
        "fields": dict, "codes": dict,
    },
    "holders": {"owner": list},
    "accounts": {
        "customer": str, "closed_on": str, "kind": str, "kind_column": str, "kinds": dict, "product": str,
        "currency_column": str, "currencies": dict, "rate": str, "matures_on": str, "stated": str, "opening": str,
    },
    "postings": {
        "sign": str, "credit": list, "debit": list, "code": str, "memo": str, "stated": str, "reverses": str,
    },
}  # fmt: skip
KINDS = {"customers": {"P", "C"}, "accounts": {"current", "time"}}
TOGETHER = {"postings": {"sign": ("credit", "debit")}, "customers": {"kind_column": ("kinds",)}}
TOGETHER["accounts"] = TOGETHER["customers"]


class ProfileError(ValueError):
    """A profile that cannot be used: which file, which key, what to do."""


def check_profile(file: str, data: dict) -> None:
    """Raise ProfileError for the first thing in `data` that no load could work with."""
    for key in ("title", "source", "date"):
        if not isinstance(data.get(key), str) or not data[key]:
            raise ProfileError(_("%(file)s: the key “%(key)s” is missing.") % {"file": file, "key": key})
    for key, value in data.items():
        if key not in TOP and key not in ROLES:
            raise ProfileError(
                _("%(file)s: no key is called “%(key)s”: correct or remove it.") % {"file": file, "key": key}
            )
        _check_form(file, key, value, TOP.get(key, dict))
    _check_top(file, data)
    roles = [role for role in ROLES if role in data]
    if not roles:
        raise ProfileError(_("%(file)s describes no file: add [accounts] and [postings].") % {"file": file})
    for role in roles:
        _check_section(file, role, data[role])
    if "accounts" in data and "customer" not in data["accounts"] and "holders" not in data:
        raise ProfileError(_("%(file)s: [%(role)s] lacks the key “%(key)s”.") % {"file": file, "role": "accounts", "key": "customer"})  # fmt: skip


def _check_form(file: str, key: str, value: object, form: type) -> None:
    texts = value if isinstance(value, list) else [value]
    if not isinstance(value, form) or (form in (str, list) and not all(isinstance(t, str) and t for t in texts)):
        names: dict[Any, str] = {str: _("a text"), list: _("a list of texts"), dict: _("a table")}
        wanted = names[form]
        raise ProfileError(_("%(file)s: “%(key)s” must be %(wanted)s.") % {"file": file, "key": key, "wanted": wanted})


def _check_top(file: str, data: dict) -> None:
    wrong = {
        "source": not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", data["source"]),
        "delimiter": len(data.get("delimiter", ",")) != 1,
        "encoding": not _known_encoding(data.get("encoding", "auto")),
        "date": not _whole_date(data["date"]),
        "currency": not re.fullmatch("[A-Z]{3}", data.get("currency", "CNY")),
    }
    says = {
        "source": _("up to 20 letters, digits, - and _"),
        "delimiter": _("one character"),
        "encoding": _("auto, utf-8, gb18030 or another name Python knows"),
        "date": _("day, month and year in the signs of strptime"),
        "currency": _("three capital letters"),
    }
    for key, is_wrong in wrong.items():
        if is_wrong:
            raise ProfileError(
                _("%(file)s: “%(key)s” must be %(wanted)s.") % {"file": file, "key": key, "wanted": says[key]}
            )


def _known_encoding(name: str) -> bool:
    try:
        return name == "auto" or bool(codecs.lookup(name))
    except LookupError:
        return False


def _whole_date(form: str) -> bool:
    """Whether a day written in this form is read back as the same day."""
    day = date(1993, 2, 17)
    try:
        return datetime.strptime(day.strftime(form), form).date() == day  # noqa: DTZ007
    except ValueError:
        return False


def _check_section(file: str, role: str, section: dict) -> None:
    place = {"file": file, "role": role}
    beside = (more for key, more in TOGETHER.get(role, {}).items() if key in section)
    for key in (*NEEDED[role], *(key for more in beside for key in more)):
        if key not in section:
            raise ProfileError(_("%(file)s: [%(role)s] lacks the key “%(key)s”.") % (place | {"key": key}))
    for key, value in section.items():
        if key not in NEEDED[role] and key not in FORMS[role]:
            raise ProfileError(
                _("%(file)s: [%(role)s] knows no key “%(key)s”: correct or remove it.") % (place | {"key": key})
            )
        _check_form(file, f"{role}.{key}", value, FORMS[role].get(key, str))
    if re.search(r"[/\\]|\.\.", section["file"]):
        raise ProfileError(_("%(file)s: [%(role)s] file is a pattern inside the folder, no path.") % place)
    if unknown := _unknown(role, section):
        raise ProfileError(
            _("%(file)s: [%(role)s] does not know %(what)s.") % (place | {"what": ", ".join(sorted(unknown))})
        )


def _unknown(role: str, section: dict) -> set[str]:
    """Kinds that the CRM has not, fields it does not own, code tables of fields that are not read."""
    kinds = {str(kind) for kind in section.get("kinds", {}).values()} | {section.get("kind", "")} - {""}
    fields = set(section.get("fields", {}))
    return (kinds - KINDS.get(role, set())) | (fields - set(EDITABLE)) | (set(section.get("codes", {})) - fields)
