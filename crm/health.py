"""Two doors for probes: `/healthz` says the process lives, `/readyz` that it can serve. No data, no secrets."""

import socket
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.jobs.selectors import oldest_due_age
from crm.staff.access import public

LATE = 300  # Seconds that a due job may wait before `jobs` reads "late".
_migrated = False


@public
@require_safe
def healthz(request):
    return HttpResponse("ok\n", content_type="text/plain")


@public
@require_safe
def readyz(request):
    """503 only when pages cannot be served: a lost broker or late jobs are told, not refused."""
    facts = {"database": _database(), "migrations": _migrations()}
    if facts["database"] == "ok":
        waited = int(oldest_due_age(timezone.now()).total_seconds())
        facts |= {"jobs": "late" if waited > LATE else "ok", "oldest_due_seconds": waited}
    ready = facts["database"] == facts["migrations"] == "ok"
    facts["broker"] = _broker()
    return JsonResponse(facts, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "down"
    return "ok"


def _migrations() -> str:
    """Read until everything is applied, then remembered for the life of the process."""
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return "unknown"
    return "ok" if _migrated else "missing"


def _broker() -> str:
    """A PING within a second, past any client's retries; the filesystem broker is its folder."""
    if not settings.REDIS_URL:
        return "ok"
    url = urlsplit(settings.REDIS_URL)
    began = time.monotonic()
    try:
        with socket.create_connection((url.hostname, url.port or 6379), timeout=0.5) as door:
            if url.scheme == "rediss":
                return "ok"
            door.settimeout(max(0.1, 1 - (time.monotonic() - began)))
            door.sendall(b"PING\r\n")
            return "ok" if door.recv(16)[:1] in (b"+", b"-") else "down"
    except OSError:
        return "down"
