"""System checks that keep a trial's shortcuts out of production."""

import os

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.checks import Error, Tags, register
from django.db import OperationalError, connections

WEAK = ("insecure", "secret", "change", "password", "example")
SHORTEST = 40


@register()
def production_is_fit(app_configs, **kwargs):
    """Outside a local trial: PostgreSQL unless acknowledged, no demo, real secrets."""
    if settings.INSECURE_LOCAL:
        return []
    found = []
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") and os.environ.get("ACKNOWLEDGE_SQLITE") != "1":
        found.append(
            Error(
                "SQLite carries one bank office, not a bank.",
                hint="Set DATABASE_URL to PostgreSQL, or ACKNOWLEDGE_SQLITE=1 if you know what you give up.",
                id="crm.E001",
            )
        )
    if settings.DEMO:
        found.append(Error("DEMO opens every demo login with a printed password.", hint="Unset DEMO.", id="crm.E002"))
    for name in ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEY"):
        if is_weak(getattr(settings, name)):
            found.append(Error(f"{name} is short or guessable.", hint="See docs/operations.md, keys.", id="crm.E003"))
    if settings.DEBUG:
        found.append(Error("DEBUG shows data and code to whoever meets an error.", hint="Unset DEBUG.", id="crm.E004"))
    return found


def is_weak(secret: str) -> bool:
    return len(secret) < SHORTEST or len(set(secret)) < 12 or any(word in secret.lower() for word in WEAK)


@register(Tags.database)
def no_demo_people(app_configs, databases=None, **kwargs):
    """Asks the database, so it runs with `migrate`, `check --database default` and the start of the web server."""
    from crm.staff.models import User
    from crm.workbench.demo.staffing import NAMED

    if settings.INSECURE_LOCAL or "default" not in (databases or ()):
        return []
    try:
        if User._meta.db_table not in connections["default"].introspection.table_names():
            return []
    except OperationalError:  # a database that is away is answered with 503, not with a web server that stays down
        return []
    logins = [username for username, _name in NAMED.values()]
    demo = [u.username for u in User.objects.active().filter(username__in=logins) if is_demo(u)]
    if not demo:
        return []
    told = f"The demo bank is loaded: {', '.join(sorted(demo))} bear its password."
    return [Error(told, hint="Start production with an empty database.", id="crm.E005")]


def is_demo(user) -> bool:
    """Compared by hash alone: `check_password` of the user would write a newer hash."""
    return check_password(settings.DEMO_PASSWORD, user.password)
