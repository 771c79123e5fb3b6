"""Habits that hold the house together, read from the code itself."""

import ast
import re

from django.apps import apps

from tests.house.source import ROOT, modules, tree

OURS = ("staff", "workdays", "jobs", "notifications", "privacy", "archives", "complaints", "care")


def calls(source: ast.Module):
    return (node for node in ast.walk(source) if isinstance(node, ast.Call))


def test_no_model_overrides_save():
    bad = []
    for name, path in modules().items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and any("Model" in ast.unparse(base) for base in node.bases):
                bad += [
                    f"{name}.{node.name}"
                    for f in node.body
                    if isinstance(f, ast.FunctionDef) and f.name == "save" and "Form" not in node.name
                ]
    assert bad == []


def test_no_signal_receivers_for_our_own_models():
    bad = [
        name
        for name, path in modules().items()
        if re.search(
            r"\b(post_save|pre_save|post_delete)\b\.connect|@receiver\((post|pre)_(save|delete)", path.read_text()
        )
    ]
    assert bad == []


def test_services_take_keyword_arguments_only():
    bad = []
    for name, path in modules().items():
        if name.endswith(".services"):
            for node in tree(path).body:
                public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
                if public and len(node.args.args) > 1:
                    bad.append(f"{name}.{node.name}")
    assert bad == []


def test_only_views_tasks_and_commands_read_the_clock():
    """Services and querysets take `now` or `today` as an argument."""
    bad = []
    for name, path in modules().items():
        if name.split(".")[-1] in (
            "services",
            "rules",
            "querysets",
            "selectors",
            "routing",
            "averages",
            "completeness",
        ):
            for call in calls(tree(path)):
                if ast.unparse(call.func) in (
                    "timezone.now",
                    "date.today",
                    "datetime.now",
                    "timezone.localdate",
                    "localdate",
                    "now",
                ):
                    bad.append(f"{name}:{call.lineno}")
    assert bad == []


def test_no_filter_takes_what_a_browser_sent():
    bad = []
    for name, path in modules().items():
        for call in calls(tree(path)):
            for keyword in call.keywords:
                if keyword.arg is None and re.search(r"request\.|\.GET|\.POST|\bdata\b", ast.unparse(keyword.value)):
                    bad.append(f"{name}:{call.lineno}")
    assert bad == []


def test_no_text_is_marked_safe():
    bad = []
    for folder, pattern in (("crm", "*.py"), ("archives", "*.py"), ("templates", "*.html")):
        for path in (ROOT / folder).rglob(pattern):
            text = path.read_text(encoding="utf-8")
            if re.search(r"mark_safe|\|\s*safe\b|autoescape off", text):
                bad.append(str(path.relative_to(ROOT)))
    assert bad == []


def test_templates_hold_no_inline_style_script_or_handler():
    bad = []
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"\sstyle=|\son[a-z]+=[\"']|<style|<script(?![^>]*\b(src|type=.application/json))", text):
            bad.append(str(path.relative_to(ROOT)))
    assert bad == []


def test_no_chinese_stands_in_code_that_people_read_through_gettext():
    """Source strings are English; Chinese lives in locale/, in data and in comments."""
    han = re.compile(r"[\u4e00-\u9fff]")
    bad = [
        str(p.relative_to(ROOT))
        for p in (ROOT / "templates").rglob("*.html")
        if han.search(re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}|中文", "", p.read_text(), flags=re.S))
    ]
    assert bad == []


def test_people_and_archives_are_never_deleted_by_cascade_from_a_person():
    """Employees are disabled, not deleted: nothing that tells history may vanish with one."""
    bad = []
    for model in apps.get_models():
        for field in model._meta.fields:
            remote = getattr(field, "remote_field", None)
            if (
                model._meta.app_label == "archives"
                and remote
                and remote.model is apps.get_model("staff", "User")
                and "Historical" not in model.__name__
            ) and remote.on_delete.__name__ != "PROTECT":
                bad.append(f"{model.__name__}.{field.name}")
    assert bad == []


def test_money_of_accounts_is_whole_cents():
    bad = [
        f"{m.__name__}.{f.name}"
        for m in apps.get_models()
        if m._meta.app_label == "archives"
        for f in m._meta.fields
        if f.name.endswith("_cents") and f.get_internal_type() != "BigIntegerField"
    ]
    assert bad == []
