"""Every source string has its Chinese, no entry is stale, and the compiled catalogue is the written one."""

import ast
import re

import polib
import pytest
from django.utils.translation.template import templatize

from tests.house.source import ROOT, modules, tree

PO = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
CALLS = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "pgettext",
    "pgettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "trans",
}
PLURAL = {"ngettext", "ngettext_lazy"}


def strings_of(source: ast.Module):
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            texts = node.args[: 2 if node.func.id in PLURAL else 1]
            for text in texts:
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value


def strings_of_template(text: str):
    """What makemessages would read: the templatized source's calls."""
    code = templatize(text)
    literal = r"""(u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")"""
    for found in re.finditer(rf"\b_?n?p?gettext\(\s*{literal}(?:\s*,\s*{literal})?|(?<![\w])_\(\s*{literal}", code):
        for group in found.groups():
            if group:
                yield ast.literal_eval(group.lstrip("u"))


def used() -> set[str]:
    found = {s for path in modules().values() for s in strings_of(tree(path))}
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            found |= set(strings_of_template(path.read_text(encoding="utf-8")))
    return {s for s in found if s}


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(PO))


def written(catalogue) -> dict[str, polib.POEntry]:
    entries = {}
    for entry in catalogue:
        if not entry.obsolete:
            entries[entry.msgid] = entry
            if entry.msgid_plural:
                entries[entry.msgid_plural] = entry
    return entries


def test_every_string_is_translated(catalogue):
    entries = written(catalogue)
    missing = [s for s in sorted(used()) if s not in entries]
    empty = [e.msgid for e in catalogue if not e.obsolete and not (e.msgstr or any(e.msgstr_plural.values()))]
    fuzzy = [e.msgid for e in catalogue.fuzzy_entries()]
    assert (missing, empty, fuzzy) == ([], [], [])


def test_no_translation_is_stale(catalogue):
    assert sorted(set(written(catalogue)) - used()) == []


def test_placeholders_are_the_same_on_both_sides(catalogue):
    names = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
    bad = [
        e.msgid
        for e in catalogue
        if e.msgstr and sorted(set(names.findall(e.msgid))) != sorted(set(names.findall(e.msgstr)))
    ]
    assert bad == []


def test_the_compiled_catalogue_is_the_written_one(catalogue):
    compiled = {e.msgid: (e.msgstr, e.msgstr_plural) for e in polib.mofile(str(PO.with_suffix(".mo")))}
    assert compiled == {e.msgid: (e.msgstr, e.msgstr_plural) for e in catalogue if not e.obsolete and e.msgid}


def test_an_unwritten_string_is_found():
    assert list(strings_of(ast.parse("_('Never translated')"))) == ["Never translated"]
    assert list(strings_of_template("{% load i18n %}{% translate 'Nor this' %}")) == ["Nor this"]
    both = list(
        strings_of_template(
            "{% load i18n %}{% blocktranslate count n=n %}one{% plural %}many {{ n }}{% endblocktranslate %}"
        )
    )
    assert both == ["one", "many %(n)s"]


def test_gettext_goes_by_names_that_are_gathered():
    """Under another name neither makemessages nor the test above would see the string."""
    strange = [
        f"{name}: {alias.name} as {alias.asname}"
        for name, path in modules().items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if "gettext" in alias.name and alias.asname not in (None, "_")
    ]
    assert strange == []
