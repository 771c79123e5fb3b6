"""System checks that keep a trial's shortcuts out of production."""

import os

from django.conf import settings
from django.core.checks import Error, register

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
