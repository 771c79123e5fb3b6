"""The web server: threads in one process above SQLite, several processes above PostgreSQL."""

import multiprocessing
import os

import django
from django.conf import settings

_embedded = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
_several = min(4, multiprocessing.cpu_count() + 1)

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_PROCESSES", 1 if _embedded else _several))
threads = int(os.environ.get("WEB_THREADS", 8))
worker_class = "gthread"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
timeout = 60
graceful_timeout = 3
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 4094
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
accesslog = None
errorlog = "-"
loglevel = os.environ.get("WEB_LOG_LEVEL", "warning")


def on_starting(server):
    """Production does not open its doors while `manage.py check` finds an error."""
    if settings.INSECURE_LOCAL:
        return
    django.setup()
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError
    from django.db import connections

    try:
        call_command("check", databases=["default"], verbosity=0)
    except SystemCheckError as refused:
        raise SystemExit(str(refused)) from None
    finally:
        connections.close_all()  # the processes that are forked open their own
