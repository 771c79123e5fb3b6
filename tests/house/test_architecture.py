"""The import rule of docs/architecture.md: only downwards, and on one floor only to the left."""

import ast

import pytest

from tests.house.source import imports, modules, tree

# Floors from the ground up. On a floor, a topic may import those that stand before it.
FLOORS = [
    ["crm.lib"],
    ["crm.staff", "crm.workdays"],
    ["crm.privacy", "crm.notifications", "crm.jobs"],
    [
        "archives.customers",
        "archives.accounts",
        "archives.changes",
        "archives.feeds",
        "archives.intelligence",
        "archives.classification",
        "archives.retention",
        "archives.stewardship",
        "archives.reviews",
    ],
    [
        "complaints.duty",
        "complaints.cases",
        "complaints.clocks",
        "complaints.intake",
        "complaints.handling",
        "complaints.briefings",
        "complaints.conduct",
        "complaints.loading",
        "complaints.overview",
    ],
    ["care"],
    ["crm.workbench"],
]
STRANGERS = [("crm.staff", "crm.workdays")]  # neighbours in the cellar that do not know each other
# Wiring: files that know several rooms by their very job.
WIRING = {
    "crm.settings", "crm.urls", "crm.celery", "crm.beat", "crm.wsgi", "crm.admin_site", "crm.health", "crm.security",
    "crm.errors", "crm.logs", "crm.secrets", "crm.checks", "crm.serve", "crm.gunicorn_conf", "archives", "archives.apps", "archives.jobs", "archives.effects", "archives.models", "archives.urls",
    "complaints", "complaints.apps", "complaints.models", "complaints.jobs", "complaints.urls", "complaints.tasks", "complaints.admin", "care.apps", "care.models", "crm.formats",
}  # fmt: skip
# `archives.models` is the app's index: importing from it is importing the topic that owns the name.
INDEX = {"archives.models", "complaints.models"}
INNER = {  # which files of a topic a file may not import: rules stay pure, views do not skip services
    "rules": ("models", "services", "views", "querysets", "selectors", "forms"),
    "models": ("services", "views", "forms", "tasks"),
    "services": ("views", "forms", "tasks", "urls"),
    "querysets": ("services", "views", "forms"),
}


def place(name: str) -> tuple[int, int, str] | None:
    for height, floor in enumerate(FLOORS):
        for position, room in enumerate(floor):
            if name == room or name.startswith(f"{room}."):
                return height, position, room
    return None


def owners(index_name: str) -> dict[str, str]:
    """Name in an index, as `archives.models`, to the topic that defines it."""
    index = tree(modules()[index_name])
    return {
        alias.asname or alias.name: node.module
        for node in index.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def resolve(name: str) -> str:
    for index in INDEX:
        if name.startswith(f"{index}."):
            return owners(index).get(name.removeprefix(f"{index}."), name)
    return name


def fault(importer: str, imported: str) -> str | None:
    here, there = place(importer), place(resolve(imported))
    if here is None or there is None or importer in WIRING or here[2] == there[2]:
        return None
    if there[0] > here[0]:
        return f"{importer} imports {imported}, which stands on a higher floor"
    if there[0] == here[0] and there[1] > here[1]:
        return f"{importer} imports {imported}, which stands to its right"
    if (there[2], here[2]) in STRANGERS:
        return f"{importer} imports {imported}: these two rooms do not know each other"
    return None


def inner_fault(importer: str, imported: str) -> str | None:
    room, _, file = importer.rpartition(".")
    if imported.startswith(f"{room}."):
        target = imported.removeprefix(f"{room}.").split(".")[0]
        if target in INNER.get(file, ()):
            return f"{importer} imports {imported}: {file} may not know {target}"
    return None


def faults(name: str, source: ast.Module) -> list[str]:
    found = [imported for imported in imports(source) if not imported.startswith("tests")]
    return [f for imported in found for f in (fault(name, imported), inner_fault(name, imported)) if f]


def test_every_import_goes_down_or_left():
    assert [f for name, path in modules().items() for f in faults(name, tree(path))] == []


def test_every_module_has_its_place():
    assert [
        n
        for n in modules()
        if place(n) is None
        and n not in WIRING
        and n.split(".")[0] == "crm"
        and n != "crm"
        and not n.startswith("crm.formats")
    ] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("crm.lib.money", "from crm.staff.models import User"),
        ("crm.staff.services", "from crm.jobs.models import JobRun"),
        ("crm.workdays.services", "import crm.staff.models"),
        ("archives.customers.services", "from archives.changes.services import propose_change"),
        ("archives.customers.services", "from archives.models import ChangeRequest"),
        ("archives.accounts.averages", "def late():\n    from archives.feeds.models import FeedLoad"),
        ("archives.changes.services", "from crm.workbench.frame import frame"),
        ("archives.changes.rules", "from archives.changes.models import ChangeRequest"),
        ("archives.changes.models", "from archives.changes.services import decide_change"),
    ],
)
def test_a_planted_import_is_found(name, line):
    assert faults(name, ast.parse(line))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("archives.changes.services", "from archives.models import Customer"),
        ("archives.feeds.services", "from archives.changes.services import propose_change"),
        ("crm.workbench.views", "from archives.feeds.models import FeedLoad"),
    ],
)
def test_a_rightful_import_passes(name, line):
    assert faults(name, ast.parse(line)) == []


def test_rules_touch_neither_orm_nor_clock():
    bad = []
    for name, path in modules().items():
        if name.endswith(".rules"):
            bad += [f"{name}: {i}" for i in imports(tree(path)) if i.startswith(("django.db", "django.utils.timezone"))]
    assert bad == []
