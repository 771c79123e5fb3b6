"""What pages ask of the recycle bin, the sealed archives and the tombstones."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archives.changes.models import Evidence, Reason
from archives.customers.links import OnPurge, links
from archives.customers.masking import name_for
from archives.retention.hanging import requests_on
from archives.retention.models import Deletion, Tombstone
from archives.retention.purging import last_day
from archives.retention.sealing import ACCOUNT
from crm.staff.models import Branch

BIN, DUE, RESTORED = "bin", "due", "restored"
TABS = (BIN, DUE, RESTORED)
ORDERS = {
    BIN: [("keep_until", "asc"), ("pk", "asc")],
    DUE: [("keep_until", "asc"), ("pk", "asc")],
    RESTORED: [("restored_at", "desc"), ("pk", "desc")],
}


def sees_sealed(user) -> bool:
    """Compliance reads sealed archives; head office, which places holds, may bring one back."""
    return user.has_perms(["archives.view_sealed"]) or user.has_perms(["archives.view_bin", "archives.place_hold"])


def visible_deletions(user) -> QuerySet[Deletion]:
    """What was deleted in the branches of `user`'s scope; sealed ones for few."""
    rows = Deletion.objects.filter(branch__in=Branch.objects.in_scope_of(user).values("pk"))
    rows = rows if sees_sealed(user) else rows.exclude(state=Deletion.State.SEALED)
    return rows.select_related(
        "customer", "item", "branch", "request", "proposer", "approver", "confirmed_by", "restored_by"
    )


def in_tab(rows: QuerySet[Deletion], tab: str, today: date) -> QuerySet[Deletion]:
    if tab == RESTORED:
        return rows.filter(state=Deletion.State.RESTORED)
    kept = rows.filter(state=Deletion.State.KEPT)
    return kept.filter(keep_until__lt=today) if tab == DUE else kept.filter(keep_until__gte=today)


def filtered(rows: QuerySet, *, asked: dict, last: date | None = None) -> QuerySet:
    """`asked`: category, branch, kind; `last`: kept until then at most."""
    if asked.get("category"):
        rows = rows.filter(category=asked["category"])
    if asked.get("branch"):
        rows = rows.filter(branch=asked["branch"])
    if last:
        rows = rows.filter(keep_until__lte=last)
    return rows


def of_kind(rows: QuerySet[Deletion], kind: str) -> QuerySet[Deletion]:
    subject = {"customer": Q(customer__isnull=False), "intelligence": Q(item__isnull=False)}
    return rows.filter(subject.get(kind, Q()))


def visible_tombstones(user) -> QuerySet[Tombstone]:
    rows = Tombstone.objects.filter(branch__in=Branch.objects.in_scope_of(user).values("pk"))
    return rows.select_related("branch", "proposer", "approver", "confirmer")


def title_of(deletion: Deletion, user) -> str:
    """The customer's name as `user` may read it, or the item's title; of sealed ones the number alone."""
    if deletion.state == Deletion.State.SEALED and not user.has_perm("archives.view_sealed"):
        return deletion.number
    return name_for(user, deletion.customer) if deletion.customer_id else deletion.item.title


def category_text(category: str) -> str:
    return _("Merged") if category == Deletion.MERGED else str(dict(Reason.choices).get(category, category))


def seal_text(reason: str) -> str:
    """Why the law keeps a sealed archive."""
    if reason == ACCOUNT:
        return _("There was an account: kept for ten years after the relationship ended.")
    if reason == "complaint":
        return _("There was a complaint: kept for years after it was closed.")
    return _("Another duty of the law keeps it.")


def left_words(deletion: Deletion, today: date) -> tuple[str, str]:
    """(tone, words) for the time left: counted in natural days to the last one on which it is kept."""
    days = (last_day(deletion) - today).days
    if deletion.state == Deletion.State.RESTORED:
        return "ok", _("restored")
    if days < 0:
        due_on = date.fromordinal(last_day(deletion).toordinal() + 1)
        return "late", _("due for purge since %(day)s") % {"day": due_on}
    if deletion.state == Deletion.State.SEALED:
        return "info", _("sealed until %(day)s") % {"day": last_day(deletion)}
    if days == 0:
        return "warn", _("kept until tonight")
    return "warn" if days <= 7 else "none", ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}


@dataclass
class Line:
    deletion: Deletion
    title: str
    category: str
    tone: str
    left: str


def lines(deletions: list[Deletion], *, user, today: date) -> list[Line]:
    return [Line(one, title_of(one, user), category_text(one.category), *left_words(one, today)) for one in deletions]


def what_goes(deletion: Deletion) -> list[tuple[str, int]]:
    """(kind of thing, how many) that a purge would remove, the most first."""
    counts: Counter[str] = Counter(customer=1) if deletion.customer_id else Counter(intelligence=1)
    if deletion.customer_id:
        for link in links():
            if link.purge != OnPurge.DETACH:
                counts[link.model] += link.rows([deletion.customer_id]).count()
    else:
        counts.update(intelligencefile=deletion.item.files.count(), intelligencecustomer=deletion.item.customer_links.count())  # fmt: skip
    requests = requests_on(deletion.subject)
    counts.update(changerequest=0 if deletion.customer_id else requests.count())
    counts.update(evidence=Evidence.objects.filter(request__in=requests.values("pk")).count())
    counts.update(history=deletion.subject.history.count())
    return by_thing(dict(counts))


def by_thing(rows: dict[str, int]) -> list[tuple[str, int]]:
    """Counts by the model's name, added up in words of the archive."""
    counts: Counter[str] = Counter()
    for model, n in rows.items():
        counts[_thing(model)] += n
    return [(label, n) for label, n in counts.most_common() if n]


def _thing(model: str) -> str:
    if model.startswith("histor"):
        return _("History")
    words = {
        "customer": _("Customer archive"),
        "intelligence": _("Industry intelligence"),
        "identitydocument": _("Identity documents"),
        "contactpoint": _("Contact points"),
        "address": _("Addresses"),
        "relatedperson": _("Related persons"),
        "beneficialowner": _("Beneficial owners"),
        "relation": _("Relations"),
        "account": _("Accounts"),
        "accountholder": _("Accounts"),
        "posting": _("Transactions"),
        "changerequest": _("Change requests"),
        "changeitem": _("Change requests"),
        "changeevent": _("Change requests"),
        "evidence": _("Evidence"),
        "modification": _("Modification record"),
        "notice": _("Notices"),
        "refusedrow": _("Import rows"),
        "stagedholder": _("Import rows"),
        "intelligencefile": _("Attachments"),
    }
    return words.get(model, _("Other records"))
