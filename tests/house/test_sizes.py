"""Sizes of the house: function at most 50 lines, module 400; complexity is ruff's (pyproject)."""

import ast
from pathlib import Path

import pytest

from tests.house.source import ROOT, modules, tree

FUNCTION, MODULE = 50, 400


def too_long(source: ast.Module) -> list[tuple[str, int]]:
    return [
        (node.name, node.end_lineno - node.lineno + 1)
        for node in ast.walk(source)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno - node.lineno >= FUNCTION
    ]


def all_files() -> list[Path]:
    return [*modules().values(), *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py"))]


def test_functions_stay_short():
    assert [(str(p.relative_to(ROOT)), *f) for p in all_files() for f in too_long(tree(p))] == []


def test_modules_stay_short():
    sizes = [(str(p.relative_to(ROOT)), p.read_text(encoding="utf-8").count("\n")) for p in all_files()]
    assert [s for s in sizes if s[1] > MODULE] == []


def test_a_long_function_is_found():
    assert too_long(ast.parse("def long():\n" + "    x = 1\n" * 50)) == [("long", 51)]


@pytest.mark.parametrize("name", ["utils", "common", "helpers", "core", "base"])
def test_no_drawer_without_a_name(name):
    assert [m for m in modules() if m.rsplit(".", 1)[-1] == name] == []
