"""The database measured: the one DATABASE_URL names, filled where it is empty."""

from django.core.management import call_command
from django.db import connection

from archives.models import Customer
from crm.staff.models import Branch, User
from crm.staff.roles import Role

CUSTOMERS = 100_000


def prepare() -> None:
    """Migrate; load the large bank where there is none. Raise SystemExit where it is not PostgreSQL."""
    if connection.vendor != "postgresql":
        raise SystemExit("Name a PostgreSQL database: DATABASE_URL=postgres://user@host/name make bench")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not Branch.objects.exists():
        call_command("load_demo", customers=CUSTOMERS)


def facts() -> dict[str, int]:
    """How much there is to look through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM archives_posting")
        return {"customers": Customer.objects.count(), "postings": cursor.fetchone()[0]}


def somebody(role: str, **facts) -> User:
    """The first active employee with `role`."""
    return User.objects.with_role(role).filter(is_active=True, **facts).order_by("pk")[0]


def everywhere() -> User:
    return somebody(Role.HEADOFFICE)
