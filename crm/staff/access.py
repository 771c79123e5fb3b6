"""The door of every view: `@requires` names who may pass; a test finds a URL that names nobody."""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied


def requires(*permissions: str):
    """Let in whoever holds all of `permissions`; others get 403 (and 404 where the object is out of scope)."""

    def wrap(view):
        @wraps(view)
        def inner(request, *args, **kwargs):
            if not request.user.has_perms(permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        inner.required_permissions = permissions
        return inner

    return wrap


def for_everybody(view):
    """Any signed-in employee may pass: the page shows only their own things."""
    view.required_permissions = ()
    return view


def public(view):
    """Open without signing in: the sign-in page itself, health checks, CSP reports."""
    view.required_permissions = None
    return login_not_required(view)
