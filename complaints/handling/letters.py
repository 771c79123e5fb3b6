"""What letters begin with: the office's templates, seeded from a data file, and the placeholders in them."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.handling.models import LetterTemplate
from crm.lib.blanks import clean_text, is_blank
from crm.lib.dates import local_day
from crm.lib.refusals import Refused
from crm.staff.models import Branch

DATA = Path(__file__).parent / "data" / "letters.json"


@cache
def shipped() -> dict:
    return json.loads(DATA.read_text(encoding="utf-8"))


def seed_letters() -> int:
    """Add the shipped templates that are not there yet; what the bank changed stays. How many came."""
    have = set(LetterTemplate.objects.exclude(key=None).values_list("key", flat=True))
    new = [LetterTemplate(**row) for row in shipped()["templates"] if row["key"] not in have]
    for row in new:
        row._change_reason = "shipped"
        row.save()
    return len(new)


def after_migrate(sender, *, using=DEFAULT_DB_ALIAS, **kwargs) -> None:
    """Called by Django when `migrate` or `flush` ends; nothing where the table is not there yet."""
    tables = connections[using].introspection.table_names()
    if {LetterTemplate._meta.db_table, LetterTemplate.history.model._meta.db_table} <= set(tables):
        seed_letters()


def template_for(kind: str, *, finding: str = "", level: str = "") -> LetterTemplate | None:
    """The active template that fits best: its own finding and level before one for any."""
    rows = LetterTemplate.objects.filter(
        kind=kind, is_active=True, finding__in={finding, ""}, level__in={level, ""}
    ).order_by("pk")
    return max(rows, key=lambda row: (row.finding != "", row.level != ""), default=None)


def placeholders(case: Case, *, limit: datetime | None = None) -> dict[str, str]:
    """What stands for {number}, {date} …; {name} is filled when a letter is made, for whoever may read it."""
    return {
        "number": case.number,
        "date": f"{local_day(case.received_at)}",
        "limit": f"{local_day(limit)}" if limit else "–",
        "phone": office_phone(case),
        "outlet": case.respondent.name,
    }


def office_phone(case: Case) -> str:
    """Whom a customer may call: the outlet, else the next branch above it that has a telephone."""
    branch: Branch | None = case.respondent
    while branch is not None:
        if branch.phone:
            return branch.phone
        branch = branch.parent
    return "–"


def fill(text: str, values: dict[str, str]) -> str:
    """`text` with {key} replaced; other braces stay as they are."""
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text


def unnamed_remedies(text: str) -> list[str]:
    """The remedies that `text` does not name: keys of the data file (review, mediation, arbitration, lawsuit)."""
    low = text.lower()
    return [key for key, words in shipped()["remedies"].items() if not any(word in low for word in words)]


def remedy_label(key: str) -> str:
    return {
        "review": _("review by the upper level"),
        "mediation": _("mediation"),
        "arbitration": _("arbitration"),
        "lawsuit": _("lawsuit"),
    }.get(key, key)


def lines(text: str, limit: int, *, field: str = "", missing: str = "") -> str:
    """Typed text that keeps its line breaks; Refused, at `field`, where it is too long, or blank and `missing` is said."""
    try:
        clean = clean_text(text or "", limit, lines=True)
    except ValueError as error:
        message = _("This takes at most %(n)s characters: shorten it.") % {"n": limit}
        raise Refused(message, fields={field: [message]} if field else {}) from error
    if missing and is_blank(clean):
        raise Refused(missing, fields={field: [missing]} if field else {})
    return clean
