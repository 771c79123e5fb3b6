"""The facts of a monthly meeting in words: codes, days and cents become sentences in the reader's language."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archives.changes.models import Kind, Reason
from archives.classification.labels import label_of as class_name
from archives.customers.completeness import label_of as field_name
from archives.reviews.models import AgendaItem, KeyCustomer
from crm.lib.money import from_cents, wan

Section = AgendaItem.Section
TONES = {"complaint": "late", "leaving": "late", "movement": "warn", "maturity": "info", "new": "ok", "gaps": "warn"}


def money(cents: int) -> str:
    return _("%(amount)s ten thousand yuan") % {"amount": wan(from_cents(cents))}


def reason_name(code: str) -> str:
    return str(KeyCustomer.Reason(code).label) if code in KeyCustomer.Reason.values else code


def tone_of(code: str) -> str:
    return TONES.get(code, "none")


def evidence_of(reason: dict[str, Any]) -> str:
    """What carries a reason, in one sentence; "" where a person gave it."""
    sentence = EVIDENCE.get(reason["code"])
    return sentence(reason) if sentence else ""


def _complaint(reason) -> str:
    return ngettext(
        "%(n)s complaint open, the oldest for %(days)s days", "%(n)s complaints open, the oldest for %(days)s days", reason["count"]
    ) % {"n": reason["count"], "days": reason["days"]}  # fmt: skip


def _leaving(reason) -> str:
    if "quiet" in reason:
        return ngettext(
            "no movement on current accounts for %(n)s day",
            "no movement on current accounts for %(n)s days",
            reason["quiet"],
        ) % {"n": reason["quiet"]}
    if reason["level"] == "red":
        return _("balance %(percent)s %% below the 90-day average: as good as gone") % {"percent": reason["percent"]}
    return _("balance %(percent)s %% below the 90-day average") % {"percent": reason["percent"]}


def _movement(reason) -> str:
    amount, percent = money(abs(reason["cents"])), reason.get("percent")
    if percent is None:
        return _("%(amount)s came in where there was nothing") % {"amount": amount}
    if reason["cents"] < 0:
        return _("%(amount)s (%(percent)s %%) below the 90-day average") % {"amount": amount, "percent": percent}
    return _("%(amount)s (%(percent)s %%) above the 90-day average") % {"amount": amount, "percent": percent}


def _border(reason) -> str:
    given = {"amount": money(reason["cents"]), "level": class_name(reason["level"])}
    if reason["side"] == "low":
        return _("average only %(amount)s above the floor of %(level)s") % given
    return _("average %(amount)s short of %(level)s") % given


def _maturity(reason) -> str:
    return ngettext(
        "%(amount)s mature within 30 days, the first in %(n)s day",
        "%(amount)s mature within 30 days, the first in %(n)s days",
        reason["days"],
    ) % {"n": reason["days"], "amount": money(reason["cents"])}


def _gaps(reason) -> str:
    return _("archive only %(percent)s %% complete") % {"percent": reason["percent"]}


def _new(reason) -> str:
    return ngettext(
        "customer for %(n)s day, average %(amount)s", "customer for %(n)s days, average %(amount)s", reason["days"]
    ) % {"n": reason["days"], "amount": money(reason["cents"])}


EVIDENCE = {
    "complaint": _complaint,
    "leaving": _leaving,
    "movement": _movement,
    "border": _border,
    "maturity": _maturity,
    "gaps": _gaps,
    "new": _new,
}


def sentence_of(item: AgendaItem) -> str:
    """What an item of any section but key attention says."""
    sentence = SENTENCES.get(item.section)
    return sentence(item.facts) if sentence and item.facts else ""


def _gap_item(facts) -> str:
    names = _(", ").join(str(field_name(key)) for key in facts["missing"])
    more = facts["count"] - len(facts["missing"])
    if more:
        names += ngettext(" and %(n)s more", " and %(n)s more", more) % {"n": more}
    return _("%(percent)s %% complete; missing: %(names)s") % {"percent": facts["percent"], "names": names}


def _work_item(facts) -> str:
    return _("supplements: %(supplements)s, edits: %(edits)s, archives: %(archives)s; %(first)s to %(last)s") % facts


def _request_item(facts) -> str:
    kind = Kind(facts["kind"]).label if facts["kind"] in Kind.values else facts["kind"]
    about = f" {facts['subject']}" if facts.get("subject") else ""
    return ngettext(
        "%(kind)s%(about)s has waited for %(n)s working day",
        "%(kind)s%(about)s has waited for %(n)s working days",
        facts["workdays"],
    ) % {"n": facts["workdays"], "kind": kind, "about": about}


def _deletion_item(facts) -> str:
    category = Reason(facts["category"]).label if facts["category"] in Reason.values else facts["category"]
    n = abs(facts.get("left", facts.get("days", 0)))
    if facts["state"] == "asked":
        return ngettext(
            "%(category)s: deletion proposed %(n)s day ago, not decided",
            "%(category)s: deletion proposed %(n)s days ago, not decided",
            n,
        ) % {"n": n, "category": category}
    if facts["state"] == "due":
        return _("%(category)s: the month is over, the second person has not confirmed") % {"category": category}
    return ngettext(
        "%(category)s: in the recycle bin, %(n)s day left", "%(category)s: in the recycle bin, %(n)s days left", n
    ) % {"n": n, "category": category}  # fmt: skip


def _document_item(facts) -> str:
    if facts["left"] < 0:
        return ngettext("document expired %(n)s day ago", "document expired %(n)s days ago", -facts["left"]) % {
            "n": -facts["left"]
        }
    return ngettext("document expires in %(n)s day", "document expires in %(n)s days", facts["left"]) % {
        "n": facts["left"]
    }


def _intelligence_item(facts) -> str:
    if "over" in facts:
        return ngettext(
            "its validity ended %(n)s day ago: confirm it or propose its deletion",
            "its validity ended %(n)s days ago: confirm it or propose its deletion",
            facts["over"],
        ) % {"n": facts["over"]}
    return ngettext(
        "not confirmed for %(n)s day: confirm it or propose its deletion",
        "not confirmed for %(n)s days: confirm it or propose its deletion",
        facts["days"],
    ) % {"n": facts["days"]}


SENTENCES: dict[str, Callable[[Any], str]] = {
    Section.GAPS: _gap_item,
    Section.WORK: _work_item,
    Section.OLD_REQUESTS: _request_item,
    Section.DELETIONS: _deletion_item,
    Section.DOCUMENTS: _document_item,
    Section.INTELLIGENCE: _intelligence_item,
}
