"""`make demo`: prepare what is missing, then web, worker and beat under one roof until Ctrl-C.

Production runs the same three commands as services of their own: docs/operations.md.
"""

import hashlib
import os
import shlex
import signal
import socket
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from honcho import manager

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8000"))
# A worker waits long for its broker, and ends at once: the ledger's lease brings back what it was doing.
WORKER = {
    "BROKER_SOCKET_TIMEOUT": "30",
    "REMAP_SIGTERM": "SIGQUIT",
    "PYTHONWARNINGS": "ignore:You're running the worker",
}
ENDING = {
    signal.SIGINT: {"name": "Ctrl-C", "rc": 0},
    signal.SIGTERM: {"name": "SIGTERM", "rc": 0},
    signal.SIGHUP: {"name": "SIGHUP", "rc": 0},
}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    if not port_is_free():
        say(f"Port {PORT} on {HOST} is in use. End the other program, or choose another: make demo PORT=8010")
        return 1
    django.setup()
    prepare()
    return run()


def port_is_free() -> bool:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, PORT))
        except OSError:
            return False
    return True


def prepare() -> None:
    """Bring the database and the static files up to date; a second start finds nothing to do."""
    step("Database tables", migrations_missing, lambda: call_command("migrate", verbosity=0))
    step("Demo bank (3,000 customers, 18 months)", demo_missing, load_demo)
    step("Static files", static_changed, collect_static)
    from django.db import connections

    connections.close_all()


def step(title: str, needed, work) -> None:
    if not needed():
        return
    say(f"{title} …")
    began = time.monotonic()
    work()
    say(f"{title}: done in {time.monotonic() - began:.1f} s")


def migrations_missing() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def demo_missing() -> bool:
    return settings.DEMO and not demo_stamp().exists()


def demo_stamp() -> Path:
    """One a database: another DATABASE_URL gets its own demo bank."""
    database = repr(sorted((key, str(value)) for key, value in settings.DATABASES["default"].items()))
    return settings.DATA_DIR / "demo" / f"{hashlib.sha256(database.encode()).hexdigest()[:12]}.txt"


def load_demo() -> None:
    """A stamp before and after: a load that was broken off is told, not mistaken for a bank."""
    from crm.staff.models import Branch

    stamp = demo_stamp()
    began = stamp.with_suffix(".began")
    if began.exists() and Branch.objects.exists():
        raise SystemExit(f"The demo load was broken off. Remove {settings.DATA_DIR} and start again.")
    began.parent.mkdir(parents=True, exist_ok=True)
    began.touch()
    call_command("load_demo", if_empty=True)
    began.rename(stamp)


def static_stamp() -> Path:
    return settings.STATIC_ROOT / ".sources"


def static_sources() -> str:
    """A fingerprint of every static file of the project and its packages."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def static_changed() -> bool:
    stamp = static_stamp()
    return not stamp.exists() or stamp.read_text(encoding="utf-8") != static_sources()


def collect_static() -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    static_stamp().write_text(static_sources(), encoding="utf-8")


def commands() -> dict[str, str]:
    python = shlex.quote(sys.executable)
    concurrency = os.environ.get("WORKER_PROCESSES", "1")
    return {
        "web": f"exec {python} -m gunicorn --config python:crm.gunicorn_conf crm.wsgi:application",
        "worker": (
            f"exec {python} -m celery -A crm -q worker --queues fast,bulk --concurrency {shlex.quote(concurrency)}"
            " --loglevel WARNING --without-gossip --without-mingle --hostname crm@localhost"
        ),
        "beat": f"exec {python} -m celery -A crm -q beat --loglevel WARNING --pidfile=",
    }


class Roof(manager.Manager):
    """honcho's manager, quiet about the ordinary: it speaks when a process ends by itself."""

    def _system_print(self, data):
        if "stopped" in data and not self._terminating:
            super()._system_print(data)


def run() -> int:
    """Start all three; when one ends or a signal comes, all end. Children lead their own process groups."""
    manager.SIGNALS = ENDING
    manager.KILL_WAIT = 3
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    roof = Roof()
    for name, command in commands().items():
        extra = WORKER if name == "worker" else {}
        roof.add_process(name, command, env=os.environ | extra, cwd=str(settings.BASE_DIR))
    say(f"Open http://{HOST}:{PORT}/  ·  Ctrl-C ends everything")
    roof.loop()
    say("Everything has ended." if not roof.returncode else "One process ended by itself, so all have ended.")
    return roof.returncode or 0


def say(text: str) -> None:
    sys.stdout.write(f"» {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
