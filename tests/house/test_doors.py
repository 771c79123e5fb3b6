"""Every URL names who may pass."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

FOREIGN = ("admin:",)  # Django admin has its own permissions, tested in tests/staff
KNOWN = {"static"}


def views(resolver=None, prefix="", namespace=""):
    """(name, route, view) of every URL of the project."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from views(entry, route, inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name or ''}", route, entry.callback


def undeclared(found) -> list[str]:
    return [
        f"{name} {route}"
        for name, route, view in found
        if not name.startswith(FOREIGN) and not hasattr(view, "required_permissions")
    ]


def test_every_url_declares_who_may_pass():
    assert undeclared(views()) == []


def test_an_undeclared_url_is_found():
    assert undeclared([("archives:leak", "leak/", lambda request: None)]) == ["archives:leak leak/"]


def test_few_doors_are_open_to_the_street():
    public = {name for name, _, view in views() if getattr(view, "required_permissions", ()) is None}
    assert public <= {"staff:login", "set_language", "healthz", "readyz", "csp-report", "staff:must_change"}


@pytest.mark.django_db
def test_every_declared_permission_is_given_by_a_role():
    from crm.staff.roles import ROLES

    given = frozenset().union(*(rights.permissions for rights in ROLES.values()))
    asked = {p for _, _, view in views() for p in (getattr(view, "required_permissions", None) or ())}
    assert asked <= given
