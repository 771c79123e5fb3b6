"""Error pages that do more than Django's: a refusal is recorded, a fault of the database is told as one."""

import sys

from django.db import InterfaceError, OperationalError
from django.shortcuts import render
from django.views import defaults

from crm.privacy.log import record
from crm.privacy.models import AccessEvent

DATABASE_FAULTS = (OperationalError, InterfaceError)


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=403)


def permission_denied(request, exception=None):
    """Django's handler403: who was refused which page stands in the access log."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        record(AccessEvent.Action.DENIED, request=request, label=request.path, result=request.method[:10])
    return defaults.permission_denied(request, exception)


def server_error(request):
    """Django's handler500, called while the fault is handled: one of the database may stem from a middleware."""
    return unavailable() if isinstance(sys.exc_info()[1], DATABASE_FAULTS) else defaults.server_error(request)


def unavailable():
    """503 with Retry-After: a locked, restarting or vanished database; nothing is half done."""
    response = render(None, "503.html", status=503)
    response["Retry-After"] = "30"
    return response
